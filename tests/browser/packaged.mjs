// What the page makes of titles as HLS: looks ahead, pictures of rows, chapters, subtitles inside, from where a title is
// played, and what is told of it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { reeld, stop } from "../start.mjs";
import { TEST, difference, eventually, forgive, judged, open, page, picture, playing, row, screen, seek, start, until } from "./browser.mjs";
import { makeFilms } from "./films.mjs";
import { changeLibrary } from "./stubs.mjs";

let folder, server, films; // and its address

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reeld-films-"));
  makeFilms(folder);
  server = await reeld(["-b", "127.0.0.1:0", folder]);
  films = `http://${server.address}/`;
  await judged(films);
}, TEST);

after(async () => {
  await stop(server?.child);
  if (folder) rmSync(folder, { recursive: true, force: true });
}, TEST);

const openFilm = (name, query = "", prepare = undefined, options = {}) => open(`${films}${query}#play=/video/${name}`, options, prepare);
const strip = () => page.getByRole("slider", { name: "Position" });
const told = () => page.textContent("#verdict");
const words = () => page.textContent("#peek-words");
const marks = (count) => eventually(async () => (await page.locator("#marks i").count()) === count, `${count} chapters begin at a gap`);
const posters = (count) => eventually(async () => (await page.locator("#list .tile img").count()) === count, `${count} rows have a picture`);

/** Points at a part of the strip. */
async function point(part) {
  const { x, y, width, height } = await strip().boundingBox();
  await page.mouse.move(x + width * part, y + height / 2);
}

/** The look ahead as few grey values, as `picture` is. */
const peeked = () => page.evaluate(() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 18];
  const pen = canvas.getContext("2d");
  pen.drawImage(document.querySelector("#peek canvas"), 0, 0, 32, 18);
  const { data } = pen.getImageData(0, 0, 32, 18);
  return Array.from({ length: 32 * 18 }, (_, i) => Math.round((data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3));
});

const isPeeked = () => page.locator("#peek-picture:not(.late) canvas").isVisible();

/** Has the page write down which key frames it asks for, how many at a time, and which it gives up. */
const watchFrames = (page) => page.addInitScript(() => {
  window.seen = { asked: [], most: 0, ended: [] };
  let open = 0;
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const name = /\/hls\/.*\/(i[-.][^?]*)/.exec(address)?.[1];
    if (!name) return fetch(address, options);
    window.seen.asked.push(name);
    window.seen.most = Math.max(window.seen.most, ++open);
    try {
      return await fetch(address, options);
    } catch (error) {
      window.seen.ended.push(name);
      throw error;
    } finally {
      open--;
    }
  };
});

const seen = () => page.evaluate(() => window.seen);

/** One title alone, with a picture: nothing else asks for key frames then. */
const alone = (name) => changeLibrary((videos) => videos.filter((video) => video.name === name).map((video) => ({ ...video, poster: "/_/icon.svg" })));

test("a look ahead shows what is there, and nothing is fetched before somebody points", TEST, async () => {
  await openFilm("chapters.mp4", "", async (page) => {
    await watchFrames(page);
    await alone("chapters.mp4")(page);
  });
  await until((now) => now.ready >= 2, "the film is there");
  await marks(2);
  await page.evaluate(() => document.querySelector("video").pause());
  await page.waitForTimeout(300);
  assert.deepEqual((await seen()).asked, []);

  await point(0.6);
  await eventually(isPeeked, "the look is there");
  assert.match(await words(), /^0:14 · The aurora$/);
  assert.deepEqual((await seen()).asked, ["i.m3u8", "i-init.mp4", "i-2.m4s"]);
  const unlike = [];
  for (const secs of [6, 12, 18]) {
    await seek(secs);
    unlike.push(difference(await picture(), await peeked()));
  }
  assert(2 * unlike[1] < Math.min(unlike[0], unlike[2]), `it is the picture of second 12, where that segment begins: ${unlike}`);
  const other = await peeked();

  await point(0.1);
  await eventually(async () => (await isPeeked()) && difference(await peeked(), other) > 2, "another one elsewhere");
  await point(0.6);
  await eventually(async () => (await isPeeked()) && difference(await peeked(), other) < 1, "what was seen is kept");
  assert.deepEqual((await seen()).asked.slice(3), ["i-0.m4s"]);
  assert.equal((await seen()).most, 1, "one at a time");
  await page.mouse.move(10, 10);
  assert(await page.locator("#peek").isHidden(), "who points elsewhere sees it no more");
});

