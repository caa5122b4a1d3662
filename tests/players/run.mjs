// Players that others wrote, in a real Chromium: HLS and DASH of a real reeld, from another origin.
//
//     npm ci && npm test
//
// REELD_BIN  the server (default: the release build of this checkout)
// CHROMIUM   the browser (default: /usr/bin/chromium, Debian's package)
// ORIGIN     instead of a reeld: who serves hls/NAME/master.m3u8 and dash/NAME/manifest.mpd there
//
// The files are made by tests/media/make, with ffmpeg. Their pictures carry their number, so that a test knows
// which one it sees.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { launch, reeld, serveFolder, stopAll } from "../start.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const WAIT_MS_MAX = 15_000; // for anything on the page
const TEST = { timeout: 60_000 };
const AT_ONCE = 4; // most of a test is waiting for time to pass
const NEAR = 0.05; // seconds: a frame of 24 a second is 0.042
const near = (a, b, slack = NEAR) => Math.abs(a - b) <= slack;

/**
 * Each way to play. Chromium's own player puts the earliest sample at 0: what a decoder of audio needs to run in
 * makes all else as much later, and so perhaps a picture is another one.
 */
const WAYS = {
  "hls.js": { player: "hlsjs" },
  "Shaka": { player: "shaka" },
  "Video.js": { player: "videojs" },
  "Chromium": { player: "native", isNative: true },
  "Shaka, DASH": { player: "shaka", isDash: true },
  "dash.js": { player: "dashjs", isDash: true },
};
const EVERYBODY = Object.keys(WAYS);
const SCRIPTS = EVERYBODY.filter((way) => way !== "Chromium");

/**
 * Titles: how long, pictures a second, when the first picture stands and which number it carries. `seek` is where
 * to jump to, `runIn` how much sound stands before 0. `both` is from when there are picture and sound: where each has
 * segments of its own, as in DASH, players begin there.
 */
const usual = { length: 14, rate: 24, begin: 0, number: 0, seek: 8.3, runIn: 0.022, both: 0, by: EVERYBODY };
const TITLES = {
  "base.mp4": usual,
  "moov-last.mp4": { ...usual, by: ["hls.js"] },
  "over-4GiB.mp4": { ...usual, by: ["hls.js", "Chromium", "Shaka, DASH"] },
  "fragments-edits.mp4": usual,
  // Served as it is, without an edit list: its picture is later by its reordering, and who counts that differs.
  "fragments-short.mp4": { ...usual, length: 14.083, slack: 0.1, begin: null, by: ["hls.js", "Shaka", "Video.js", "Chromium"] },
  "late-audio.mp4": { ...usual, both: 2.978 },
  // Not Shaka with HLS: it moves each segment to where the playlist has it by the time of its picture alone.
  "late-video.mp4": { ...usual, begin: 0.708, both: 0.708, by: EVERYBODY.filter((way) => way !== "Shaka") },
  "negative-offsets.mp4": { ...usual, by: ["hls.js", "Chromium"] },
  "cut.mp4": { ...usual, length: 12, number: 48, runIn: 0.065, by: ["hls.js", "Shaka", "Shaka, DASH", "Chromium"] },
  "single-gop.mp4": { ...usual, length: 12 },
  "5fps.mp4": { ...usual, rate: 5 },
  "vfr.mp4": { ...usual, rate: null, by: ["hls.js", "Shaka, DASH", "Chromium"] },
  "rotated.mp4": { ...usual, size: [180, 320], rate: null, by: ["hls.js", "Shaka, DASH", "Chromium"] },
  "intra-only.mp4": { ...usual, length: 7, seek: 4.3, by: ["hls.js"] },
  "video-only.mp4": { ...usual, by: ["hls.js", "Shaka", "Shaka, DASH", "Chromium"] },
  "audio-only.m4a": { ...usual, rate: null, size: [0, 0] },
  "av1-opus.mp4": { ...usual, length: 6, seek: 4.3, by: ["hls.js", "Shaka", "Shaka, DASH"] },
  "vp9-opus.mp4": { ...usual, length: 8, seek: 6.3, by: ["hls.js", "Video.js", "Shaka, DASH"] },
  "flac.mp4": { ...usual, by: ["hls.js"] },
  "half-second.mp4": { ...usual, length: 0.5, seek: 0.2, by: ["hls.js", "Shaka", "Shaka, DASH", "Chromium"] },
  "two-languages.mp4": usual,
};
const WITH_TEXTS = ["sidecar.mp4", "tx3g-chapters.mp4"];

