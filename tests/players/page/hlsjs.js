// hls.js, as its documentation has it.

import { script } from "./page.js";

export async function load(video, address, ahead, failed, noted) {
  await script("/node_modules/hls.js/dist/hls.min.js");
  const hls = new Hls({ enableWorker: false, maxBufferLength: ahead });
  const language = (track) => track.lang ?? "";
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details, error }) =>
    fatal ? failed(`hls.js: ${type} ${details} ${error?.message ?? ""}`) : noted(details));
  hls.loadSource(address);
  hls.attachMedia(video);
  return {
    audio: () => hls.audioTracks.map(language),
    texts: () => hls.subtitleTracks.map(language),
    chooseAudio: (wanted) => (hls.audioTrack = hls.audioTracks.findIndex((track) => language(track) === wanted)),
    chooseText: (wanted) => (hls.subtitleTrack = hls.subtitleTracks.findIndex((track) => language(track) === wanted)),
  };
}
