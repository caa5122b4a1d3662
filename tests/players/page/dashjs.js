// dash.js, the reference player of DASH.

import { script } from "./page.js";

export async function load(video, address, failed) {
  await script("/node_modules/dashjs/dist/modern/umd/dash.all.min.js");
  const player = dashjs.MediaPlayer().create();
  player.updateSettings({ streaming: { buffer: { bufferTimeDefault: 60, bufferTimeAtTopQuality: 60, bufferTimeAtTopQualityLongForm: 60 } } });
  player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => failed(`dash.js: ${error?.code} ${error?.message}`));
  player.on(dashjs.MediaPlayer.events.PLAYBACK_ERROR, ({ error }) => failed(`dash.js: playback ${error?.code ?? error}`));
  player.initialize(video, address, false);
  const tracks = (kind) => player.getTracksFor(kind);
  const choose = (kind, wanted) => player.setCurrentTrack(tracks(kind).find((track) => track.lang === wanted));
  return {
    audio: () => tracks("audio").map((track) => track.lang),
    texts: () => tracks("text").map((track) => track.lang),
    chooseAudio: (wanted) => choose("audio", wanted),
    chooseText: (wanted) => (player.enableText(true), choose("text", wanted)),
  };
}
