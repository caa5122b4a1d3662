// What is told of a file to who asks: how it is played here, whether as HLS elsewhere, and what its owner may mend.
import { make } from "/_/dom.js";
import { partOf } from "/_/sources.js";
import { quoted } from "/_/words.js";

// The server's names for why not. One that is not here is shown as it is.
const REASONS = {
  "no-moov": "its index is missing, it is not finished",
  unreadable: "the disk could not read it",
  damaged: "its index contradicts itself",
  "too-large": "its index is too large",
  "compressed-moov": "its index is compressed",
  encrypted: "it is encrypted",
  "nothing-to-play": "it holds neither picture nor sound",
  "mp3-in-mp4": "its sound is MP3, which segments cannot carry",
  pcm: "its sound is not compressed",
  codec: "no player takes its codec in segments",
  "base-data-offset": "its fragments are counted from its start",
  "fragment-times": "its fragments say no times",
  hybrid: "half of it is in fragments",
  "several-descriptions": "its format changes on the way",
  "no-key-frames": "its key frames are too far apart",
  "long-sample": "one of its frames lasts a minute",
  cut: "too little of it is there",
};

/** Items of a list. `way`: as `sourcesOf` calls it. */
export function verdictOn(video, way) {
  const { hls, indexLast, cut, base } = video;
  const items = [[`Played from ${way === "HLS" ? "HLS segments" : way}.`]];
  if (hls === "ok") items.push(["Also as ", make("a", { href: partOf(video, "master.m3u8") }, "HLS"), ", for other players."]);
  else if (hls) items.push([`Not as HLS: ${REASONS[hls] ?? hls}.`]);
  if (indexLast) items.push(["Its index stands at the end, so players start it later. This puts it in front: ",
    make("code", {}, `ffmpeg -i ${quoted(base)} -c copy -movflags +faststart ${quoted(`faststart ${base}`)}`)]);
  if (cut) items.push(["Its end is missing: it may not be finished. It plays as far as it goes."]);
  return items.map((parts) => make("li", {}, ...parts));
}
