// The first page: fetches the list, shows it, plays what is chosen. What each part does is in its own file.
//
// What plays is written in the address, `#play=/video/…`, so the back button, a bookmark and a link
// sent to somebody all work; choosing a row is following an ordinary link. `&t=90` after it begins
// at that second. The file itself is asked for with its version (`?v=…`), which may be cached for ever;
// the bookmark goes without, so that it survives a new version of the file.
import { button, by } from "/_/dom.js";
import "/_/keys.js";
import { byPath, fetchLibrary, reason, videos } from "/_/library.js";
import * as list from "/_/list.js";
import { connect } from "/_/live.js";
import { say } from "/_/notice.js";
import { lastName } from "/_/places.js";
import * as player from "/_/player.js";
import { base, keepToken, linked, secsLeft } from "/_/signed.js";
import { readable } from "/_/words.js";

const LOOK_AGAIN_MS = 10_000;

let looking; // since the first list came
let renewing; // a timer

const [library, count, empty, locked, token, refused] = ["library", "count", "empty", "private", "token", "refused"].map(by);

async function load() {
  say();
  count.textContent = "Loading…";
  library.hidden = false;
  empty.hidden = true;
  locked.hidden = true;
  try {
    await fetchLibrary();
  } catch (error) {
    library.hidden = true;
    if (linked && error.status === 410) return say("This link has expired. Whoever sent it can make a new one.");
    if (linked && error.status === 403) return say("This link opens nothing here. A part of it may have been lost on its way.");
    if (error.why in REFUSED) return ask(REFUSED[error.why]);
    return say(`The list of videos could not be loaded: ${reason(error)}.`, button("Try again", load));
  }
  present();
  renewSoon();
  connect();
  looking ??= setInterval(lookAgain, LOOK_AGAIN_MS);
}

// The server's names for why the list is not shown to everybody.
const REFUSED = {
  unsigned: "",
  "wrong-token": "That is not it.",
  "too-many-tries": "Too many wrong tokens came from here. Try again in a minute.",
};

/** Asks for the owner's token. */
function ask(why) {
  locked.hidden = false;
  by("find").disabled = true;
  refused.textContent = token.value ? why : "";
  token.focus();
}

by("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(token.value.trim());
  load();
});

/** The list brings a new signature before the last one ends; nobody has to look at the page for that. */
function renewSoon() {
  clearTimeout(renewing);
  if (base && !linked) renewing = setTimeout(lookAgain, Math.max(secsLeft(base) * 1000 / 4, 1000), true);
}

function present() {
  library.hidden = by("find").disabled = videos.length === 0;
  empty.hidden = videos.length > 0;
  list.update();
  player.renew();
  if (videos.length && !player.playing) fromAddress();
}

/** New files appear by themselves. What failed once will not fail for ever, and is not worth a word. */
async function lookAgain(isRenewal) {
  if ((document.hidden && isRenewal !== true) || !looking) return;
  try {
    if (await fetchLibrary()) present();
  } catch { /* the next look is soon */ }
  renewSoon();
}

/** Does what the address says. Without a word there a video is laid ready, not started. */
function fromAddress() {
  if (!location.hash.startsWith("#play=")) {
    const screen = by("screen");
    const ready = videos.find((video) => video.name === lastName())
      ?? videos.find((video) => !video.tune && screen.canPlayType(video.type));
    if (!player.playing && ready) player.show(ready);
    return;
  }
  let path = location.hash.slice("#play=".length);
  let at;
  // A name may end like a time; then the name is meant.
  const timed = /^(.*)&t=(\d+(?:\.\d+)?)$/.exec(path);
  if (timed && !byPath.has(path)) [path, at] = [timed[1], Number(timed[2])];
  const video = byPath.get(path);
  if (video) player.show(video, { start: true, at });
  else say(`There is no ${readable(path)} here. It may have been moved or removed.`);
}

addEventListener("hashchange", fromAddress);
document.addEventListener("visibilitychange", lookAgain);
by("again").addEventListener("click", load);

// Choosing the row that is already in the address changes no hash, so nobody else would start it.
by("list").addEventListener("click", (event) => {
  if (event.target.closest("a")?.hash === location.hash) fromAddress();
});

load();
