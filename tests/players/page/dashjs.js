// dash.js, the reference player of DASH.

import { script } from "./page.js";

export async function load(video, address, ahead, failed) {
  await script("/node_modules/dashjs/dist/modern/umd/dash.all.min.js");
  const player = dashjs.MediaPlayer().create();
  player.updateSettings({ streaming: { buffer: { bufferTimeDefault: ahead, bufferTimeAtTopQuality: ahead, bufferTimeAtTopQualityLongForm: ahead } } });
  player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => failed(`dash.js: ${error?.code} ${error?.message}`));
  player.on(dashjs.MediaPlayer.events.PLAYBACK_ERROR, ({ error }) => failed(`dash.js: playback ${error?.code ?? error}`));
  let hasTexts = false; // before that, none can be chosen
  player.on(dashjs.MediaPlayer.events.TEXT_TRACKS_ADDED, () => (hasTexts = true));
  // Its own timer may see the end just before the browser does. Then it pauses, and the browser never says `ended`.
  let hasEnded = false;
  player.on(dashjs.MediaPlayer.events.PLAYBACK_ENDED, () => (hasEnded = true));
  player.on(dashjs.MediaPlayer.events.PLAYBACK_SEEKING, () => (hasEnded &&= video.currentTime >= video.duration));
  player.initialize(video, address, false);
  const tracks = (kind) => player.getTracksFor(kind);
  return {
    ended: () => hasEnded,
    audio: () => tracks("audio").map((track) => track.lang),
    texts: () => (hasTexts ? tracks("text").map((track) => track.lang) : []),
    chooseAudio: (wanted) => player.setCurrentTrack(tracks("audio").find((track) => track.lang === wanted)),
    chooseText: (wanted) => player.setTextTrack(tracks("text").findIndex((track) => track.lang === wanted)),
  };
}
