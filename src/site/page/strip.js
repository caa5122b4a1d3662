// The strip below the picture: how far it is, where chapters begin, and what is to be seen at the place that one
// points at, before one goes there.
//
// Nothing is fetched for that until somebody points; then one key frame at a time, always the one pointed at last.
import { by, make } from "/_/dom.js";
import { draw, framesOf, hasFrames, makeEasel } from "/_/frames.js";
import { clock, joined } from "/_/words.js";

const KEPT_MAX = 64; // pictures of 320 × 180 points: 15 MB
const PATIENCE_MS = 300; // for a picture, once another one is wanted

const [screen, strip, along, marks, peek, picture, words] = ["screen", "strip", "along", "marks", "peek", "peek-picture", "peek-words"].map(by);

let video = {};
let version; // its address: another one is another film
let chapters = []; // [{ startTime, text }]
let isHeld = false; // by a finger or a mouse: nothing is decided yet
let wanted = null; // the second pointed at
let now = null; // { stop, since }: what is being fetched and drawn
let easel, frames; // since somebody pointed at all
const kept = new Map(); // number of a key frame -> its picture

const length = () => (Number.isFinite(screen.duration) ? screen.duration : video.secs ?? 0);
const chapterAt = (secs) => chapters.findLast(({ startTime }) => startTime <= secs)?.text;

/** Another title is on the screen, or more is known of it. */
export function layStrip(its, itsChapters) {
  if (its.href !== version) {
    leave();
    [video, version, frames, chapters] = [its, its.href, null, []];
    kept.clear();
  }
  chapters = itsChapters ?? chapters;
  marks.replaceChildren(...chapters.filter(({ startTime }) => startTime > 0).map(({ startTime }) => {
    const mark = make("i");
    mark.style.setProperty("--part", startTime / length());
    return mark;
  }));
  picture.hidden = !hasFrames(video);
  strip.hidden = picture.hidden && !chapters.length;
  isHeld || put();
}

// --- where it is ---

const paint = (secs) => strip.style.setProperty("--part", secs / length() || 0);

/** Who has the focus on it is not told of each second that passes. */
function tell() {
  if (isHeld) return;
  if (document.activeElement === along) paint(screen.currentTime);
  else put();
}

function put() {
  along.max = length();
  along.value = screen.currentTime;
  spell();
}

function spell() {
  paint(along.value);
  along.ariaValueText = joined(`${clock(along.value)} of ${clock(length())}`, chapterAt(along.value));
}

screen.addEventListener("timeupdate", tell);
for (const event of ["durationchange", "seeking", "emptied"]) screen.addEventListener(event, () => isHeld || put());

along.addEventListener("keydown", put);
along.addEventListener("pointerdown", ({ pointerId }) => {
  isHeld = true;
  along.setPointerCapture(pointerId); // or letting go elsewhere would not be heard of
});
along.addEventListener("input", spell);
along.addEventListener("change", () => (screen.currentTime = along.value));
for (const event of ["pointerup", "pointercancel"]) along.addEventListener(event, () => (isHeld = false));

// --- what is there ---

along.addEventListener("pointermove", ({ offsetX }) => point(Math.min(Math.max(offsetX / along.offsetWidth, 0), 1)));
along.addEventListener("pointerleave", leave);

function point(part) {
  wanted = part * length();
  peek.hidden = false;
  peek.style.setProperty("--part", part);
  words.textContent = joined(clock(wanted), chapterAt(wanted));
  if (now && performance.now() - now.since > PATIENCE_MS) now.stop.abort();
  look();
}

function leave() {
  wanted = null;
  peek.hidden = true;
  now?.stop.abort();
}

/** Goes on until the picture of the place pointed at last is there. */
async function look() {
  if (now || picture.hidden || navigator.connection?.saveData) return;
  while (wanted !== null && !picture.hidden) {
    const its = version;
    const number = frames?.at(wanted);
    const canvas = kept.get(number);
    picture.classList.toggle("late", !canvas);
    if (canvas) return picture.replaceChildren(canvas);
    const stop = new AbortController();
    now = { stop, since: performance.now() };
    try {
      if (!frames) {
        const found = await framesOf(video, stop.signal);
        if (its === version) frames = found;
        continue;
      }
      easel ??= makeEasel();
      const drawn = await draw(easel, await frames.file(number, stop.signal), stop.signal);
      if (its !== version) continue;
      kept.set(number, drawn.canvas);
      if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
    } catch (error) {
      picture.hidden = error.name !== "AbortError"; // until more is known
    } finally {
      now = null;
    }
  }
}
