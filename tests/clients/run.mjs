// Clients that others wrote, against a real reeld: `ws`, Python's `websockets` and
// `prometheus_client` (see talk.py), and a React component in a Chromium (see react/).
//
//     npm ci && npm ci --prefix react && npm test
//
// REELD_BIN  the server (default: the release build of this checkout)
// CHROMIUM   the browser (default: /usr/bin/chromium, Debian's package)
// PYTHON     a Python that has requirements.txt (default: python3)
//
// The component knows its server as localhost:3000 and localhost:3001, as its author wrote it: these
// two ports have to be free.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import WebSocket from "ws";
import { SAMPLES, launch, reeld, serveFolder, stop, stopAll } from "../start.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const PYTHON = process.env.PYTHON ?? "python3";

const WAIT_MS_MAX = 10_000;
const TEST = { timeout: 60_000 };

after(stopAll, TEST);

// --- sockets ---

/** A socket of `ws` that keeps what it was told until it is asked for. */
async function open(address, session, options = {}) {
  const socket = new WebSocket(`ws://${address}/_/live?session=${session}`, { handshakeTimeout: WAIT_MS_MAX, ...options });
  const told = [];
  let wake = () => {};
  socket.on("message", (bytes, isBinary) => told.push({ isBinary, said: bytes.toString() }) && wake());
  socket.on("error", () => {}); // what closes it says more
  await within(once(socket, "open"), "open");
  /** The next message, as JSON. */
  const next = async () => {
    if (told.length === 0) await within(new Promise((done) => (wake = done)), "message");
    const { isBinary, said } = told.shift();
    assert.equal(isBinary, false);
    return JSON.parse(said);
  };
  /** The first message for which `met` holds. */
  const until = async (met, what) => {
    const end = Date.now() + WAIT_MS_MAX;
    for (;;) {
      const said = await next();
      if (met(said)) return said;
      assert(Date.now() < end, `${what}: still ${JSON.stringify(said)}`);
    }
  };
  return { socket, next, until };
}

