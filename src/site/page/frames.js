// Single pictures of a title: its key frames, one for each segment of HLS, and a hidden <video> that draws.
//
// A key frame with its init segment is a whole small MP4, which a <video> opens as it opens any other.
import { make } from "/_/dom.js";
import { partOf } from "/_/sources.js";

const WIDTH = 320; // twice what is shown: sharp on dense screens

/** Of a file in fragments, which is served as it is, no key frame can be had alone. */
export const hasFrames = ({ hls, width, fragments }) => hls === "ok" && width > 0 && !fragments;

async function got(video, name, signal) {
  const reply = await fetch(partOf(video, name), { signal });
  if (!reply.ok) throw new Error(`${name}: ${reply.status}`);
  return reply;
}

/** The key frames of a title: { secs, at(secs) -> number, file(number, signal) -> Blob }. Beyond the last is the last. */
export async function framesOf(video, signal) {
  const lines = (await (await got(video, "i.m3u8", signal)).text()).split(/\r?\n/);
  const init = await (await got(video, /URI="(.*?)"/.exec(lines.find((line) => line.startsWith("#EXT-X-MAP:")))[1], signal)).blob();
  const names = lines.filter((line) => line && !line.startsWith("#"));
  let secs = 0;
  const ends = lines.filter((line) => line.startsWith("#EXTINF:")).map((line) => (secs += parseFloat(line.slice(8))));
  return {
    secs,
    at(time) {
      const found = ends.findIndex((end) => time < end);
      return found < 0 ? ends.length - 1 : found;
    },
    file: async (number, signal) =>
      new Blob([init, await (await got(video, names[number] ?? names.at(-1), signal)).blob()], { type: "video/mp4" }),
  };
}

export const makeEasel = () => make("video", { muted: true, playsInline: true });

/**
 * Draws what an easel shows of an address or a Blob: its first picture, or the first one at any of `parts` of its
 * length that is not black.
 */
export async function draw(easel, what, signal, parts = [0]) {
  const over = new AbortController();
  const options = { signal: over.signal };
  const comes = (event) => new Promise((good, bad) => {
    signal.throwIfAborted();
    easel.addEventListener(event, good, options);
    easel.addEventListener("error", () => bad(new Error("not playable here")), options);
    signal.addEventListener("abort", () => bad(signal.reason), options);
  });
  const address = what instanceof Blob ? URL.createObjectURL(what) : what;
  try {
    easel.preload = what === address ? "metadata" : "auto";
    easel.src = address;
    await comes(what === address ? "loadedmetadata" : "loadeddata");
    const { duration: secs, videoWidth: width, videoHeight: height } = easel;
    if (!width) throw new Error("no picture in it");
    const canvas = make("canvas", { width: WIDTH, height: Math.round((WIDTH * height) / width) });
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    let isDark;
    for (const part of parts) {
      if (part) {
        easel.currentTime = Number.isFinite(secs) ? secs * part : 10 * part;
        await comes("seeked");
      }
      brush.drawImage(easel, 0, 0, canvas.width, canvas.height);
      if (!(isDark = isBlack(brush))) break;
    }
    return { canvas, secs, width, height, isDark };
  } finally {
    over.abort(); // takes the listeners away
    easel.removeAttribute("src");
    easel.load(); // ends the download
    if (what !== address) URL.revokeObjectURL(address);
  }
}

/** Films fade in, and a frame may come late: either way a black picture shows nothing. */
function isBlack(brush) {
  const { data } = brush.getImageData(0, 0, brush.canvas.width, brush.canvas.height);
  for (let at = 0; at < data.length; at += 52) if (data[at] > 24 || data[at + 1] > 24 || data[at + 2] > 24) return false;
  return true;
}
