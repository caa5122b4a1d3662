// One video, one player, and what is seen of them. The tests call what hangs on `window` here.

const PLAYERS = ["hlsjs", "shaka", "videojs", "dashjs", "native"];
const SQUARES = 8; // of a picture's number, at its lower edge: see tests/media/lib/matrix.py

const video = document.querySelector("video");
const seen = { errors: [], notes: [], first: null };
let player;
let giveUp = () => {};
const wrong = (what) => (seen.errors.push(what), giveUp(what));

video.addEventListener("error", () => wrong(`video: ${video.error?.code} ${video.error?.message}`));
video.requestVideoFrameCallback((_, frame) => (seen.first = frame.mediaTime));

/** Gives an address to one of the players, and waits until it could begin. It may fetch `ahead` seconds. */
window.load = async (name, address, ahead, sign) => {
  if (!PLAYERS.includes(name)) throw new Error(`no player ${name}`);
  const ready = new Promise((done, failed) => {
    giveUp = (what) => failed(new Error(what));
    video.addEventListener(sign, done, { once: true });
  });
  const { load } = await import(`./${name}.js`);
  player = await load(video, address, ahead, wrong, (what) => seen.notes.push(what));
  await ready;
};

/** Of all text tracks that are shown. A player may have a list of its own. */
const cuesOf = (list) => Array.from(player?.textTracks?.() ?? video.textTracks)
  .filter((track) => track.mode === "showing" && track.kind === "subtitles")
  .flatMap((track) => Array.from(track[list] ?? []));

/** Everything about the video that a test may ask for. */
window.look = () => ({
  time: video.currentTime,
  length: video.duration,
  paused: video.paused,
  ended: video.ended || (player?.ended?.() ?? false),
  ready: video.readyState,
  width: video.videoWidth,
  height: video.videoHeight,
  buffered: Array.from({ length: video.buffered.length }, (_, n) => [video.buffered.start(n), video.buffered.end(n)]),
  corrupted: video.getVideoPlaybackQuality().corruptedVideoFrames,
  audio: player?.audio?.() ?? [],
  texts: player?.texts?.() ?? [],
  cues: cuesOf("cues").map((cue) => ({ from: cue.startTime, to: cue.endTime, text: cue.text })),
  shown: cuesOf("activeCues").map((cue) => cue.text),
  ...seen,
});

window.play = () => video.play();
window.pause = () => video.pause();
window.chooseAudio = (language) => player.chooseAudio(language);
window.chooseText = (language) => player.chooseText(language);

/** Resolves once the seek is done and its picture is there. */
window.seek = (to) => new Promise((done, failed) => {
  const late = setTimeout(() => failed(new Error(`no seeked event: at ${video.currentTime}, ready ${video.readyState}`)), 8_000);
  video.addEventListener("seeked", () => (clearTimeout(late), done()), { once: true });
  video.currentTime = to;
});

/** The number that the picture carries, from 0 to 255. */
window.number = () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 180];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 320, 180);
  const bits = Array.from({ length: SQUARES }, (_, bit) => pen.getImageData(40 * bit + 20, 168, 1, 1).data[1] > 127);
  return bits.reduce((sum, isSet, bit) => sum + (isSet ? 1 << bit : 0), 0);
};

/** The note that is heard, in Hz: the loudest within a quarter of a second or so. */
let analyser;
window.note = async () => {
  if (!analyser) {
    const context = new AudioContext();
    analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    context.createMediaElementSource(video).connect(analyser);
    analyser.connect(context.destination);
    await context.resume();
  }
  const levels = new Float32Array(analyser.frequencyBinCount);
  await new Promise((done) => setTimeout(done, 300));
  analyser.getFloatFrequencyData(levels);
  const loudest = levels.reduce((best, level, bin) => (level > levels[best] ? bin : best), 0);
  return { hertz: (loudest * analyser.context.sampleRate) / analyser.fftSize, level: levels[loudest] };
};

/** Libraries that are no modules. */
export const script = (src) => new Promise((done, failed) => {
  const element = document.createElement("script");
  element.src = src;
  element.onload = done;
  element.onerror = () => failed(new Error(`${src} did not load`));
  document.head.append(element);
});

window.isReady = true;
