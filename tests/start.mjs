// Starts a real reeld, a real Chromium, and the origin of somebody else's page; and ends them.
//
// REELD_BIN  the server (default: the release build of this checkout)
// CHROMIUM   the browser (default: /usr/bin/chromium, Debian's package)

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const REELD = resolve(process.env.REELD_BIN ?? join(here, "../target/release/reeld"));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const SAMPLES = join(here, "../videos");

const START_MS_MAX = 10_000;
const STOP_MS_MAX = 5_000;

const children = new Set();

// Whatever ends this process, those it started end with it.
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

/** A server with these arguments, and its addresses, HOST:PORT each. Its start-up lines may come in pieces. */
export async function reeld(args, count = 1) {
  const child = spawn(REELD, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const addresses = await new Promise((found, failed) => {
    let said = "";
    const late = setTimeout(() => {
      child.kill("SIGKILL"); // or the tests would wait for its end
      failed(new Error(`no address within ${START_MS_MAX} ms: ${said}`));
    }, START_MS_MAX);
    child.on("error", failed);
    child.on("exit", (code, signal) => failed(new Error(`${REELD} ended (${code ?? signal}): ${said}`)));
    child.stdout.on("data", (piece) => {
      said += piece;
      const all = [...said.matchAll(/http:\/\/([^\s/]+)\/\s*\n/g)].map((line) => line[1]);
      if (all.length >= count) found(all), clearTimeout(late);
    });
  });
  return { child, addresses, address: addresses[0] };
}

export async function stop(child) {
  if (!child) return;
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(late);
}

export const stopAll = () => Promise.all([...children].map(stop));

/** `chromium` is playwright's: each folder of tests has its own. */
export const launch = (chromium, more = []) => chromium.launch({
  executablePath: CHROMIUM,
  timeout: 30_000,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio", ...more],
});

/** Serves a folder of files as they are, on a free port. */
export async function serveFolder(folder) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" };
  const server = createServer((request, reply) => {
    try {
      const { pathname } = new URL(request.url, "http://page.test"); // without any ".."
      const file = join(folder, pathname === "/" ? "index.html" : pathname);
      const bytes = readFileSync(file);
      reply.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream").end(bytes);
    } catch {
      reply.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
