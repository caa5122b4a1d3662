// A picture for each row that comes into view and has none from the server: drawn from the video
// itself.
//
// It must never be in the way of what plays. One file is opened at a time, in one hidden <video>; it
// is let go as soon as its row leaves the view or the player waits for bytes; and what was
// drawn once is kept, so a file is opened once on each device.
import { by } from "/_/dom.js";
import { frameOf, learn } from "/_/learned.js";

const WIDTH = 320; // twice what a row shows: sharp on dense screens
const QUALITY = 0.72;
const AT_PARTS = [0.1, 0.2, 0.4]; // further in than black beginnings, not so far as to tell the end
const DRAW_SECS_MAX = 15;

const screen = by("screen");
const easel = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "metadata" });
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
  if (video.poster) return frame(row, video.poster);
  if (shown && shown.dataset.of !== video.href) shown.remove();
  if (video.tune || (shown && shown.dataset.of === video.href)) return;
  rows.set(row, video);
  eyes.observe(row);
}

function frame(row, src, of = src) {
  const tile = row.querySelector(".tile");
  const image = tile.querySelector("img") ?? document.createElement("img");
  Object.assign(image, { alt: "", loading: "lazy", decoding: "async", onerror: () => image.remove() });
  if (image.getAttribute("src") !== src) image.src = src;
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
    now = { row, stop: new AbortController() };
    try {
      let image = await frameOf(href);
      if (!image && !refused.has(href) && !isPlayerWaiting() && !navigator.connection?.saveData) {
        const drawn = await draw(href, now.stop.signal);
        image = drawn.image;
        learn(href, drawn.secs, drawn.width, drawn.height, image);
      }
      if (image && href === video.href) frame(row, image, href);
      if (image || refused.has(href)) settle(row);
    } catch (error) {
      if (error.name !== "AbortError") {
        refused.add(href);
        settle(row);
      }
    }
    now = null;
    if (isPlayerWaiting()) return; // the player's events call us again
  }
}

function settle(row) {
  wanted.delete(row);
  eyes.unobserve(row);
}

/** Films fade in, and a frame may come late: either way a black picture shows nothing. */
function isBlack(brush) {
  const { data } = brush.getImageData(0, 0, brush.canvas.width, brush.canvas.height);
  for (let at = 0; at < data.length; at += 52) if (data[at] > 24 || data[at + 1] > 24 || data[at + 2] > 24) return false;
  return true;
}

/** One frame of a file, and what was learned on the way. */
async function draw(href, signal) {
  const limit = AbortSignal.timeout(DRAW_SECS_MAX * 1000);
  const over = new AbortController();
  const options = { signal: over.signal };
  const comes = (event) => new Promise((good, bad) => {
    signal.throwIfAborted();
    easel.addEventListener(event, good, options);
    easel.addEventListener("error", () => bad(new Error("not playable here")), options);
    limit.addEventListener("abort", () => bad(new Error("too slow")), options);
    signal.addEventListener("abort", () => bad(new DOMException("not needed now", "AbortError")), options);
  });
  try {
    easel.src = href;
    await comes("loadedmetadata");
    const { duration: secs, videoWidth: width, videoHeight: height } = easel;
    if (!width) throw new Error("no picture in it");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, Math.round((WIDTH * height) / width)];
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    for (const part of AT_PARTS) {
      easel.currentTime = Number.isFinite(secs) ? secs * part : 10 * part;
      await comes("seeked");
      brush.drawImage(easel, 0, 0, canvas.width, canvas.height);
      if (!isBlack(brush)) break;
    }
    return { image: canvas.toDataURL("image/jpeg", QUALITY), secs, width, height };
  } finally {
    over.abort(); // takes the listeners away
    easel.removeAttribute("src");
    easel.load(); // ends the download
  }
}
