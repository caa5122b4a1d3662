// The player: one <video> with the browser's own controls, and what they lack below it.
import { putCaptions } from "/_/captions.js";
import { button, by, copyText, make } from "/_/dom.js";
import { factsOf, learn } from "/_/learned.js";
import { neighbour } from "/_/library.js";
import { mark, refresh } from "/_/list.js";
import { ours, reportOn } from "/_/live.js";
import { askFor, remarkOn, say, withdraw } from "/_/notice.js";
import { keepPlace, placeOf } from "/_/places.js";
import { base, linked, news, secsLeft, signed } from "/_/signed.js";
import { sourcesOf } from "/_/sources.js";
import { remember, remembered } from "/_/store.js";
import { layStrip } from "/_/strip.js";
import { stopWaiting, turnOf } from "/_/turn.js";
import { explain } from "/_/unplayable.js";
import { verdictOn } from "/_/verdict.js";
import { clock, joined, pathWords, resolution } from "/_/words.js";

const KEEP_PLACE_SECS = 5; // so much may be lost when the browser is ended
const NEXT_SECS = 8; // to say no to what comes next
const SIGN_MS = 2000; // without a sign of a film: perhaps it waits for its turn
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

const [player, stage, screen, title, facts, verdict, file] = ["player", "stage", "screen", "title", "facts", "verdict", "file"].map(by);
const [before, after, auto, rate, float, copy] = ["before", "after", "auto", "rate", "float", "copy"].map(by);

/** The video on the screen, or null. */
export let playing = null;

let sources = []; // of what is on the screen: the one in use, and those left to try
let sourceBase = ""; // what its address is signed with
let isWanted = false; // to play: who fails may be paused already when it says so
let begin = 0; // where to go as soon as the length is known
let keptAt = 0; // the position last remembered
let late; // looks whether it waits

/**
 * Puts a video on the screen. `start`: and plays it. `at`: from this second; otherwise, where it was
 * left before, it asks. `anew`: without asking, from its beginning.
 */
export function show(video, { start = false, at, anew = false } = {}) {
  let isAsking = false;
  if (video !== playing) {
    const place = at === undefined && !anew ? placeOf(video.name) : undefined;
    open(video, at ?? place?.secs ?? 0);
    if (place) isAsking = true, askWhere(place);
  } else if (at !== undefined) {
    seek(at);
  }
  if (!start) return;
  document.title = `${video.label} · reeld`;
  stage.scrollIntoView({ block: "nearest" });
  if (!isAsking) play();
}

// A browser may refuse to start what nobody clicked on (a link followed from elsewhere): then
// the play button is there. What is really wrong comes as the `error` event.
const play = () => screen.play().catch(() => {});

function open(video, from) {
  keep();
  const last = playing;
  [playing, isWanted, begin, keptAt] = [video, false, from, from];
  stopWaiting();
  mark(last, false);
  mark(video, true);
  say();
  withdraw();
  player.hidden = false;
  player.classList.toggle("sound", video.tune);
  title.textContent = video.label;
  file.href = signed(video.href);
  screen.poster = video.poster ? signed(video.poster) : "";
  openSource(sourcesOf(video));
  putCaptions(video);
  renew();
  reportOn(video.name);
  announce();
}

function openSource(left) {
  sources = left;
  sourceBase = base;
  screen.src = ours(sources[0][1]);
  clearTimeout(late);
  late = setTimeout(() => screen.readyState || screen.error || turnOf(playing), SIGN_MS);
}

function describe() {
  const { width, height } = factsOf(playing);
  const date = new Date(playing.modified * 1000).toLocaleDateString(undefined, { dateStyle: "medium" });
  const [[way]] = sources;
  facts.textContent = joined(pathWords(playing.folder), playing.kind, resolution(width, height), date, way === "HLS" && way);
  verdict.replaceChildren(...verdictOn(playing, way));
}

// --- where one was ---

function askWhere({ secs }) {
  askFor([], [
    [`Resume at ${clock(secs)}`, play],
    ["Start over", () => { begin = 0; seek(0); play(); }],
  ]);
}

function keep() {
  if (!playing || !screen.duration || begin) return;
  keptAt = screen.currentTime;
  keepPlace(playing.name, keptAt, screen.duration);
  refresh(playing);
}

