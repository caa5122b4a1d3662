// When all places are taken: what the player says, what a browser sees at the address of a film, and that both go on
// by themselves.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SAMPLES, reeld, stop } from "../start.mjs";
import { TEST, eventually, forgive, open, page, row, shots, until } from "./browser.mjs";

const by = (client) => ({ "X-Forwarded-For": `192.0.2.${client}` });
const SIZES = [[390, 844], [1280, 800]];

let server, address, taking;

before(async () => {
  server = await reeld(["-b", "127.0.0.1:0", "--max-streams", "1", "--queue-wait", "3", "--trusted-proxy", "127.0.0.1",
    "--limit", "stream_rest_secs_max=3", SAMPLES]);
  address = `http://${server.address}/`;
}, TEST);

after(() => stop(server?.child), TEST);

/** Somebody else watches, until the returned function is called. */
async function takePlace() {
  const ask = async () => {
    const reply = await fetch(`${address}video/life.webm`, { headers: { ...by(1), Range: "bytes=0-9", Prefer: "wait=0" } });
    await reply.arrayBuffer();
    return reply.status;
  };
  await eventually(async () => (await ask()) === 206, "there is a place");
  taking = setInterval(() => ask().catch(() => {}), 500);
  return () => clearInterval(taking);
}

const trouble = () => page.textContent("#trouble");

test("the player says that it waits, and begins when it is its turn", TEST, async () => {
  const leave = await takePlace();
  await open(`${address}#play=/video/video.mp4`, { extraHTTPHeaders: by(2) });
  await page.evaluate(() => document.querySelector("video").play().catch(() => {}));
  const words = /All places are taken\. You are number 1 in the queue\. “video” begins by itself/;
  await eventually(async () => words.test(await trouble()), "it says so");
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(shots, `player-waits-${width}.png`) });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
  }
  await page.waitForTimeout(4_000); // longer than the server lets a request wait
  assert.match(await trouble(), words, "it still waits");
  leave();
  await until((now) => now.time > 0.3 && !now.paused && now.error === null, "it plays");
  assert.equal(await trouble(), "");
  forgive(/status of 503/);
});

test("another film that is chosen while one waits has its own place", TEST, async () => {
  const leave = await takePlace();
  await open(`${address}#play=/video/video.mp4`, { extraHTTPHeaders: by(3) });
  await eventually(async () => /“video” begins by itself/.test(await trouble()), "it waits");
  await row(/^plasma/).click();
  await eventually(async () => /“plasma.*” begins by itself/.test(await trouble()), "the other one waits");
  leave();
  await until((now) => now.src.includes("plasma") && now.time > 0.3, "it plays");
  assert.equal(await trouble(), "");
  forgive(/status of 503/);
});

test("at the address of a film there is a page that goes on by itself", TEST, async () => {
  const leave = await takePlace();
  await open(address, { extraHTTPHeaders: by(4) });
  await page.goto(`${address}video/video.mp4`);
  await page.getByText("All places are taken").waitFor();
  assert.match(await page.textContent("main"), /You are number \d in the queue\./);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(shots, `queue-${width}.png`) });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
  }
  leave();
  await page.locator("video").waitFor({ timeout: 20_000 });
  assert.equal(new URL(page.url()).pathname, "/video/video.mp4");
  forgive(/status of 503/);
});
