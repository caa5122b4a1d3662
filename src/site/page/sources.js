// From where a title is played: as HLS, as the file with its index put in front, or as the plain file.
//
// Apple's players get HLS: in a plain MP4 of many hours they never show a picture. Elsewhere the plain file is
// better even where HLS is known, if its index stands in front; where it does not, the server puts it there. Only
// before the large index of a long film does HLS begin sooner. Chromium over 10 Mbit/s and 60 ms, until it plays, and
// until it plays on after a seek:
//
//     2 minutes     index at the end 0.4 s 0.4 s     in front 0.3 s 0.4 s     HLS 3.0 s 1.4 s
//     2 hours                        4.1 s 0.2 s              3.8 s 0.3 s         2.8 s 1.4 s
import { by } from "/_/dom.js";
import { signed } from "/_/signed.js";

const screen = by("screen");
const wish = new URLSearchParams(location.search).get("hls"); // `?hls=on` and `?hls=off` overrule the rule
const canHls = screen.canPlayType("application/vnd.apple.mpegurl") !== "" && wish !== "off";
const likesHls = wish === "on" || "webkitShowPlaybackTargetPicker" in screen; // AirPlay, which is Apple's alone
const LONG_SECS = 5400; // where the two meet

/** The address of a part of a title as HLS. */
export const partOf = (video, name) => signed(`${video.path.replace("/video/", "/hls/")}/${name}`);

/** [[way, address], …], the best one first. The next one is for when it fails. */
export function sourcesOf(video) {
  const { hls, secs, tune, type, indexLast } = video;
  const href = signed(video.href);
  // Where nothing is known yet, asking for it makes the server look.
  const isPackaged = hls ? hls === "ok" : type === "video/mp4" || type === "video/quicktime";
  const sources = [["the file", href]];
  if (indexLast) sources.unshift(["the file, its index put in front", `${href}&as=faststart`]);
  if (canHls && isPackaged && !tune && (likesHls || (indexLast && secs > LONG_SECS))) sources.unshift(["HLS", partOf(video, "master.m3u8")]);
  return sources;
}
