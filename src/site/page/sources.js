// From where a title is played: as HLS, as the file with its index put in front, or as the plain file.
//
// Apple's players get HLS: in a plain MP4 of many hours they never show a picture. Elsewhere the plain file is
// better even where HLS is known: ranges seek five times faster than segments, and begin sooner (Chromium over
// 10 Mbit/s and 60 ms: 0.3 s against 3 s). That wants the index in front; where it is not, the server puts it there.
import { by } from "/_/dom.js";

const screen = by("screen");
const wish = new URLSearchParams(location.search).get("hls"); // `?hls=on` and `?hls=off` overrule the rule
const likesHls = screen.canPlayType("application/vnd.apple.mpegurl") !== "" && wish !== "off" &&
  (wish === "on" || "webkitShowPlaybackTargetPicker" in screen); // AirPlay, which is Apple's alone

/** The address of a part of a title as HLS. */
export const partOf = (video, name) => `${video.path.replace("/video/", "/hls/")}/${name}`;

/** [[way, address], …], the best one first. The next one is for when it fails. */
export function sourcesOf(video) {
  const { href, hls, type, indexLast } = video;
  // Where nothing is known yet, asking for it makes the server look.
  const isPackaged = hls ? hls === "ok" : type === "video/mp4" || type === "video/quicktime";
  const sources = [["the file", href]];
  if (indexLast) sources.unshift(["the file, its index put in front", `${href}&as=faststart`]);
  if (likesHls && isPackaged && !video.tune) sources.unshift(["HLS", partOf(video, "master.m3u8")]);
  return sources;
}
