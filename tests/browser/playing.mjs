// Each sample plays and seeks, and the address says what plays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HOLE_BYTES, TEST, difference, open, page, picture, playing, replies, row, seek, until } from "./browser.mjs";

test("a click plays", TEST, async () => {
  await row(/^video/).click();
  const now = await playing("video.mp4");
  assert.equal(now.width, 640);
  assert.match(now.src, /\?v=/, "the address that may be cached for ever is used");
  assert.equal(await row(/^video/).getAttribute("aria-current"), "true");
  assert.match(await page.title(), /^video/);
});

for (const [name, text, width] of [
  ["plasma (moov at end).mp4", "plasma", 640],
  ["life.webm", "life", 640],
  ["Été à la mer.mp4", "Été", 640],
  ["shows/fractals/mandelbrot.mp4", "mandelbrot", 640],
  ["music/bells.m4a", "bells", 0],
]) {
  test(`${name} plays and seeks`, TEST, async () => {
    await row(text).click();
    assert.equal((await playing(name)).width, width);
    await seek(9);
    await until((now) => now.time > 9.2 && now.error === null, "it goes on after the seek");
  });
}

test("a seek far inside is a new request, answered 206, and shows another picture", TEST, async () => {
  await row("stretched").click();
  const { length } = await playing("stretched.mp4");
  await page.evaluate(() => document.querySelector("video").pause());
  const before = await picture();
  const asked = replies.length;
  await seek(length - 3);
  const far = replies.slice(asked).filter((reply) => reply.url().includes("/video/stretched.mp4"));
  assert(far.length > 0, "no new request");
  for (const reply of far) assert.equal(reply.status(), 206, await reply.headerValue("content-range"));
  const starts = await Promise.all(far.map(async (reply) => Number(/^bytes (\d+)-/.exec(await reply.headerValue("content-range"))[1])));
  assert(Math.max(...starts) > HOLE_BYTES, `the requests began at ${starts}`);
  assert(difference(before, await picture()) > 2, "the picture is the same");

  await seek(1);
  await page.evaluate(() => document.querySelector("video").play());
  await until((now) => now.time > 1.3 && now.time < 8, "it plays on from the start");
});

test("a link to one video opens it, and the way back works", TEST, async () => {
  await open("#play=/video/shows/fractals/mandelbrot.mp4");
  await until((now) => now.src.includes("/video/shows/fractals/mandelbrot.mp4?v=") && now.ready >= 2, "the linked video is there");
  await row("life").click();
  await playing("life.webm");
  await page.goBack();
  await until((now) => now.src.includes("mandelbrot.mp4"), "back is back");
});

test("a link to a video that is gone says so", TEST, async () => {
  await open("#play=/video/gone.mp4");
  assert.match(await page.textContent("#trouble"), /no gone\.mp4 here/);
});
