// What a person sees on the page that shows the server at work, in a real Chromium. The page comes
// from a real reeld; the other end of its socket is played here, so that what it says is known.
//
//     npm ci && node --test inspect.mjs
//
// REELD_BIN, CHROMIUM and SHOTS are those of run.mjs.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { SAMPLES, launch, reeld, stop } from "../start.mjs";

const TEST = { timeout: 60_000 };
const WAIT_MS_MAX = 10_000;
const OWN = "0d8e5c1a-own";
const PHONE = "5b1f77aa-phone";
const TV = "c0ffee00-television";

let server, address, browser, shots, page, wrong, told, socket;

before(async () => {
  shots = process.env.SHOTS ?? mkdtempSync(join(tmpdir(), "reeld-shots-"));
  mkdirSync(shots, { recursive: true });
  server = await reeld(["-b", "127.0.0.1:0", SAMPLES]);
  address = `http://${server.address}`;
  browser = await launch(chromium);
}, TEST);

after(async () => {
  await browser?.close();
  await stop(server?.child);
}, TEST);

beforeEach(() => open(), TEST);

afterEach(async () => {
  const violations = await page.evaluate(() => window.violations);
  await page.close();
  assert.deepEqual(violations, [], "the content security policy was violated");
  assert.deepEqual(wrong, [], "something went wrong on the page");
}, TEST);

