// Shaka Player, HLS or DASH by the address, with room for a whole sample in its buffer.

import { script } from "./page.js";

export async function load(video, address, failed) {
  await script("/node_modules/shaka-player/dist/shaka-player.compiled.js");
  const player = new shaka.Player();
  const told = (error) => failed(`Shaka: ${error.severity} ${error.category}.${error.code} ${JSON.stringify(error.data)}`);
  player.addEventListener("error", (event) => told(event.detail));
  player.configure({ streaming: { bufferingGoal: 60, rebufferingGoal: 1 } });
  await player.attach(video);
  await player.load(address).catch(told);
  return {
    audio: () => player.getAudioTracks().map((track) => track.language),
    texts: () => player.getTextTracks().map((track) => track.language),
    chooseAudio: (wanted) => player.selectAudioTrack(player.getAudioTracks().find((track) => track.language === wanted)),
    chooseText: (wanted) => player.selectTextTrack(player.getTextTracks().find((track) => track.language === wanted)),
  };
}
