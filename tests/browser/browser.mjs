// A real reeld, a real Chromium and one page in it: made fresh for each test, and watched for anything that
// goes wrong.
//
// The library is a copy of the sample videos, and one file more: a sample with a wide hole in its
// middle (see `stretched`). The samples are so small that Chromium has all of one before anybody
// can seek in it; across the hole a seek has to be a request of its own.

import assert from "node:assert/strict";
import { cpSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { SAMPLES, launch, reeld, stop } from "../start.mjs";

export const WAIT_MS_MAX = 10_000; // for anything on the page
export const TEST = { timeout: 60_000 };
export const HOLE_BYTES = 48 << 20; // more than Chromium reads ahead

export let page, replies, shots, library;
let scratch, server, address, browser, wrong;

// --- before and after ---

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), "reeld-browser-"));
  shots = process.env.SHOTS ?? mkdtempSync(join(tmpdir(), "reeld-shots-"));
  mkdirSync(shots, { recursive: true });
  library = join(scratch, "videos");
  cpSync(SAMPLES, library, { recursive: true, preserveTimestamps: true }); // what is fresh is not looked into at once
  stretched(join(library, "video.mp4"), join(library, "stretched.mp4"));

  server = await reeld(["-b", "127.0.0.1:0", library]);
  address = `http://${server.address}/`;
  await judged(address);
  browser = await launch(chromium);
}, TEST);

after(async () => {
  await browser?.close();
  await stop(server?.child);
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}, TEST);

beforeEach(() => open(), TEST);

afterEach(async () => {
  const violations = await page.evaluate(() => window.violations);
  await shut();
  assert.deepEqual(violations, [], "the content security policy was violated");
  assert.deepEqual(wrong, [], "something went wrong on the page");
}, TEST);

/** A route that is still being asked must not fail with the page that asked. */
async function shut() {
  if (!page || page.isClosed()) return;
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.close();
}

/**
 * A fresh page, with everything that goes wrong on it written down. `where`: below the address of the server that all
 * share, or the whole address of another one. `prepare` may put routes between it and the server.
 */
export const open = (where = "", options = {}, prepare = undefined) => openAt(where, "#list li", options, prepare);

/** The same, where something else than rows is to be seen. */
export async function openAt(where, seen, options = {}, prepare = async () => {}) {
  await shut();
  wrong = [];
  replies = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  page.setDefaultTimeout(WAIT_MS_MAX);
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && wrong.push(line.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("response", (reply) => replies.push(reply));
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await prepare(page);
  await page.goto(new URL(where, address).href);
  await page.waitForSelector(seen);
}

/** Waits until the server has looked into all titles that may be HLS, as it does by and by. */
export async function judged(address) {
  const end = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const { videos } = await (await fetch(new URL("library.json", address))).json();
    const left = videos.filter(({ hls, name }) => !hls && /\.(mp4|m4a|mov)$/.test(name));
    if (!left.length) return videos;
    assert(Date.now() < end, `not looked into: ${left.map(({ name }) => name)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Takes back what went wrong on purpose. */
export const forgive = (pattern) => (wrong = wrong.filter((line) => !pattern.test(line)));

/**
 * Writes a copy of an MP4 (index in front) whose second half lies HOLE_BYTES further back. The
 * chunk offsets in its index are changed to match, so players find everything:
 *
 *     ftyp moov mdat[ chunk chunk ………… hole ………… chunk chunk ]
 */
function stretched(from, to) {
  const bytes = readFileSync(from);
  const tables = [];
  let mdat;
  (function walk(at, end) {
    while (at + 8 <= end) {
      const size = bytes.readUInt32BE(at);
      const kind = bytes.toString("latin1", at + 4, at + 8);
      assert(size >= 8 && at + size <= end, `${from}: box ${kind} of ${size} bytes at ${at}`);
      if (["moov", "trak", "mdia", "minf", "stbl"].includes(kind)) walk(at + 8, at + size);
      if (kind === "stco") tables.push(at + 12);
      if (kind === "mdat") mdat = at;
      at += size;
    }
  })(0, bytes.length);

  const entries = tables.flatMap((at) => Array.from({ length: bytes.readUInt32BE(at) }, (_, i) => at + 4 + 4 * i));
  const offsets = entries.map((at) => bytes.readUInt32BE(at)).sort((a, b) => a - b);
  const cut = offsets[offsets.length >> 1];
  for (const at of entries) {
    const offset = bytes.readUInt32BE(at);
    if (offset >= cut) bytes.writeUInt32BE(offset + HOLE_BYTES, at);
  }
  bytes.writeUInt32BE(bytes.readUInt32BE(mdat) + HOLE_BYTES, mdat);

  const out = openSync(to, "w");
  writeSync(out, bytes, 0, cut, 0);
  writeSync(out, bytes, cut, bytes.length - cut, cut + HOLE_BYTES); // the hole takes no room on disk
  closeSync(out);
}

// --- what a person does and sees ---

export const row = (text) => page.locator("#list a", { hasText: text });
export const rows = () => page.locator("#list a .name").allTextContents();

export const screen = () => page.evaluate(() => {
  const video = document.querySelector("video");
  return {
    time: video.currentTime, length: video.duration, width: video.videoWidth, paused: video.paused,
    ready: video.readyState, src: video.currentSrc, error: video.error?.message ?? null,
  };
});

/** Waits until `holds(what is on the screen)`, and fails with what was there instead. */
export async function until(holds, what) {
  const end = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const now = await screen();
    if (holds(now)) return now;
    assert(Date.now() < end, `${what}: still ${JSON.stringify(now)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export const playing = (name) => until(
  (now) => decodeURI(now.src).includes(`/${name}?v=`) && now.time > 0.4 && !now.paused && now.error === null, `${name} plays`);

/** The picture now on the screen, as few grey values. */
export const picture = () => page.evaluate(() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 18];
  const pen = canvas.getContext("2d");
  pen.drawImage(document.querySelector("video"), 0, 0, 32, 18);
  const { data } = pen.getImageData(0, 0, 32, 18);
  return Array.from({ length: 32 * 18 }, (_, i) => Math.round((data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3));
});

export const difference = (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

/** Chromium may refuse to start what was not clicked on, as a link opened from elsewhere. */
export const start = () => page.evaluate(() => document.querySelector("video").play());

export const seek = (secs) => page.evaluate((to) => new Promise((done, failed) => {
  const video = document.querySelector("video");
  video.addEventListener("seeked", done, { once: true });
  video.addEventListener("error", () => failed(new Error(video.error.message)), { once: true });
  setTimeout(() => failed(new Error("no seeked event within 10 s")), 10_000);
  video.currentTime = to;
}), secs);

/** Waits until `holds()` is true, whatever it looks at. */
export async function eventually(holds, what) {
  const end = Date.now() + WAIT_MS_MAX;
  while (!(await holds())) {
    assert(Date.now() < end, what);
    await new Promise((done) => setTimeout(done, 100));
  }
}