test("a look that is late is given up for the one that is wanted now, and for none", TEST, async () => {
  let letGo;
  const held = new Promise((go) => (letGo = go));
  await openFilm("chapters.mp4", "", async (page) => {
    await watchFrames(page);
    await alone("chapters.mp4")(page);
    await page.route(/\/i-[01]\.m4s/, async (route) => { await held; await route.continue().catch(() => {}); });
  });
  await until((now) => now.ready >= 2, "the film is there");
  await point(0.3);
  await eventually(async () => (await seen()).asked.includes("i-1.m4s"), "it is asked for");
  await page.waitForTimeout(400);
  await point(0.8);
  await eventually(isPeeked, "the look is there");
  assert.deepEqual((await seen()).ended, ["i-1.m4s"]);
  assert.equal((await seen()).most, 1, "one at a time");
  await point(0.05);
  await eventually(async () => (await seen()).asked.includes("i-0.m4s"), "it is asked for");
  await page.mouse.move(10, 10);
  await eventually(async () => (await seen()).ended.includes("i-0.m4s"), "nobody wants it any more");
  letGo();
});

test("the strip goes where one lets go of it, and obeys the keys", TEST, async () => {
  await openFilm("chapters.mp4");
  await until((now) => now.ready >= 2, "the film is there");
  await marks(2);
  await page.evaluate(() => document.querySelector("video").pause());
  const at = (secs, what) => until((now) => Math.abs(now.time - secs) < 0.3, what);
  await point(0.75);
  await page.mouse.down();
  await page.mouse.up();
  await at(18, "a click goes there");
  await point(0.25);
  await page.mouse.down();
  await point(0.5);
  assert.match(await words(), /^0:12/);
  assert((await screen()).time > 17, "held, it goes nowhere yet");
  await page.mouse.move(10, 10);
  await page.mouse.up();
  await until((now) => now.time < 1, "let go outside, it goes to what is nearest");
  assert(await page.locator("#peek").isHidden());

  await strip().focus();
  await page.keyboard.press("End");
  await until((now) => now.time > 23, "End");
  await page.keyboard.press("Home");
  await at(0, "Home");
  await page.keyboard.press("ArrowRight");
  await at(5, "right");
  await eventually(async () => (await strip().getAttribute("aria-valuetext")) === "0:05 of 0:24 · Night", "the strip says where one is");
  await page.keyboard.press("ArrowUp");
  await until((now) => now.time > 5.1 && now.time < 7, "up");
  assert.equal(await page.evaluate(() => document.querySelector("video").volume), 1, "and not louder");
});

test("chapters are a track, and gaps in the strip", TEST, async () => {
  await openFilm("chapters.mp4");
  await marks(2);
  assert.deepEqual(await page.evaluate(() => {
    const track = [...document.querySelector("video").textTracks].find(({ kind }) => kind === "chapters");
    return [...track.cues].map(({ startTime, text }) => [startTime, text]);
  }), [[0, "Night"], [8, "The aurora"], [16, "Dawn"]]);
  await page.evaluate(() => (location.hash = "#play=/video/dark.mp4"));
  await until((now) => now.src.includes("dark.mp4"), "another film");
  await marks(0);
});

