// Video.js and its own reader of HLS and DASH, even where the browser has one.

import { script } from "./page.js";

export async function load(video, address, _, failed) {
  await script("/node_modules/video.js/dist/video.min.js");
  const html5 = { vhs: { overrideNative: true }, nativeAudioTracks: false, nativeVideoTracks: false };
  const player = videojs(video, { html5, preload: "auto" });
  player.on("error", () => failed(`Video.js: ${player.error()?.code} ${player.error()?.message}`));
  const type = address.includes(".mpd") ? "application/dash+xml" : "application/vnd.apple.mpegurl";
  player.src({ src: address, type });
  const all = (list) => Array.from({ length: list.length }, (_, n) => list[n]);
  const texts = () => all(player.textTracks()).filter((track) => track.kind === "subtitles");
  return {
    textTracks: texts,
    audio: () => all(player.audioTracks()).map((track) => track.language),
    texts: () => texts().map((track) => track.language),
    chooseAudio: (wanted) => all(player.audioTracks()).forEach((track) => (track.enabled = track.language === wanted)),
    chooseText: (wanted) => texts().forEach((track) => (track.mode = track.language === wanted ? "showing" : "disabled")),
  };
}
