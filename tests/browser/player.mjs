// What the player can do besides playing: resume, keys, subtitles, what comes next, what it reports.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TEST, eventually, library, open, page, playing, replies, row, rows, screen, seek, start, until } from "./browser.mjs";

const ask = () => page.locator("#ask");
const press = (key) => page.keyboard.press(key);

test("the keyboard alone can choose, play and pause", TEST, async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("plas");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await playing("plasma (moov at end).mp4");
  await page.keyboard.press("/");
  await page.keyboard.press("Tab"); // past the search comes the picture
  assert.equal(await page.evaluate(() => document.activeElement.localName), "video");
  await page.keyboard.press("Space");
  await until((now) => now.paused, "the space bar pauses");
});

test("it asks whether to resume, also after a reload", TEST, async () => {
  await row(/^video/).click();
  await playing("video.mp4");
  await seek(9);
  await until((now) => now.time > 9.3, "it goes on");
  await press("k");
  await until((now) => now.paused, "K pauses");
  await page.reload();
  await ask().getByText("Resume at 0:09").click();
  const now = await playing("video.mp4");
  assert(now.time >= 9, `it began at ${now.time}`);
  assert(await ask().isHidden(), "the question is answered");

  await press("k");
  await page.reload();
  await ask().getByText("Start over").click();
  assert((await playing("video.mp4")).time < 8, "it begins anew");
});

test("who saw it to its end is not asked", TEST, async () => {
  await row(/^video/).click();
  const { length } = await playing("video.mp4");
  await seek(length / 2);
  await press("k");
  await eventually(() => page.evaluate(() => localStorage.getItem("reeld.places")?.includes("video.mp4")), "the place is kept");
  await press("k");
  await seek(length - 0.5);
  await eventually(() => page.evaluate(() => !localStorage.getItem("reeld.places").includes("video.mp4")), "the place is forgotten");
});

test("a link begins at its time", TEST, async () => {
  await open("#play=/video/video.mp4&t=7");
  await until((now) => now.src.includes("/video/video.mp4?v=") && now.time >= 7, "it begins at 7 s");
  assert.equal(await page.textContent("#trouble"), "");
});

test("a link to this moment can be copied", TEST, async () => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await row(/^video/).click();
  await playing("video.mp4");
  await press("k");
  await seek(5.5);
  await page.click("#copy");
  await page.getByText("Link at 0:05 copied").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/#play=\/video\/video\.mp4&t=5$/);
});

test("each key does what the table says", TEST, async () => {
  await row(/^video/).click();
  await playing("video.mp4");
  await press(" ");
  await until((now) => now.paused, "the space bar pauses, also on the row");
  await page.evaluate(() => document.activeElement.blur());
  const { length } = await screen();
  const at = (secs, what) => until((now) => Math.abs(now.time - secs) < 0.05, what);
  const is = (property, value) => eventually(() => page.evaluate(([p, v]) => document.querySelector("video")[p] === v, [property, value]), `${property} is ${value}`);

  await press("5"), await at(length * 0.5, "5 goes to the middle");
  await press("ArrowLeft"), await at(length * 0.5 - 5, "left");
  await press("ArrowRight"), await at(length * 0.5, "right");
  await press("0"), await at(0, "0 goes to the beginning");
  await press("l"), await at(10, "L");
  await press("j"), await at(0, "J");
  await press("ArrowDown"), await is("volume", 0.95);
  await press("ArrowUp"), await is("volume", 1);
  await press("m"), await is("muted", true);
  await press("m"), await is("muted", false);
  await press(">"), await is("playbackRate", 1.25);
  await eventually(async () => (await page.inputValue("#rate")) === "1.25", "the menu says it");
  await press("<"), await is("playbackRate", 1);
  await press("f"), await eventually(() => page.evaluate(() => document.fullscreenElement?.id === "stage"), "full screen");
  await press("f"), await eventually(() => page.evaluate(() => !document.fullscreenElement), "and back");
  await press("?");
  assert(await page.locator("#keys").isVisible(), "? shows the keys");
  await press("Escape");
  assert(await page.locator("#keys").isHidden(), "Escape closes them");
  await press("p");
  await playing("stretched.mp4");
  await press("n");
  await until((now) => now.src.includes("/video/video.mp4"), "N is the next one");
  await press("/");
  await page.keyboard.type("kk");
  assert.equal(await page.inputValue("#find"), "kk", "letters in the search are letters");
});