for (const query of ["", "?hls=on"]) {
  test(`subtitles inside a film are in the menu, and each once (${query || "plain"})`, TEST, async () => {
    await openFilm("chapters.mp4", query);
    const choices = () => page.locator("#captions option").allTextContents();
    await eventually(async () => (await choices()).length === 3, "there are two");
    assert.deepEqual(await choices(), ["No subtitles", "English", "French"]);
    await start();
    await page.selectOption("#captions", { label: "French" });
    const shown = () => page.evaluate(() => [...document.querySelector("video").textTracks]
      .filter((track) => track.mode === "showing").flatMap((track) => [...(track.activeCues ?? [])].map((cue) => cue.text)));
    await eventually(async () => (await shown()).includes("Une horloge"), "they show");
    await page.reload();
    await eventually(async () => (await choices()).length === 3, "they are there again");
    assert.equal(await page.evaluate(() => document.querySelector("#captions").selectedOptions[0].textContent), "French", "and remembered");
  });
}

test("pictures and lengths of rows come without opening a film", TEST, async () => {
  const asked = [];
  await open(`${films}#play=/video/none`, {}, (page) => page.on("request", (request) => asked.push(new URL(request.url()).pathname)));
  await posters(6);
  const opened = asked.filter((path) => path.startsWith("/video/"));
  assert(opened.every((path) => ["/video/mp3.mp4", "/video/fragments.mp4"].includes(path)), `only what has no key frames alone is opened, and not ${opened}`);
  // It is black for seven seconds: the key frame behind its first tenth shows nothing, the next one does.
  assert.deepEqual(asked.filter((path) => path.includes("/dark.mp4/i-")).map((path) => path.split("/").pop()), ["i-init.mp4", "i-1.m4s", "i-2.m4s"]);
  assert.deepEqual(await page.locator("#list .secs").allTextContents(), ["0:24", "0:12", "0:20", "0:24", "0:16", "0:24"]);
  assert.match(await row("dark").locator(".kind").textContent(), / · 180p$/);
});

test("lengths are there at once", TEST, async () => {
  await open(`${films}#play=/video/none`, {}, (page) => page.route(/\/(video|hls)\//, () => {})); // no answer
  assert.deepEqual(await page.locator("#list .secs").allTextContents(), ["0:24", "0:12", "0:20", "0:24", "0:16", "0:24"]);
});

test("what the server found is told, to who asks", TEST, async () => {
  await openFilm("chapters.mp4");
  assert(await page.locator("#verdict").isHidden(), "it is not in the way");
  await page.click("#facts");
  assert.equal(await told(), "Played from the file.Also as HLS, for other players.");
  assert.equal(await page.locator("#verdict a").getAttribute("href"), "/hls/chapters.mp4/master.m3u8");
  await row("mp3").click();
  await eventually(async () => /Not as HLS: its sound is MP3/.test(await told()), "why not");
  assert(await page.locator("#strip").isHidden(), "nor has it a strip");
  await row("fragments").click();
  await eventually(async () => /Also as HLS/.test(await told()), "it has, but no key frames alone");
  assert(await page.locator("#strip").isHidden());
  await row("late").click();
  await eventually(async () => /ffmpeg -i 'late\.mp4' -c copy -movflags \+faststart/.test(await told()), "what would help");
  await row("cut").click();
  await eventually(async () => /Its end is missing/.test(await told()), "that it is not whole");
  await openFilm("mp3.mp4", "", changeLibrary((videos) => videos.map((video) => ({ ...video, hls: "made-of-cheese" }))));
  assert.match(await told(), /Not as HLS: made-of-cheese\./);
});

test("a verdict that comes later is taken in, and nothing that plays is touched", TEST, async () => {
  let isJudged = false;
  await openFilm("chapters.mp4", "", changeLibrary((videos) => videos.map((video) => (isJudged ? video : { ...video, hls: undefined, secs: undefined }))));
  await start();
  const { src } = await playing("chapters.mp4");
  assert(await page.locator("#strip").isHidden());
  isJudged = true;
  // The server's tag is the same: as if it were not.
  await page.route("**/library.json", async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, headers: { ...reply.headers(), etag: '"another"' } });
  });
  await eventually(async () => {
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    return strip().isVisible();
  }, "the strip is there");
  const now = await screen();
  assert(now.src === src && !now.paused, "and the film plays on");
});