screen.addEventListener("timeupdate", () => {
  if (!screen.paused && Math.abs(screen.currentTime - keptAt) >= KEEP_PLACE_SECS) keep();
});
screen.addEventListener("pause", keep);
// Paused or not: a page may end before its `pause` comes. What was kept already is left to another tab.
addEventListener("pagehide", () => screen.currentTime !== keptAt && keep());

screen.addEventListener("loadedmetadata", () => {
  const { duration, videoWidth, videoHeight } = screen;
  if (stopWaiting()) say();
  if (begin > 0 && begin < duration) screen.currentTime = begin; // a new version may be shorter
  begin = 0;
  learn(playing.href, duration, videoWidth, videoHeight);
  describe();
  if (!playing.tune && !videoWidth) say(...explain(playing, "sound only"));
});

// --- moving ---

export function seek(secs) {
  if (!screen.readyState) begin = secs;
  else screen.currentTime = Math.min(Math.max(secs, 0), screen.duration || 0);
}

export function seekBy(secs) {
  seek(screen.currentTime + secs);
  remarkOn(`${secs > 0 ? "+" : "−"}${Math.abs(secs)} s`);
}

export const seekTo = (part) => screen.duration && seek(screen.duration * part);

export function playOrPause() {
  if (!screen.paused) return screen.pause();
  withdraw();
  play();
}

export function louder(by) {
  screen.volume = Math.min(Math.max(Math.round((screen.volume + by) * 100) / 100, 0), 1);
  screen.muted = false;
  remarkOn(`Volume ${Math.round(screen.volume * 100)} %`);
}

export function mute() {
  screen.muted = !screen.muted;
  remarkOn(screen.muted ? "Muted" : "Sound on");
}

export function setRate(value) {
  // The default survives the change to another file.
  screen.defaultPlaybackRate = screen.playbackRate = value;
  remarkOn(`${value}×`);
}

export const rateBy = (step) => setRate(RATES[Math.min(Math.max(RATES.indexOf(screen.playbackRate) + step, 0), RATES.length - 1)] ?? 1);

rate.append(...RATES.map((value) => make("option", { value, textContent: `${value}×`, selected: value === 1 })));
rate.addEventListener("change", () => setRate(Number(rate.value)));
screen.addEventListener("ratechange", () => (rate.value = screen.playbackRate));

const { volume = 1, muted = false } = remembered("sound", {});
Object.assign(screen, { volume, muted });
screen.addEventListener("volumechange", () => remember("sound", { volume: screen.volume, muted: screen.muted }));

/** The whole stage, so that questions are seen over the picture there, too. */
export function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (stage.requestFullscreen) stage.requestFullscreen().catch(() => {});
  else screen.webkitEnterFullscreen?.(); // iPhones know only this
}

export async function pictureInPicture() {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await screen.requestPictureInPicture();
  } catch {
    remarkOn("No picture in picture here");
  }
}
float.hidden = !document.pictureInPictureEnabled;
float.addEventListener("click", pictureInPicture);

// --- what comes before and after ---

/** Says what is known, and which of the two buttons lead anywhere. The list may have changed. */
export function renew() {
  if (!playing) return;
  [before.disabled, after.disabled] = [-1, 1].map((step) => !neighbour(playing, step));
  layStrip(playing);
  describe();
}

export function go(step, how = {}) {
  const other = playing && neighbour(playing, step);
  if (!other) return remarkOn(step > 0 ? "The last one of this folder" : "The first one of this folder");
  history.pushState(null, "", `#play=${other.path}`);
  show(other, { start: true, ...how });
}

before.addEventListener("click", () => go(-1));
after.addEventListener("click", () => go(1));

auto.setAttribute("aria-pressed", remembered("auto", true));
auto.addEventListener("click", () => {
  const on = auto.getAttribute("aria-pressed") !== "true";
  auto.setAttribute("aria-pressed", on);
  remember("auto", on);
  if (!on) withdraw();
});

screen.addEventListener("ended", () => {
  keep();
  const other = neighbour(playing, 1);
  if (!other || auto.getAttribute("aria-pressed") !== "true" || screen.loop) return;
  // The seconds are for the eye only: read out, they would drown everything else.
  const left = make("span", { ariaHidden: "true", className: "left" });
  let secs = NEXT_SECS;
  const tick = () => {
    left.textContent = ` in ${secs} s`;
    if (secs-- <= 0) withdraw(), go(1, { anew: true });
  };
  const ticking = setInterval(tick, 1000);
  askFor(["Next: ", make("b", { textContent: other.label }), left],
    [["Play now", () => go(1, { anew: true })], ["Cancel", () => {}]],
    () => clearInterval(ticking));
  tick();
});