let browser, pages, origin, scratch;

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), "reeld-players-"));
  pages = await serveFolder(here);
  browser = await launch(chromium, ["--autoplay-policy=no-user-gesture-required"]);
  origin = process.env.ORIGIN;
  if (!origin) {
    await promisify(execFile)(join(here, "../media/make"), [scratch, ...Object.keys(TITLES), ...WITH_TEXTS]);
    origin = `http://${(await reeld(["-b", "127.0.0.1:0", "--cors", "*", scratch])).address}`;
  }
}, { timeout: 90_000 });

after(async () => {
  await browser?.close();
  pages?.closeAllConnections();
  pages?.close();
  await stopAll();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}, TEST);

/** A page that plays a title one way, and fetches `ahead` seconds of it where that can be told. `use` gets what there is to do with it; nothing may have gone wrong at its end. */
async function playing(t, way, title, use, { ahead = 60, sign = "loadeddata" } = {}) {
  const { player, isDash } = WAYS[way];
  const page = await browser.newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  const look = () => page.evaluate(() => window.look());
  const until = async (holds, what) => {
    const end = Date.now() + WAIT_MS_MAX;
    for (;;) {
      const now = await look();
      if (holds(now)) return now;
      assert(Date.now() < end && now.errors.length === 0, `${what}: still ${JSON.stringify(now)}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  const call = (name, ...given) => page.evaluate(([name, given]) => window[name](...given), [name, given]);
  try {
    await page.goto(`http://127.0.0.1:${pages.address().port}/page.html`);
    await page.waitForFunction(() => window.isReady);
    const address = `${origin}/${isDash ? "dash" : "hls"}/${title}/${isDash ? "manifest.mpd" : "master.m3u8"}`;
    await within(call("load", player, address, ahead, sign), async () => `nothing to see: ${JSON.stringify(await look())}`);
    await use({ look, until, call });
    const now = await look();
    assert.deepEqual(now.errors, []);
    assert.deepEqual(wrong, []);
    assert.equal(now.corrupted, 0);
    if (now.notes.length > 0) t.diagnostic(`it noted ${[...new Set(now.notes)].join(", ")}`);
  } finally {
    await page.close();
  }
}

async function within(promise, what) {
  let late;
  const limit = new Promise((_, failed) => (late = setTimeout(async () => failed(new Error(await what())), WAIT_MS_MAX)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(late));
}

suite("players", { concurrency: AT_ONCE }, () => {
  for (const [title, wanted] of Object.entries(TITLES)) {
    for (const way of wanted.by) {
      const sign = WAYS[way].isDash && wanted.both > 0 ? "loadedmetadata" : "loadeddata";
      test(`${way} plays ${title}`, TEST, (t) => playing(t, way, title, (it) => plays(it, wanted, WAYS[way]), { sign }));
    }
  }
  for (const way of SCRIPTS) {
    test(`${way} changes its audio`, TEST, (t) => playing(t, way, "two-languages.mp4", changesAudio));
    for (const title of WITH_TEXTS) test(`${way} shows the subtitles of ${title}`, TEST, (t) => playing(t, way, title, showsTexts, { ahead: 5 }));
  }
});

/** First picture, buffer, a seek, the end. */
async function plays(it, wanted, way) {
  const { look, until, call } = it;
  const { length, both, seek, size = [320, 180] } = wanted;
  const slack = (wanted.slack ?? NEAR) + (way.isNative ? wanted.runIn : 0);
  const begin = way.isDash ? both : 0;
  const first = await look();
  assert(first.time === 0 || near(first.time, begin), `it begins at ${first.time}`);
  assert.deepEqual([first.width, first.height], size, `its picture is ${first.width}x${first.height}`);
  assert(near(first.length, length, slack), `it lasts ${first.length}, not ${length}`);
  if (wanted.rate && wanted.begin === 0 && begin === 0) {
    const now = await until(({ first }) => first !== null, "a picture");
    assert(near(now.first, 0, way.isNative ? wanted.runIn : 0.002), `its first picture stands at ${now.first}`);
    await isPicture(it, wanted, way, 0);
  }

  await call("play");
  await until(({ time }) => time >= Math.min(begin + 0.7, seek), "it plays");
  await call("pause");
  if (!way.isNative) {
    const from = Math.max(begin, wanted.begin ?? 0) + NEAR;
    await until(({ buffered }) => buffered.length === 1 && buffered[0][0] <= from && buffered[0][1] >= length - slack,
      "buffered to the end"); // Video.js fetches more than a segment only once it has played
  }
  await call("seek", seek);
  const there = await look();
  assert(near(there.time, seek), `it was told ${seek} and went to ${there.time}`);
  if (wanted.rate && wanted.begin !== null) await isPicture(it, wanted, way, seek);
  await call("play");
  await until(({ time, ended }) => time > Math.min(seek + 0.5, length - NEAR) || ended, "it goes on");
  await call("seek", Math.max(seek, length - 1));
  await call("play");
  const end = await until(({ ended }) => ended, "its end");
  assert(near(end.time, length, slack), `it ended at ${end.time}, not ${length}`);
}

/** It is paused: a picture that comes a moment after `seeked` stays. */
async function isPicture({ call }, { rate, begin, number, runIn }, { isNative }, time) {
  const wanted = number + Math.floor((time - begin) * rate + 1e-6);
  const late = isNative ? Math.ceil(runIn * rate) : 0;
  const end = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const saw = await call("number"); // of 256
    if ((wanted - saw + 512) % 256 <= late) return;
    assert(Date.now() < end, `at ${time} it shows picture ${saw}, not ${wanted % 256}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The first track is a tone of 440 Hz, the other of 880; each has a beep of four times that every second. */
async function changesAudio({ look, until, call }) {
  const isHeard = async (hertz) => {
    const end = Date.now() + WAIT_MS_MAX;
    let last = "silence";
    for (;;) {
      const { hertz: heard, level } = await call("note");
      if (level > -90) last = `${heard} Hz`;
      if (Math.abs(heard - hertz) < 15) return;
      const now = await look();
      assert(Date.now() < end && !now.ended, `it sounds like ${last}, not ${hertz} Hz: ${JSON.stringify(now)}`);
    }
  };
  const { audio } = await until(({ audio }) => audio.length === 2, "two tracks");
  assert.deepEqual([...audio].sort(), ["de", "en"]);
  await call("play");
  await isHeard(440);
  await call("chooseAudio", "de");
  await isHeard(880); // a seek before it is there makes some of them wait for ever
  await call("seek", 5);
  await isHeard(880);
  await call("chooseAudio", "en");
  await isHeard(440);
}

async function showsTexts({ until, call }) {
  await until(({ texts }) => texts.includes("en"), "English subtitles");
  await call("chooseText", "en");
  await call("play");
  await until(({ cues }) => cues.length > 0, "subtitles come"); // after a seek before that, dash.js may never ask again
  await call("seek", 1.5);
  await call("pause");
  await until(({ shown }) => shown.join() === "First", "the first cue at 1.5 s");
  await call("seek", 4);
  await until(({ shown }) => shown.length === 0, "no cue at 4 s");
  await call("seek", 6);
  const { cues } = await until(({ shown }) => shown.join() === "Second", "the second cue at 6 s");
  const times = cues.map(({ from, to }) => [from, to].map((secs) => Math.round(secs * 1000) / 1000));
  assert.deepEqual(times, [[1, 3], [5, 7.5]]);
}