test("a file whose index stands at its end is asked for with the index in front", TEST, async () => {
  await openFilm("late.mp4");
  await start();
  const { src } = await playing("late.mp4");
  assert.equal(new URL(src).searchParams.get("as"), "faststart");
  await seek(10);
  await until((now) => now.time > 10.3 && now.error === null, "it goes on after the seek");

  await openFilm("late.mp4", "", (page) => page.route(/as=faststart/, (route) => route.fulfill({ status: 422 })));
  await start();
  await until((now) => now.time > 0.4 && !now.src.includes("as=") && now.error === null, "where that is not to be had, the file plays");
  forgive(/status of 422/);
});

test("of a long film with its index at the end, HLS begins sooner", TEST, async () => {
  await openFilm("late.mp4", "", changeLibrary((videos) => videos.map((video) => ({ ...video, secs: 7200 }))));
  await start();
  await until((now) => now.src.includes("/hls/late.mp4/master.m3u8") && now.time > 0.4, "it plays");
});

test("HLS plays where it is wished for, and says so", TEST, async () => {
  await openFilm("chapters.mp4", "?hls=on");
  await start();
  await until((now) => now.src.includes("/hls/chapters.mp4/master.m3u8") && now.time > 0.4, "it plays");
  assert.match(await page.textContent("#facts"), / · HLS$/);
  assert.match(await told(), /Played from HLS segments/);
  await seek(15);
  await until((now) => now.time > 15.3 && now.error === null, "it goes on after the seek");
});

test("when HLS fails on the way, the file goes on from there", TEST, async () => {
  await openFilm("chapters.mp4", "?hls=on", (page) => page.route(/\/m-[23]\.m4s/, (route) => route.fulfill({ status: 410 })));
  await page.evaluate(() => {
    const video = document.querySelector("video");
    window.reached = 0;
    video.addEventListener("timeupdate", () => (window.reached = Math.max(window.reached, video.currentTime)));
  });
  await start();
  await until((now) => now.src.includes("/video/chapters.mp4?v=") && now.time > 0, "the file is opened");
  const reached = await page.evaluate(() => window.reached);
  const now = await until((now) => now.time > reached && !now.paused, "it plays on");
  assert(now.time > 1 && now.error === null, JSON.stringify(now));
  assert.doesNotMatch(await page.textContent("#facts"), /HLS/);
  assert.equal(await page.textContent("#trouble"), "");
  forgive(/status of 410/);
});

test("Apple's players get HLS of what is packaged, and of what is not known yet", TEST, async () => {
  const asApple = (page) => page.addInitScript(() => { HTMLVideoElement.prototype.webkitShowPlaybackTargetPicker = () => {}; });
  const sources = (name, change) => open(`${films}${change}#play=/video/${name}`, {}, asApple).then(async () => {
    await until((now) => now.ready >= 1, `${name} is there`);
    return new URL((await screen()).src).pathname;
  });
  assert.equal(await sources("chapters.mp4", ""), "/hls/chapters.mp4/master.m3u8");
  assert.equal(await sources("chapters.mp4", "?hls=off"), "/video/chapters.mp4");
  assert.equal(await sources("mp3.mp4", ""), "/video/mp3.mp4");
  await open(`${films}#play=/video/mp3.mp4`, {}, async (page) => {
    await asApple(page);
    await changeLibrary((videos) => videos.map((video) => ({ ...video, hls: undefined })))(page);
  });
  await until((now) => now.src.includes("/video/mp3.mp4") && now.ready >= 2, "refused as HLS, it plays from the file");
  forgive(/status of 422/);
});
