// What a page of somebody else's tries to get out of a viewer's server, in a real Chromium: from another port of the
// same host, from another site, and from a name that suddenly means this host (DNS rebinding).
//
//     npm ci && node --test foreign.mjs
//
// REELD_BIN and CHROMIUM are those of run.mjs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { SAMPLES, launch, reeld, stop } from "../start.mjs";

const TEST = { timeout: 60_000 };
const EVIL = "evil.test";

/** Below `/_/` everything is refused; what stands outside may be asked for, and not be seen. */
const REFUSED = ["/_/stats", "/_/metrics", "/_/health", "/_/inspect", "/_/page.js", "/_/icon.svg"];
const UNSEEN = ["/", "/library.json", "/video/video.mp4"];

let server, port, elsewhere, browser, page, statuses;

before(async () => {
  server = await reeld(["-b", "127.0.0.1:0", SAMPLES]);
  port = server.address.split(":")[1];
  elsewhere = createServer((_, reply) => reply.setHeader("Content-Type", "text/html").end("<!doctype html><title>elsewhere</title>"));
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  // What is asked is let out: the browser's own walls around local networks are not what is tested.
  browser = await launch(chromium, [`--host-resolver-rules=MAP ${EVIL} 127.0.0.1`,
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,HttpsUpgrades"]);
}, TEST);

after(async () => {
  await browser?.close();
  elsewhere?.close();
  await stop(server?.child);
}, TEST);

/** A page at that address, and the status of each reply of the server's that it made the browser get. */
async function visit(address) {
  await page?.close();
  page = await browser.newPage();
  statuses = new Map();
  page.on("response", (reply) => {
    const { host, pathname } = new URL(reply.url());
    if (host.endsWith(`:${port}`)) statuses.set(`${reply.request().resourceType()} ${pathname}`, reply.status());
  });
  await page.goto(address);
}

/** Tries all ways to `path` of that server, and tells what each came to. */
const attempts = (base, path) => page.evaluate(async ([base, path]) => {
  const url = base + path;
  const heard = (element, add) => new Promise((done) => {
    element.onload = () => done("loaded");
    element.onerror = () => done("error");
    setTimeout(() => done("nothing"), 5_000);
    add(element);
    document.body.append(element);
  });
  const socket = (target) => new Promise((done) => {
    const it = new WebSocket(target);
    it.onopen = () => done("open");
    it.onerror = () => done("error");
  });
  const text = (reply) => reply.text().then((text) => `${reply.status} ${text}`);
  const ws = base.replace("http", "ws");
  return {
    fetch: await fetch(url).then(text, () => "error"),
    opaque: await fetch(url, { mode: "no-cors" }).then(text, () => "error"),
    image: await heard(new Image(), (it) => (it.src = url)),
    script: await heard(document.createElement("script"), (it) => (it.src = url)),
    style: await heard(document.createElement("link"), (it) => Object.assign(it, { rel: "stylesheet", href: url })),
    frame: await heard(document.createElement("iframe"), (it) => (it.src = url)),
    live: await socket(`${ws}/_/live?session=a`),
    root: await socket(`${ws}/?session=a`),
    left: performance.getEntriesByName(url).filter((it) => it.transferSize || it.responseStatus === 200).length,
  };
}, [base, path]);

/** What frames show that is the server's own. */
async function shown() {
  const inner = page.frames().filter((frame) => frame !== page.mainFrame());
  const texts = await Promise.all(inner.map((frame) => frame.content().catch(() => "")));
  return texts.filter((text) => /reeld|videos|requests|ok\n/.test(text.replace(/foreign-origin|--host NAME|Start reeld/g, "")));
}

for (const host of ["127.0.0.1", EVIL]) {
  test(`a page of ${host}, another port`, TEST, async () => {
    await visit(`http://${host}:${elsewhere.address().port}/`);
    const base = `http://${server.address}`;
    for (const path of REFUSED) {
      const got = await attempts(base, path);
      assert.deepEqual([got.fetch, got.image, got.live, got.root], ["error", "error", "error", "error"], `${path}: ${JSON.stringify(got)}`);
      assert(["error", "0 "].includes(got.opaque), `${path}: ${got.opaque}`);
      assert.notEqual(got.script, "loaded", path);
      for (const kind of ["fetch", "image", "script", "stylesheet", "document"])
        assert.equal(statuses.get(`${kind} ${path}`) ?? 403, 403, `${kind} ${path}`);
      assert.equal(statuses.get(`fetch ${path}`), 403, `${path} was asked for`);
    }
    for (const path of UNSEEN) {
      const got = await attempts(base, path);
      assert.equal(got.fetch, "error", path);
      assert(["error", "0 "].includes(got.opaque), `${path}: ${got.opaque}`); // opaque: neither its status nor a byte
      assert.notEqual(got.image, "loaded", path);
    }
    assert.deepEqual(await shown(), []);
  });
}

test("a name that suddenly means this host", TEST, async () => {
  await visit("about:blank");
  // The page that the name led to a moment ago.
  await page.route(`http://${EVIL}:${port}/trap`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }));
  const base = `http://${EVIL}:${port}`;
  await page.goto(`${base}/trap`);
  for (const path of [...REFUSED, ...UNSEEN].filter((path) => path !== "/_/health" && !path.startsWith("/video/"))) {
    const got = await attempts(base, path);
    assert.match(got.fetch, /^421 .*unknown-host/, path); // of its own origin: it may read, and there is nothing
    assert.match(got.opaque, /^421 /, path);
    assert.deepEqual([got.image, got.script, got.live, got.root], ["error", "error", "error", "error"], `${path}: ${JSON.stringify(got)}`);
  }
  assert.deepEqual(await shown(), []);
});

test("who follows a link gets there, and the page's own scripts get all that they need", TEST, async () => {
  await visit(`http://${EVIL}:${elsewhere.address().port}/`);
  await page.evaluate((to) => {
    const link = Object.assign(document.createElement("a"), { href: to, textContent: "look" });
    document.body.append(link);
  }, `http://${server.address}/_/inspect`);
  const opened = page.waitForEvent("websocket");
  await page.click("a");
  assert.match((await opened).url(), /\/_\/live\?session=/);
  await page.waitForFunction(() => document.body.innerText.includes("connections"));
  assert.deepEqual([...statuses].filter(([what, status]) => status >= 400 && !what.includes("evil")), []);
});
