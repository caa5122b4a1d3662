// A picture for each row that comes into view and has none from the server: drawn from one of the title's key
// frames, and where it has none that are served alone, from the video itself.
//
// It must never be in the way of what plays. One file is opened at a time, in one hidden <video>; it
// is let go as soon as its row leaves the view or the player waits for bytes; and what was
// drawn once is kept, so a file is opened once on each device.
import { by } from "/_/dom.js";
import { draw, framesOf, hasFrames, makeEasel } from "/_/frames.js";
import { frameOf, learn } from "/_/learned.js";
import { signed } from "/_/signed.js";

const QUALITY = 0.72;
const AT_PARTS = [0.1, 0.2, 0.4]; // further in than black beginnings, not so far as to tell the end
const DRAW_SECS_MAX = 15;

const screen = by("screen");
const easel = makeEasel();
const rows = new WeakMap(); // row -> its video
const wanted = new Map(); // row in view without a picture -> its video
const refused = new Set(); // addresses from which no picture could be drawn

let now = null; // { row, stop }: what is being drawn

const eyes = new IntersectionObserver((entries) => {
  for (const { target: row, isIntersecting } of entries) {
    if (isIntersecting) wanted.set(row, rows.get(row));
    else wanted.delete(row);
    if (!isIntersecting && now?.row === row) now.stop.abort();
  }
  work();
}, { rootMargin: "150px" });

/** Gives the row its picture: the server's, or one of ours when somebody looks. */
export function hang(row, video) {
  eyes.unobserve(row);
  wanted.delete(row);
  const shown = row.querySelector(".tile img");
  if (video.poster) return frame(row, signed(video.poster), video.poster);
  if (shown && shown.dataset.of !== video.href) shown.remove();
  if (video.tune || (shown && shown.dataset.of === video.href)) return;
  rows.set(row, video);
  eyes.observe(row);
}

function frame(row, src, of) {
  const tile = row.querySelector(".tile");
  const image = tile.querySelector("img") ?? document.createElement("img");
  Object.assign(image, { alt: "", loading: "lazy", decoding: "async", onerror: () => image.remove() });
  if (image.dataset.of !== of) image.src = src; // signed anew it is the same picture
  image.dataset.of = of;
  tile.prepend(image);
}

const isPlayerWaiting = () => !screen.paused && screen.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
for (const event of ["waiting", "seeking", "play"]) screen.addEventListener(event, () => isPlayerWaiting() && now?.stop.abort());
for (const event of ["playing", "canplay", "pause", "ended", "error"]) screen.addEventListener(event, work);

async function work() {
  if (now) return;
  for (const [row, video] of wanted) {
    const { href } = video;
    const stop = new AbortController();
    now = { row, stop };
    const late = setTimeout(() => stop.abort(new Error("too slow")), DRAW_SECS_MAX * 1000);
    try {
      let image = await frameOf(href);
      if (!image && !refused.has(href) && !isPlayerWaiting() && !navigator.connection?.saveData) {
        const { canvas, secs, width, height } = await drawn(video, stop.signal);
        image = canvas.toDataURL("image/jpeg", QUALITY);
        learn(href, secs, width, height, image);
      }
      if (image && href === video.href) frame(row, image, href);
      if (image || refused.has(href)) settle(row);
    } catch (error) {
      if (error.name !== "AbortError") {
        refused.add(href);
        settle(row);
      }
    }
    clearTimeout(late);
    now = null;
    if (isPlayerWaiting()) return; // the player's events call us again
  }
}

function settle(row) {
  wanted.delete(row);
  eyes.unobserve(row);
}

async function drawn(video, signal) {
  // Where places are few, a look for a picture takes none that somebody waits for.
  if (!hasFrames(video)) return draw(easel, `${signed(video.href)}&peek=1`, signal, AT_PARTS);
  const frames = await framesOf(video, signal);
  let last;
  for (const number of new Set(AT_PARTS.map((part) => frames.at(frames.secs * part) + 1))) {
    last = await draw(easel, await frames.file(number, signal), signal);
    if (!last.isDark) break;
  }
  return { ...last, secs: frames.secs };
}
