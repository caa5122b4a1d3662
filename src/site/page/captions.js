// Subtitles and chapters of what is on the screen: of files beside it, of tracks inside it, and what a player of HLS
// brings by itself.
import { by, make } from "/_/dom.js";
import { remarkOn } from "/_/notice.js";
import { signed } from "/_/signed.js";
import { partOf } from "/_/sources.js";
import { remember, remembered } from "/_/store.js";
import { layStrip } from "/_/strip.js";
import { joined, language } from "/_/words.js";

const [screen, menu] = ["screen", "captions"].map(by);

const SETTLE_MS = 1000; // until the browser has switched on what it thinks is wanted

let current = null; // whose they are
let settling = 0; // a timer, or none
let caption = -1; // the number of those that show; -1 is none

const all = () => [...screen.textTracks].filter(({ kind }) => kind === "subtitles" || kind === "captions");
const ours = () => [...screen.querySelectorAll("[kind=subtitles]")];

const subtitles = (src, srclang, label) =>
  make("track", { kind: "subtitles", src, srclang, label: joined(language(srclang), label) });

export async function putCaptions(video) {
  current = video;
  setModes(-1); // or what they show now stays on the picture without them
  screen.replaceChildren(...video.subtitles.map(({ href, lang, label }) => subtitles(signed(href), lang, label)));
  list();
  if (video.hls !== "ok") return;
  const playlist = await fetch(partOf(video, "master.m3u8")).then((reply) => (reply.ok ? reply.text() : "")).catch(() => "");
  if (video !== current) return; // or another one was chosen meanwhile
  putInner(playlist);
  const chapters = /^# *(chapters\.vtt.*)/m.exec(playlist)?.[1];
  if (chapters) putChapters(video, partOf(video, chapters));
}

/** Those inside the file have numbers for names. Those beside it are in the list as well, and there already. */
function putInner(playlist) {
  for (const line of playlist.split("\n")) {
    const [, name, version] = /^#EXT-X-MEDIA:TYPE=SUBTITLES.*URI="(t-\d+)\.m3u8(.*?)"/.exec(line) ?? [];
    if (name) screen.append(subtitles(partOf(current, `${name}.vtt${version}`), /LANGUAGE="(.*?)"/.exec(line)?.[1] ?? ""));
  }
  list();
}

function putChapters(video, src) {
  const track = make("track", { kind: "chapters", src });
  track.addEventListener("load", () => video === current && layStrip(video, [...track.track.cues]));
  screen.append(track);
  track.track.mode = "hidden"; // which is: loaded, for who asks
}

/** Some players bring subtitles by themselves: then ours in the same language are too many. */
function list() {
  const byElement = new Set(ours().map(({ track }) => track));
  const theirs = new Set(all().filter((track) => !byElement.has(track)).map((track) => track.language));
  for (const element of ours()) if (theirs.has(element.srclang)) element.remove();
  const labels = all().map(({ label, language: code }) => label || language(code));
  menu.replaceChildren(...["No subtitles", ...labels].map((textContent, i) => make("option", { value: i - 1, textContent })));
  menu.hidden = !labels.length;
  caption = labels.indexOf(remembered("captions", ""));
  menu.value = caption;
  settle();
}

function setModes(number) {
  all().forEach((track, i) => (track.mode = i === number ? "showing" : "disabled"));
}

function choose(number) {
  caption = number;
  menu.value = number;
  setModes(number);
  remember("captions", number < 0 ? "" : menu.options[number + 1].textContent);
}

/** From one to the next, and then to none. */
export function nextCaptions() {
  const { length } = menu.options;
  if (length < 2) return remarkOn("No subtitles here");
  choose(caption + 2 < length ? caption + 1 : -1);
  remarkOn(menu.selectedOptions[0].textContent);
}

menu.addEventListener("change", () => choose(Number(menu.value)));

// The browser's own menu changes them as well. But while a file is opened, and whenever tracks come, it is the
// browser that switches on what it thinks is wanted, and that may be two at once.
screen.textTracks.addEventListener("change", () => {
  if (!screen.readyState || settling) return setModes(caption);
  const number = all().findIndex((track) => track.mode === "showing");
  if (number !== caption) choose(number);
});

function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => (settling = 0), SETTLE_MS);
  setModes(caption);
}
for (const event of ["loadstart", "loadedmetadata"]) screen.addEventListener(event, settle);

screen.textTracks.addEventListener("addtrack", ({ track }) => {
  if (all().includes(track) && !ours().some((element) => element.track === track)) list();
});