/** A fresh page whose socket ends here. What it sends is in `told`. */
async function open({ sees = "all", answer = {}, ...options } = {}) {
  await page?.close();
  wrong = [];
  told = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  page.setDefaultTimeout(WAIT_MS_MAX);
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && wrong.push(line.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  await page.addInitScript((own) => {
    localStorage.setItem("sessionId", own);
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  }, OWN);
  await page.routeWebSocket(/\/_\/live\?/, (route) => {
    assert.equal(new URL(route.url()).searchParams.get("session"), OWN);
    socket = route;
    route.onMessage((text) => {
      told.push(text);
      if (answer[text]) say(answer[text]);
    });
    say({ type: "hello", session: OWN, server: "reeld 0.1.0", sees });
  });
  await page.goto(`${address}/_/inspect`);
  await until(() => told.includes("watch inspect"), "the page asks to watch");
}

const say = (message) => socket.send(JSON.stringify(message));

async function until(holds, what) {
  const end = Date.now() + WAIT_MS_MAX;
  while (!(await holds())) {
    assert(Date.now() < end, `${what}: not within ${WAIT_MS_MAX} ms`);
    await new Promise((done) => setTimeout(done, 30));
  }
}

// --- what the server would say ---

const NOW = Date.UTC(2026, 4, 17, 18, 30, 0);
const FILM = 711_366_000;

const asked = (range, more = "") => [
  `GET /video/shows/one/e1.mp4?v=1f03-2a669570-18a0b2c3d4e5f600&session=${OWN} HTTP/1.1`, "Host: reeld.example:8080",
  "Connection: keep-alive", 'sec-ch-ua: "Chromium";v="141", "Not?A_Brand";v="8"', "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"', "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Accept: */*", "Accept-Encoding: identity;q=1, *;q=0", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors",
  "Sec-Fetch-Dest: video", "Referer: http://reeld.example:8080/", "Accept-Language: en-GB,en;q=0.9", `Range: ${range}`, more,
].filter(Boolean).join("\r\n") + "\r\n\r\n";

const answered = (first, last, size) => [
  "HTTP/1.1 206 Partial Content", "Date: Sun, 17 May 2026 18:30:00 GMT", "X-Content-Type-Options: nosniff", "Accept-Ranges: bytes",
  'ETag: "1f03-2a669570-18a0b2c3d4e5f600"', "Last-Modified: Fri, 27 Mar 2026 12:33:27 GMT", "Cache-Control: public, max-age=31536000, immutable",
  "Content-Type: video/mp4", `Content-Range: bytes ${first}-${last}/${size}`, `Content-Length: ${last - first + 1}`, "X-House: blue door",
].join("\r\n") + "\r\n\r\n";

const connection = (id, more) => ({
  id, session: OWN, peer: "192.168.1.5", phase: "idle", secs: 0.5, request: "", range: null, size: null, sent: 0, of: 0, total: 0, rate: 0, ...more,
});

/** `step` half seconds after the start. */
function moment(step = 0, sees = "all") {
  const now = NOW + step * 500;
  const wave = (period) => 0.5 + 0.5 * Math.sin((step * 2 * Math.PI) / period);
  const of = 64 << 20;
  const film = "shows/one/e1.mp4";
  const span = (id, session, video, size, from, to, sent, ago) =>
    ({ id, video, size, session, peer: session === OWN ? "192.168.1.5" : "192.168.1.9", from, to, sent, at: NOW - ago * 1000 });
  return {
    type: "inspect", now, sees,
    totals: {
      uptime: 5400 + step / 2, connections: 5 + Math.round(3 * wave(90)), accepted: 117, requests: 1208 + step, bytes: 8.4e9 + step * 2e6,
      rate: 2e6 + 9e6 * wave(60) * wave(17), page_ins: 3,
      phases: { idle: 2, head: 0, finding: 0, queued: 0, sending: 1, blocked: 2, disk: 1, live: 1, closing: 0 },
      statuses: { 200: 31, 206: 1100, 304: 61, 404: 4, 416: 1 },
    },
    connections: [
      connection("0-17", { peer: "192.168.1.9", session: PHONE, phase: "blocked", secs: 4.25, request: "GET /video/shows/one/e1.mp4", range: [300_000_000, 363_999_999],
        size: FILM, sent: 21e6, of: 64e6, total: 190e6, rate: 1.9e6, player: { name: film, position: 2712.3, buffered: 2750.5, stalls: 2, paused: false, rate: 1.5 } }),
      connection("0-18", { phase: "blocked", secs: 1.25, request: "GET /video/shows/one/e1.mp4", range: [0, FILM - 1],
        size: FILM, sent: 4.1e6, of: FILM, total: 9e6, rate: 123_456, player: { name: film, position: 12.3, buffered: 30.5, stalls: 0, paused: false, rate: 1 } }),
      connection("0-19", { phase: "live", secs: 61, request: "GET /_/live", total: 81e3, rate: 2100 }),
      connection("1-4", { peer: "192.168.1.20", session: TV, phase: "disk", secs: 0.07, request: "GET /video/films/A rather long name of a film (1962) [restored].mkv",
        range: [8_000_000_000, 8_000_000_000 + of - 1], size: 9_100_000_000, sent: 12 << 20, of, total: 1.2e9, rate: 9.2e6 }),
      connection("1-5", { peer: "2001:db8::7", session: null, phase: "idle", secs: 14, request: "HEAD /video/music/bells.m4a", total: 3300 }),
      connection("1-6", { secs: 3, request: "GET /library.json", total: 12_000 }),
    ],
    more: 2,
    spans: [
      span(1, OWN, film, FILM, 0, FILM, 2e6, 100), span(2, OWN, film, FILM, 708e6, FILM, 3_366_000, 99), span(3, OWN, film, FILM, 1e6, 90e6, 60e6, 97),
      span(4, PHONE, film, FILM, 0, FILM, 40e6, 70), span(5, PHONE, film, FILM, 300e6, 364e6, 50e6, 40), span(6, OWN, film, FILM, 61e6, 180e6, 100e6, 30),
      span(7, OWN, film, FILM, 500e6, FILM, 30e6, 12), span(8, OWN, film, FILM, 530e6, 560e6, 30e6, 8), span(9, PHONE, film, FILM, 364e6, 428e6, 21e6, 4),
      ...Array.from({ length: 9 }, (_, at) => span(20 + at, TV, "films/A rather long name of a film (1962) [restored].mkv", 9.1e9, 7.3e9 + at * of, 7.3e9 + (at + 1) * of, at < 8 ? of : of / 5, 40 - 4 * at)),
      span(40, null, "music/bells.m4a", 1000, 100, 200, 50, 20), span(41, null, "music/bells.m4a", 1000, 0, 1000, 1000, 1),
    ],
    heads: [
      { id: 1, at: NOW - 100_000, request: asked("bytes=0-"), reply: answered(0, FILM - 1, FILM) },
      { id: 3, at: NOW - 12_000, request: asked("bytes=500000000-", 'If-Range: "1f03-2a669570-18a0b2c3d4e5f600"'), reply: answered(500_000_000, FILM - 1, FILM) },
      { id: 7, at: NOW - 8_000, request: asked("bytes=530000000-559999999"), reply: answered(530_000_000, 559_999_999, FILM) },
    ],
  };
}

/** Says all that happened in the last `steps` half seconds, fast. */
async function shown(steps = 1, sees) {
  for (let step = 1 - steps; step <= 0; step++) say(moment(step, sees));
  await page.waitForSelector("#connections tbody tr");
}

const line = (text) => page.locator("details[open] .pair button", { hasText: text }).first();

// --- the tests ---

test("it opens with the session of the library page, and shows what is said", TEST, async () => {
  await shown();
  assert.match(await page.textContent("#state"), /reeld 0\.1\.0, everybody/);
  assert.equal(await page.isVisible("#admin"), false);
  assert.equal(await page.textContent("#numbers div:first-child dd"), "1,208");
  assert.match(await page.textContent("#charts figure:nth-child(2)"), /Open connections \d+at most \d+/);
  assert.match(await page.textContent("#more"), /2 more/);
});

test("each phase is explained to the pointer and to the keyboard", TEST, async () => {
  await shown();
  const bar = page.getByRole("group", { name: "What they do" });
  await bar.getByRole("button", { name: /^blocked 2/ }).hover();
  assert.match(await bar.locator(".words").textContent(), /^blocked: The socket's buffer is full/);
  await bar.getByRole("button", { name: /^disk 1/ }).focus();
  assert.match(await bar.locator(".words").textContent(), /^disk: .*the disk is reading/);
  const widths = await bar.locator(".stack div:not([hidden])").evaluateAll((all) => all.map((one) => one.style.flexGrow));
  assert.deepEqual(widths, ["2", "1", "2", "1", "1"]);
});

test("connections: one's own first and marked, in places that stay", TEST, async () => {
  await shown();
  const rows = page.locator("#connections tbody tr");
  const who = () => rows.locator("td:first-child").allTextContents();
  const first = await who();
  assert.deepEqual(first.map((text) => text.split(",")[0]), ["you", "you", "you", "5b1f77aa", "c0ffee00", "no session"]);
  assert.match(await rows.nth(0).textContent(), /blocked.*1\.3 s.*bytes 0–711,365,999 of 711 MB · 4\.1 MB of 711 MB.*0\.12 MB\/s.*plays 0:12, has up to 0:30/);
  assert.match(await rows.nth(3).textContent(), /plays 45:12, has up to 45:50, 2 stalls, speed ×1\.5/);
  assert.equal(await rows.nth(0).locator("progress").evaluate((bar) => bar.value / bar.max), 4.1e6 / FILM);
  const next = moment(1);
  next.connections.reverse();
  say(next);
  await page.waitForFunction(() => document.querySelector("#numbers dd").textContent === "1,209");
  assert.deepEqual(await who(), first);
  next.connections.pop();
  say({ ...next, now: NOW + 60_000 });
  await page.waitForFunction(() => document.querySelectorAll("#connections tbody tr").length === 5);
});

test("strips: each span at its place, filled as far as sent", TEST, async () => {
  await shown();
  const strip = page.locator("#strips article", { hasText: "bells" });
  assert.match(await strip.textContent(), /1\.0 KB · 2 asks · 100 % sent/);
  const file = await strip.locator(".lanes").boundingBox();
  const [older, newest] = await Promise.all(["Bytes 100 to 199:", "Bytes 0 to 999:"].map((name) => strip.getByRole("button", { name }).boundingBox()));
  const near = (a, b) => assert(Math.abs(a - b) < 1.5, `${a} is not ${b}`);
  near(older.x, file.x + file.width / 10);
  near(older.width, file.width / 10);
  near(newest.width, file.width);
  assert(newest.y < older.y, "the newest is on top");
  near((await strip.getByRole("button", { name: "Bytes 100" }).locator("i").boundingBox()).width, file.width / 20);

  await strip.getByRole("button", { name: "Bytes 0 to 999:" }).focus();
  await page.keyboard.press("ArrowDown");
  const label = await page.evaluate(() => document.activeElement.ariaLabel);
  assert.match(label, /^Bytes 100 to 199: 100 bytes asked, 50 bytes sent \(50 %\)\. By no session, 192\.168\.1\.9, at /);
  assert.equal(await strip.locator(".words").textContent(), label);
  assert.equal(await strip.locator("[tabindex='0']").count(), 1, "one stop for the Tab key");
});

test("heads: the latest is open, and a line explains itself to the keyboard", TEST, async () => {
  await shown();
  assert.equal(await page.locator("#heads details").count(), 3);
  const range = line("Range: bytes=530000000");
  await range.focus();
  await page.keyboard.press("Enter");
  assert.equal(await range.getAttribute("aria-expanded"), "true");
  const note = range.locator("xpath=following-sibling::*");
  assert.match(await note.textContent(), /Not all of it.*530,000,000 to 559,999,999, both counted.*= 30,000,000 bytes.*RFC 9110 §14\.2/);
  const link = note.locator("a");
  assert.equal(await link.getAttribute("href"), "https://www.rfc-editor.org/rfc/rfc9110#section-14.2");
  assert.equal(await link.getAttribute("rel"), "noreferrer");
  await page.keyboard.press("Enter");
  assert.equal(await note.isVisible(), false);
});

test("heads: new ones wait while somebody reads", TEST, async () => {
  await shown();
  await line("Host").click();
  const next = moment(1);
  next.heads.push({ ...next.heads[0], id: 9, at: NOW });
  say(next);
  await page.locator("#newer").click();
  assert.equal(await page.locator("#heads details").count(), 4);
  assert.equal(await page.isVisible("#newer"), false);
});

test("every line that browsers and this server write is explained", TEST, async () => {
  const known = await page.evaluate(async () => {
    const { explained } = await import("/_/inspect/fields.js");
    const requests = ["Host", "Connection", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Accept",
      "Accept-Encoding", "Accept-Language", "User-Agent", "Referer", "Origin", "Cookie", "Cache-Control", "Pragma", "DNT", "Sec-GPC",
      "Upgrade-Insecure-Requests", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "sec-ch-ua", "sec-ch-ua-mobile",
      "sec-ch-ua-platform", "Priority", "TE", "Icy-MetaData", "Content-Length", "Transfer-Encoding", "Expect", "X-Playback-Session-Id",
      "getcontentFeatures.dlna.org", "transferMode.dlna.org", "Access-Control-Request-Method", "Upgrade", "Sec-WebSocket-Key",
      "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Save-Data", "X-Forwarded-For", "Via"];
    const replies = ["Date", "Connection", "X-Content-Type-Options", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
      "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Vary", "Allow", "Retry-After", "ETag",
      "Cache-Control", "CDN-Cache-Control", "Content-Security-Policy", "Referrer-Policy", "Content-Type", "Content-Length", "Content-Range",
      "Accept-Ranges", "Last-Modified", "contentFeatures.dlna.org", "transferMode.dlna.org", "Sec-WebSocket-Accept", "Upgrade"];
    const codes = [101, 200, 204, 206, 304, 400, 403, 404, 405, 408, 412, 413, 414, 416, 417, 426, 431, 501, 503, 505];
    const lines = [
      ...requests.map((name) => [`${name}: 1`, false, false]), ...replies.map((name) => [`${name}: 1`, false, true]),
      ...codes.map((code) => [`HTTP/1.1 ${code} Words`, true, true]), ...["GET", "HEAD", "OPTIONS"].map((method) => [`${method} / HTTP/1.1`, true, false]),
      ["", false, true],
    ];
    return lines.map((line) => [line[0], explained(...line).map(({ text }) => text)]);
  });
  for (const [text, notes] of known) {
    assert(notes.length > 0 && notes.every((note) => note.length > 15), text);
    assert.doesNotMatch(notes[0], /does not know/, text);
  }
});

for (const [text, says] of [
  ["Range: bytes=0-", /From byte 0 to the end/],
  ["Range: bytes=100-199", /199 − 100 \+ 1 = 100 bytes/],
  ["Range: bytes=-500", /The last 500 bytes/],
  ["Range: bytes=0-0,5-9", /= 1 byte\. .*= 5 bytes\./],
  ["Content-Range: bytes 0-1023/711366", /0 to 1,023 of 711,366: 1,023 − 0 \+ 1 = 1,024 bytes/],
  ["Content-Range: bytes */711366", /No span.*711,366 bytes/],
  ['ETag: "1f03-400-18a0b2c3d4e5f600"', /inode 7939, length 1,024, changed 1774\d{15} nanoseconds/],
  ['If-Range: "1f03-400-18a0b2c3d4e5f600"', /inode 7939/],
  ['ETag: "0123456789abcdef"', /digest/],
  ["Cache-Control: public, max-age=31536000, immutable", /365 days.*immutable:/],
  ["Accept-Encoding: identity;q=1, *;q=0", /another byte/],
  ["X-House: blue door", /does not know this field/],
]) {
  test(`${text} is explained`, TEST, async () => {
    const notes = await page.evaluate(async (text) => (await import("/_/inspect/fields.js")).explained(text, false, false), text);
    assert.match(notes[0].text, says);
  });
}

test("a token shows everybody; a wrong one is told, and a right one kept for the tab", TEST, async () => {
  const answer = {
    "admin wrong": { type: "refused", why: "wrong token" },
    "admin open-sesame": { type: "hello", session: OWN, server: "reeld 0.1.0", sees: "all" },
  };
  await open({ sees: "own", answer });
  await page.getByLabel("See everybody: token").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("wrong token").waitFor();
  assert.deepEqual(await page.evaluate(() => Object.values(sessionStorage).filter(Boolean)), [], "a wrong token is not kept");
  await page.getByLabel("See everybody: token").fill("open-sesame");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#admin", { state: "hidden" });
  assert.match(await page.textContent("#state"), /everybody/);

  told = [];
  await page.reload();
  await until(() => told.includes("admin open-sesame"), "the token is sent again");
});

test("a hidden page watches nothing", TEST, async () => {
  const hide = (hidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await hide(true);
  await until(() => told.at(-1) === "watch nothing", "it stops");
  await hide(false);
  await until(() => told.at(-1) === "watch inspect", "it goes on");
});

test("a lost connection is told, and made again", TEST, async () => {
  await shown();
  told = [];
  await socket.close();
  await page.getByText("Connection lost. Next attempt in 1 s").waitFor();
  await until(() => told.includes("watch inspect"), "it is back");
  await page.getByText("Live from reeld 0.1.0").waitFor();
});

test("with nothing to show it says so", TEST, async () => {
  say({ ...moment(), connections: [], more: 0, spans: [], heads: [] });
  await page.getByText("None is open.").waitFor();
  assert(await page.locator("#strips.empty, #heads.empty").count() === 2);
});

for (const [width, height] of [[390, 844], [1280, 800], [1920, 1080]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`it fits ${width} pixels, ${colorScheme}`, TEST, async (t) => {
      await open({ viewport: { width, height }, colorScheme, reducedMotion: "reduce", sees: width === 390 ? "own" : "all" });
      // The charts take one number per drawing; the clock is hurried so that they have a past.
      await page.evaluate(() => { let late = 1e9; performance.now = () => (late += 1000); });
      for (let step = -240; step <= 0; step += 4) {
        say(moment(step));
        await page.waitForFunction((said) => document.querySelector("#numbers dd")?.textContent === said, (1208 + step).toLocaleString("en"), { polling: 5 });
      }
      await line("Content-Range").click();
      await line("ETag").click();
      await line("GET /video").click();
      await page.locator("#strips button").nth(4).hover();
      await page.getByRole("button", { name: /^blocked 2/ }).hover();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
      const file = join(shots, `inspect-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
      t.diagnostic(file);
    });
  }
}