function within(promise, what) {
  let late;
  const limit = new Promise((_, failed) => (late = setTimeout(() => failed(new Error(`no ${what} within ${WAIT_MS_MAX} ms`)), WAIT_MS_MAX)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(late));
}

const closed = async (socket) => {
  const [code, why] = await within(once(socket, "close"), "close");
  return [code, why.toString()];
};

// --- what each of them does ---

test("ws: hello, ping, fragments, close", TEST, async () => {
  const { child, address } = await reeld(["-b", "127.0.0.1:0", SAMPLES]);
  // It offers compression, as by default; that is not taken up.
  const { socket, next, until } = await open(address, "node");
  assert.equal(socket.extensions, "");
  const hello = await next();
  assert.deepEqual([hello.type, hello.session, hello.sees], ["hello", "node", "all"]);
  assert.match(hello.server, /^reeld \d/);

  socket.ping("there");
  const [payload] = await within(once(socket, "pong"), "pong");
  assert.equal(payload.toString(), "there");

  for (const [piece, fin] of [["watch", false], [" ins", false], ["pect", true]]) socket.send(piece, { fin });
  const view = await next();
  assert.equal(view.type, "inspect");
  const [own] = view.connections.filter((one) => one.session === "node");
  assert.equal(own.phase, "live");

  await fetch(`http://${address}/video/video.mp4?session=node`, { headers: { Range: "bytes=5-9" } }).then((reply) => reply.arrayBuffer());
  const { spans: [span], heads: [head] } = await until(({ spans }) => spans.length > 0, "the range request");
  assert.deepEqual([span.video, span.from, span.to, span.session], ["video.mp4", 5, 10, "node"]);
  assert.match(head.request, /^GET \/video\/video\.mp4\?session=node HTTP\/1\.1\r\n/);
  assert.match(head.reply, /^HTTP\/1\.1 206 Partial Content\r\n[^]*\r\n\r\n$/);

  socket.close(4000, "enough");
  assert.deepEqual(await closed(socket), [4000, ""]);
  await stop(child);
});

test("ws: a message of 100 kB is refused", TEST, async () => {
  const { child, address } = await reeld(["-b", "127.0.0.1:0", SAMPLES]);
  const { socket } = await open(address, "node", { perMessageDeflate: false });
  socket.send("x".repeat(100_000));
  assert.equal((await closed(socket))[0], 1009);
  // A text that is none, and 100 kB of bytes in small frames.
  const { socket: second } = await open(address, "node");
  second.send(Buffer.from([0xff, 0xfe]), { binary: false });
  assert.equal((await closed(second))[0], 1007);
  const { socket: third } = await open(address, "node");
  for (let n = 0; n < 100; n++) third.send(Buffer.alloc(1000), { fin: false });
  assert.equal((await closed(third))[0], 1009);
  await stop(child);
});

test("ws: who may not come is told why; a stop is announced", TEST, async () => {
  const { child, address } = await reeld(["-b", "127.0.0.1:0", SAMPLES]);
  await assert.rejects(open(address, "node", { origin: "http://a.test" }), /403/);
  await assert.rejects(open(address, "no%20name"), /400/);
  await assert.rejects(open(address, "node", { protocolVersion: 8 }), /426/);
  const { socket } = await open(address, "node", { origin: `http://${address}` });
  const end = closed(socket);
  await stop(child);
  assert.deepEqual(await end, [1001, "the server stops"]);
  assert.equal(child.exitCode, 0);
});

test("Python: websockets and prometheus_client", TEST, async (t) => {
  const { child, address } = await reeld(["-b", "127.0.0.1:0", "--workers", "1", SAMPLES]);
  const { stdout } = await promisify(execFile)(PYTHON, [join(here, "talk.py"), address], { timeout: 30_000 });
  t.diagnostic(stdout.trim());
  await stop(child);
});

test("a React component of another site plays, and is seen", { timeout: 120_000 }, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), "reeld-clients-"));
  const built = join(scratch, "page");
  let pages, browser, server;
  try {
    const vite = join(here, "react/node_modules/vite/bin/vite.js");
    await promisify(execFile)(process.execPath, [vite, "build", "--outDir", built], { cwd: join(here, "react"), timeout: 60_000 });
    pages = await serveFolder(built);
    server = await reeld(["-b", "127.0.0.1:3000", "-b", "127.0.0.1:3001", "--cors", "*", SAMPLES], 2);

    const inspector = await open("127.0.0.1:3000", "inspector");
    await inspector.next();
    inspector.socket.send("watch inspect");

    browser = await launch(chromium);
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS_MAX);
    const wrong = [];
    page.on("console", (line) => ["error", "warning"].includes(line.type()) && wrong.push(line.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.goto(`http://127.0.0.1:${pages.address().port}/`);

    // The socket.
    await page.waitForFunction(() => document.querySelector("output").textContent.startsWith("{"));
    const id = await page.evaluate(() => localStorage.getItem("sessionId"));
    assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const hello = JSON.parse(await page.textContent("output"));
    assert.deepEqual([hello.type, hello.session], ["hello", id]);

    // The video.
    await page.evaluate(() => document.querySelector("video").play());
    await page.waitForFunction(() => document.querySelector("video").currentTime > 1);
    await page.evaluate(() => (document.querySelector("video").currentTime = 9));
    await page.waitForFunction(() => document.querySelector("video").currentTime > 9.5);
    assert.equal(await page.evaluate(() => document.querySelector("video").error), null);

    // What the server saw of both.
    const mine = ({ session }) => session === id;
    const isSeen = ({ spans, connections }) => spans?.some(mine) && connections.some((one) => mine(one) && one.phase === "live");
    const view = await inspector.until(isSeen, "the component's requests");
    const spans = view.spans.filter(mine);
    for (const span of spans) assert.equal(span.video, "video.mp4");
    assert(spans.some(({ sent }) => sent > 0), JSON.stringify(spans));
    assert.deepEqual(view.heads.filter(({ request }) => request.includes(id)), [], "heads are shown to their own session only");
    t.diagnostic(`${spans.length} requests for bytes of video.mp4, ${view.totals.bytes} bytes sent`);

    // The same id after a reload; the old socket is gone.
    await page.reload();
    await page.waitForFunction(() => document.querySelector("output").textContent.startsWith("{"));
    assert.equal(JSON.parse(await page.textContent("output")).session, id);
    await inspector.until(({ connections }) => connections?.filter((one) => mine(one) && one.phase === "live").length === 1, "one socket");
    assert.deepEqual(wrong, [], "something went wrong on the page");
    inspector.socket.close();
  } finally {
    await browser?.close();
    pages?.closeAllConnections();
    pages?.close();
    if (server) await stop(server.child);
    rmSync(scratch, { recursive: true, force: true });
  }
});