test("at the end comes the next one of the folder, unless somebody says no", TEST, async () => {
  await row("plasma").click();
  const { length } = await playing("plasma (moov at end).mp4");
  await seek(length - 0.3);
  await ask().getByText("Next: stretched").waitFor();
  await ask().getByText("Cancel").click();
  await until((now) => now.src.includes("plasma") && now.paused, "nothing else plays");

  await seek(length - 0.5);
  await press("k");
  await ask().getByText("Play now").click();
  await playing("stretched.mp4");
  assert.match(page.url(), /#play=\/video\/stretched\.mp4$/);

  await page.click("#auto");
  await seek((await screen()).length - 0.3);
  await until((now) => now.paused, "it ends");
  assert(await ask().isHidden(), "switched off, nobody asks");
});

test("subtitles show, are named in words, and are remembered", TEST, async () => {
  await open("#play=/video/video.mp4", {});
  await start();
  await playing("video.mp4");
  const shown = () => page.evaluate(() => [...document.querySelector("video").textTracks]
    .filter((track) => track.mode === "showing").flatMap((track) => [...(track.activeCues ?? [])].map((cue) => cue.text)));
  assert.deepEqual(await shown(), []);
  assert.deepEqual(await page.locator("#captions option").allTextContents(), ["No subtitles", "German", "English"]);
  await press("c");
  await eventually(async () => (await shown()).includes("Eine Uhr, die zählt"), "the first ones show");
  await page.selectOption("#captions", { label: "English" });
  await eventually(async () => (await shown()).includes("A clock, counting"), "the second ones show");
  await page.reload();
  await until((now) => now.ready >= 2, "it is there again");
  await start();
  await eventually(async () => (await shown()).includes("A clock, counting"), "they show again");
  assert.equal((await shown()).length, 1, "and no others with them");
  await press("c");
  await eventually(async () => (await shown()).length === 0, "after the last ones come none");
});

test("what this browser cannot play says what it is and what helps", TEST, async () => {
  const file = join(library, "old film.avi");
  writeFileSync(file, "RIFF, but no film");
  try {
    await eventually(async () => { await page.reload(); return (await rows()).includes("old film"); }, "it is in the list");
    await row("old film").click();
    await page.locator("#trouble").getByText("VLC").waitFor();
    const text = await page.textContent("#trouble");
    assert.match(text, /“old film” .*\.avi/);
    assert.match(text, /ffmpeg -i 'old film\.avi'/);
    await row("life").click();
    await playing("life.webm");
    assert.equal(await page.textContent("#trouble"), "", "what plays takes it back");
  } finally {
    rmSync(file);
  }
});

test("it reports what plays, under the name that its requests carry", TEST, async () => {
  const said = [];
  let its;
  await open("", {}, (page) => page.routeWebSocket(/\/_\/live/, (socket) => {
    its = new URL(socket.url()).searchParams.get("session");
    socket.onMessage((line) => said.push([Date.now(), line]));
    socket.send(JSON.stringify({ type: "hello", session: its, server: "reeld", sees: "own" }));
  }));
  await row(/^video/).click();
  const { src } = await playing("video.mp4");
  await until((now) => now.time > 2.5, "some seconds pass");
  assert.match(its, /^[\w.-]{1,64}$/);
  assert.equal(new URL(src).searchParams.get("session"), its);
  assert(replies.some((reply) => reply.url().includes(`&session=${its}`)));

  const reports = said.filter(([, line]) => line.includes("video.mp4"));
  assert(reports.length >= 2, `${said}`);
  const values = new URLSearchParams(reports.at(-1)[1].replace(/^report /, ""));
  assert.deepEqual([...values.keys()], ["name", "position", "buffered", "stalls", "paused", "rate"]);
  assert(Number(values.get("buffered")) >= Number(values.get("position")), `${values}`);
  const secs = (said.at(-1)[0] - said[0][0]) / 1_000;
  assert(said.length <= secs + 2, `no more than one in a second, but ${said.length} in ${secs}`);
});
