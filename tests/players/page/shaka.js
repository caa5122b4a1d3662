// Shaka Player, HLS or DASH by the address. Subtitles of HLS that are chosen when all media is there already wait for
// a segment that never comes: who tests them lets it fetch less ahead.

import { script } from "./page.js";

export async function load(video, address, ahead, failed) {
  await script("/node_modules/shaka-player/dist/shaka-player.compiled.js");
  const player = new shaka.Player();
  const told = (error) => failed(`Shaka: ${error.severity} ${error.category}.${error.code} ${JSON.stringify(error.data)}`);
  player.addEventListener("error", (event) => told(event.detail));
  player.configure({ streaming: { bufferingGoal: ahead, rebufferingGoal: 1 } });
  await player.attach(video);
  await player.load(address).catch(told);
  return {
    audio: () => player.getAudioTracks().map((track) => track.language),
    texts: () => player.getTextTracks().map((track) => track.language),
    chooseAudio: (wanted) => player.selectAudioTrack(player.getAudioTracks().find((track) => track.language === wanted)),
    chooseText: (wanted) => player.selectTextTrack(player.getTextTracks().find((track) => track.language === wanted)),
  };
}
