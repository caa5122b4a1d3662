// The page where titles are private: for the owner, for who was sent a link, and for everybody else.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { REELD, SAMPLES, reeld, stop } from "../start.mjs";
import { TEST, eventually, forgive, openAt, page, playing, row, rows, screen, seek, shots, start, until } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TOKEN = "correct horse battery";
const SECS = 40; // for which the owner's addresses open

let folder, server, address;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reeld-signed-"));
  cpSync(SAMPLES, join(folder, "videos"), { recursive: true, preserveTimestamps: true });
  writeFileSync(join(folder, "keys"), "VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=\n");
  writeFileSync(join(folder, "token"), TOKEN);
  server = await reeld(["-b", "127.0.0.1:0", "--sign-key-file", join(folder, "keys"), "--admin-token", join(folder, "token"),
    "--limit", `signed_list_secs=${SECS}`, join(folder, "videos")]);
  address = `http://${server.address}`;
}, TEST);

after(async () => {
  await stop(server?.child);
  if (folder) rmSync(folder, { recursive: true, force: true });
}, TEST);

/** What `reeld sign` prints. */
const sign = (...args) => execFileSync(REELD, ["sign", ...args, "--sign-key-file", join(folder, "keys"), "--base", address], { encoding: "utf8" }).trim().split("\n");

const told = (text) => page.locator("#trouble").getByText(text).waitFor();

async function enter(token = TOKEN) {
  await page.fill("#token", token);
  await page.getByRole("button", { name: "Open" }).click();
}

/** A page for the owner. */
async function openOwn(hash = "") {
  await openAt(`${address}/${hash}`, "#private:not([hidden])");
  await enter();
  await page.waitForSelector("#list li");
  forgive(/403/);
}

/** Faults that keep somebody out. */
async function barriers() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id }) => id);
}

for (const colorScheme of ["light", "dark"]) for (const width of [390, 1280]) {
  test(`everybody else is told what to do, ${width} pixels, ${colorScheme}`, TEST, async () => {
    await openAt(`${address}/`, "#private:not([hidden])", { viewport: { width, height: 844 }, colorScheme });
    forgive(/403/);
    assert.equal(await page.locator("#library").isVisible(), false);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
    assert.deepEqual(await barriers(), []);
    await page.screenshot({ path: join(shots, `private-${width}-${colorScheme}.png`) });
    await enter("wrong and wrong again");
    await page.locator("#refused").getByText("That is not it").waitFor();
    forgive(/403/);
    assert.deepEqual(await barriers(), []);
    await page.screenshot({ path: join(shots, `refused-${width}-${colorScheme}.png`) });
  });
}

test("the owner's page lists and plays, and keeps the token out of every address", TEST, async () => {
  const asked = [];
  await openOwn();
  page.on("request", (request) => asked.push(request.url()));
  assert((await rows()).includes("video"));
  await row(/^video/).click();
  await playing("video.mp4");
  await seek(10);
  await page.locator("#captions").selectOption({ index: 1 });
  await eventually(() => page.evaluate(() => [...document.querySelector("video").textTracks].some((track) => track.mode === "showing" && track.cues?.length)), "subtitles come");
  await eventually(async () => (await page.locator("#list .tile img").count()) >= 3, "rows have pictures");
  const media = asked.filter((url) => /\/(video|hls)\//.test(url));
  assert(media.length && media.every((url) => url.startsWith(`${address}/s/`)), media.join("\n"));
  assert(!asked.some((url) => url.includes("correct")), "the token is in no address");
  assert(!page.url().includes("/s/"), page.url());
  // The tab remembers it.
  await page.reload();
  await page.waitForSelector("#list li");
});

test("what plays goes on when its signature ends", TEST, async () => {
  await openOwn("#play=/video/video.mp4");
  await start();
  await until((now) => now.time > 0.4 && !now.paused, "it plays");
  await page.evaluate(() => (document.querySelector("video").loop = true));
  const before = await screen();
  await new Promise((done) => setTimeout(done, (SECS + 3) * 1000));
  const now = await screen();
  assert.equal(now.error, null);
  assert(!now.paused && now.ready >= 2, JSON.stringify(now));
  assert.notEqual(now.src, before.src, "it is signed anew");
  await seek(1);
  assert.equal((await page.request.get(before.src)).status(), 410, "the old one has ended");
  await playing("video.mp4");
});

test("a link to a title plays it, and shows nothing else", TEST, async () => {
  const [, , link] = sign("Été à la mer.mp4", "--for", "2h");
  await openAt(link, "#list li");
  assert.deepEqual(await rows(), ["Été à la mer"]);
  await start();
  await playing("Été à la mer.mp4");
  await page.locator("#copy").click();
  assert((await screen()).src.startsWith(link.split("#")[0]), "its address is signed");
});

for (const width of [390, 1280]) {
  test(`a link to a folder lists and plays it, ${width} pixels`, TEST, async () => {
    const [, , link] = sign("shows", "--prefix", "--for", "2h");
    await openAt(link, "#list li", { viewport: { width, height: 844 } });
    assert.deepEqual(await rows(), ["mandelbrot"]);
    await row("mandelbrot").click();
    await playing("shows/fractals/mandelbrot.mp4");
    await page.screenshot({ path: join(shots, `link-${width}.png`) });
    assert(page.url().includes("#play=/video/shows/"), page.url());
    await page.reload();
    await page.waitForSelector("#list li");
    assert.deepEqual(await rows(), ["mandelbrot"], "the address is a link, too");
  });
}

test("a link with subtitles and segments plays as HLS, too", TEST, async () => {
  const [, hls, link] = sign("video.mp4", "--for", "2h");
  const asked = [];
  await openAt(link.replace("/#", "/?hls=on#"), "#list li", {}, async (page) => page.on("response", (reply) => asked.push([reply.status(), reply.url()])));
  await start();
  await until((now) => now.time > 0.4, "it plays");
  await eventually(async () => (await page.locator("#captions option").count()) === 3, "it has two subtitles");
  assert(asked.some(([, url]) => url.startsWith(hls)), "the playlist was asked for");
  assert.deepEqual(asked.filter(([status]) => status >= 400), []);
});

test("a link that has ended, or was cut, says so", TEST, async () => {
  const [, , link] = sign("video.mp4", "--for", "1s");
  await new Promise((done) => setTimeout(done, 2100));
  await openAt(link, "#trouble:not(:empty)");
  await told("This link has expired.");
  forgive(/410/);
  await page.screenshot({ path: join(shots, "expired-390.png") });
  await openAt(sign("video.mp4", "--for", "1h")[2].replace("video.mp4", "life.webm"), "#trouble:not(:empty)");
  await told("This link opens nothing here.");
  forgive(/403/);
});