// --- links ---

/** The link goes without the version, so that it survives a new one. */
copy.addEventListener("click", async () => {
  const secs = Math.floor(screen.currentTime);
  const link = `${location.origin}${location.pathname}#play=${playing.path}${secs ? `&t=${secs}` : ""}`;
  remarkOn((await copyText(link)) ? `Link ${secs ? `at ${clock(secs)} ` : ""}copied` : link);
});

// --- lock screens, headsets, remote controls ---

function announce() {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: playing.label,
    album: pathWords(playing.folder),
    artwork: playing.poster ? [{ src: new URL(signed(playing.poster), location.href).href }] : [],
  });
}

for (const [name, action] of Object.entries({
  play, pause: () => screen.pause(),
  seekbackward: ({ seekOffset = 10 }) => seekBy(-seekOffset),
  seekforward: ({ seekOffset = 10 }) => seekBy(seekOffset),
  seekto: ({ seekTime }) => seek(seekTime),
  previoustrack: () => go(-1),
  nexttrack: () => go(1),
})) {
  try { navigator.mediaSession?.setActionHandler(name, action); } catch { /* not all know all */ }
}

function position() {
  const { duration, currentTime, playbackRate } = screen;
  if (Number.isFinite(duration) && duration > 0 && currentTime <= duration)
    navigator.mediaSession?.setPositionState?.({ duration, position: currentTime, playbackRate });
}
for (const event of ["loadedmetadata", "seeked", "ratechange", "play", "pause"]) screen.addEventListener(event, position);

// --- trouble ---

screen.addEventListener("error", async () => {
  if (sourceBase !== base) return openAgain(); // what it was signed with has ended
  const [video, failed, wanted] = [playing, sources, isWanted]; // it is paused as soon as this is over
  const hasWaited = await turnOf(video);
  if (hasWaited === undefined || sources !== failed) return; // another one was chosen meanwhile
  isWanted ||= wanted;
  if (hasWaited) return tryAgain(video, isWanted);
  if (sources.length > 1) return goOn();
  reportOn(null);
  const words = await explainError(video, screen.error?.code);
  if (video === playing) say(...words);
});

/** From the best source, where one was. */
function tryAgain(video, plays) {
  stopWaiting();
  say();
  begin = keptAt;
  openSource(sourcesOf(video));
  describe();
  reportOn(video.name);
  if (plays) play();
}

/** From the next source, at the same place. */
const goOn = () => openFrom(sources.slice(1));

/** From the same ones, signed anew. */
const openAgain = () => openFrom(sourcesOf(playing));

function openFrom(left) {
  begin ||= screen.currentTime;
  const wasWanted = isWanted;
  openSource(left);
  describe();
  if (wasWanted) play();
}

// Best while it pauses; but before what it is signed with ends.
function renewSource() {
  const left = secsLeft(sourceBase) / secsLeft(base);
  if (playing && sourceBase !== base && (left < 1 / 4 || (screen.paused && left < 1 / 2))) openAgain();
}
news.addEventListener("renewed", renewSource);

screen.addEventListener("play", () => (isWanted = true));
screen.addEventListener("pause", () => (isWanted = false));

async function explainError(video, code) {
  const again = button("Try again", () => tryAgain(video, true));
  const short = (why) => [`“${video.label}” cannot be played: ${why}`, again];
  if (code === MediaError.MEDIA_ERR_NETWORK) return short("the connection broke off.");
  if (code === MediaError.MEDIA_ERR_DECODE) return [...explain(video, "damaged"), again];
  // The browser gives the same error for a missing file and for an unknown format: ask which.
  try {
    const reply = await fetch(signed(video.href), { method: "HEAD", signal: AbortSignal.timeout(30_000) });
    if (linked && reply.status === 410) return short("the link has expired.");
    if (!reply.ok) return short(`the server answered ${reply.status} ${reply.statusText}`.trim() + ".");
  } catch {
    return short("the server cannot be reached.");
  }
  return [...explain(video, screen.canPlayType(video.type) ? "codec" : "type"), again];
}

// A failure that mended itself, or another file that plays, makes the old words and questions wrong.
screen.addEventListener("playing", () => {
  withdraw();
  if (playing.tune || screen.videoWidth) say();
});
