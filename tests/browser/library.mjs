// The list: what it shows, finds and sorts, how it fares with ten thousand titles, and how it keeps up.

import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TEST, eventually, library, open, page, playing, row, rows, screen } from "./browser.mjs";
import { changeLibrary } from "./stubs.mjs";

test("the page lists every sample, by folder", TEST, async () => {
  const names = await rows();
  for (const name of ["video", "life", "plasma (moov at end)", "Été à la mer", "bells", "mandelbrot"])
    assert(names.includes(name), `${name} is missing in ${names}`);
  assert.deepEqual(await page.locator("#list h3").allTextContents(), ["music", "shows / fractals"]);
  assert.match(await page.textContent("#count"), /^7 titles · /);
});

test("the search filters, without regard to case and accents", TEST, async () => {
  await page.fill("#find", "ETE");
  assert.deepEqual(await rows(), ["Été à la mer"]);
  await page.fill("#find", "shows mandel");
  assert.deepEqual(await rows(), ["mandelbrot"]);
  await page.fill("#find", "no such thing");
  assert.deepEqual(await rows(), []);
  assert.match(await page.textContent("#count"), /no such thing/);
  await page.press("#find", "Escape");
  assert.equal((await rows()).length, 7);
});

test("the order can be chosen, and is remembered", TEST, async () => {
  await page.selectOption("#sort", "size");
  assert.equal((await rows())[0], "stretched");
  assert.equal(await page.locator("#list h3").count(), 0, "no folders in an order across them");
  await page.reload();
  await page.waitForSelector("#list li");
  assert.equal(await page.inputValue("#sort"), "size");
  assert.equal((await rows()).at(-1), "bells");
});

test("folders close and stay closed, but a search looks into them", TEST, async () => {
  await page.getByRole("button", { name: "shows / fractals" }).click();
  assert(!(await rows()).includes("mandelbrot"));
  await page.reload();
  await page.waitForSelector("#list li");
  assert(!(await rows()).includes("mandelbrot"));
  await page.fill("#find", "mandel");
  assert.deepEqual(await rows(), ["mandelbrot"]);
});

test("each film gets a picture and its length, from one opened file at a time", TEST, async () => {
  await open("", {}, (page) => page.addInitScript(() => {
    window.easels = 0;
    const make = document.createElement;
    document.createElement = function (tag) {
      if (tag === "video") window.easels++;
      return make.apply(this, arguments);
    };
  }));
  await eventually(async () => (await page.locator("#list .tile img").count()) === 6, "all six films have a picture");
  assert.equal(await page.evaluate(() => window.easels), 1, "there is one hidden video, not one a row");
  assert.match(await row(/^video/).locator(".secs").textContent(), /^0:\d\d$/);
  assert.match(await row(/^video/).locator(".kind").textContent(), /MP4 · .* · 360p/);

  // What was learned is kept: another visit opens no file.
  const asked = [];
  page.on("request", (request) => /\/video\/(?!.*session=)|\/hls\/.*\/i/.test(request.url()) && asked.push(request.url()));
  await page.reload();
  await eventually(async () => (await page.locator("#list .tile img").count()) === 6, "they are there again");
  assert.deepEqual(asked, []);
  await page.selectOption("#sort", "length");
  assert.equal((await rows()).at(-1), "life", "the shortest one comes last");
});

test("ten thousand titles are searched without a stop", TEST, async () => {
  const many = changeLibrary(([one]) => Array.from({ length: 10_000 }, (_, i) => ({
    ...one,
    name: `folder ${i % 100}/title number ${i}.mp4`,
    href: `/video/folder%20${i % 100}/title%20number%20${i}.mp4?v=1`,
    poster: "/_/icon.svg",
  })));
  await open("#play=/video/none", {}, many);
  assert.match(await page.textContent("#count"), /^10,000 titles/);
  const nodes = () => page.evaluate(() => document.querySelectorAll("#list *").length);
  assert((await nodes()) < 2500, `${await nodes()} elements`);

  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((seen) => window.long.push(...seen.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
  const letters = "number 77";
  await page.locator("#find").pressSequentially(letters);
  assert.match(await page.textContent("#count"), /^\d+ titles of 10,000$/);
  assert((await nodes()) < 2500, `${await nodes()} elements`);
  // One may be another program's doing; one for each letter would be ours.
  const long = await page.evaluate(() => new Promise((done) => setTimeout(() => done(window.long), 300)));
  assert(long.length <= letters.length / 3, `long tasks of ${long} ms`);

  await page.fill("#find", "");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await eventually(async () => (await page.locator("#list li").count()) > 150, "more come as one scrolls");
});

test("a new file appears by itself, and nothing else moves", TEST, async () => {
  await row("mandelbrot").click();
  await playing("shows/fractals/mandelbrot.mp4");
  await row("bells").focus();
  const before = await screen();
  const file = join(library, "a new one.mp4");
  copyFileSync(join(library, "video.mp4"), file);
  try {
    await eventually(async () => {
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // rather than wait for ten seconds
      return (await rows()).includes("a new one");
    }, "it is in the list");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /^bells/, "the focus stays");
    const now = await screen();
    assert.equal(now.src, before.src, "what plays stays");
    assert(now.time > before.time && !now.paused, "and goes on");
    await row("a new one").locator(".tile img").waitFor(); // or its picture would be asked for when it is gone
  } finally {
    rmSync(file);
  }
  await eventually(async () => {
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    return !(await rows()).includes("a new one");
  }, "it is gone again");
});

test("a film is not opened for its picture while the player waits for bytes", TEST, async () => {
  const asked = [];
  let letGo;
  const held = new Promise((go) => (letGo = go));
  await open("", {}, async (page) => {
    await changeLibrary((videos) => videos.filter(({ name }) => !name.includes("/")))(page);
    await page.route(/\/video\/.*session=/, async (route) => { await held; await route.continue(); });
    await page.route(/\/video\/(?!.*session=)|\/hls\/.*\/i/, async (route) => { asked.push(route.request().url()); await route.continue(); });
    await page.addInitScript(() => { location.hash ||= "#play=/video/video.mp4"; });
  });
  await page.evaluate(() => { document.querySelector("video").play().catch(() => {}); });
  await page.waitForTimeout(300); // whatever was begun before ends
  asked.length = 0;
  await page.waitForTimeout(700);
  assert.deepEqual(asked, []);
  letGo();
  await playing("video.mp4");
  await eventually(async () => (await page.locator("#list .tile img").count()) === 5, "then the pictures come");
});

test("an unchanged list is not built again", TEST, async () => {
  const kept = await page.evaluate(async () => {
    const row = document.querySelector("#list li");
    let changes = 0;
    new MutationObserver((all) => (changes += all.length)).observe(document.querySelector("#list"), { childList: true, subtree: true });
    const { fetchLibrary } = await import("/_/library.js");
    const isNew = await fetchLibrary();
    return !isNew && row.isConnected;
  });
  assert(kept);
});
