// When all places of the server are taken: says so, with the number in the queue, and asks again until it is one's turn.
import { make } from "/_/dom.js";
import { say } from "/_/notice.js";

const FRESH_MS = 10_000; // so long a turn that has come is remembered: what failed just before it failed for want of it

let asking = null; // what ends the present wait
let cameAt = -Infinity;

/** Nobody waits any more: it begins, or another one was chosen. Whether somebody did. */
export function stopWaiting() {
  asking?.abort();
  const did = asking?.isTold;
  asking = null;
  return did;
}

/** Comes back when it is the turn of a video. Whether it had to wait for that; nothing, if nobody waits any more. */
export async function turnOf(video) {
  stopWaiting();
  const mine = (asking = new AbortController());
  const { signal } = mine;
  try {
    for (;;) {
      // The first byte alone, and an answer at once: a place in the queue is kept between two such questions.
      const reply = await fetch(video.href, { headers: { Range: "bytes=0-0", Prefer: "wait=0" }, cache: "no-store", signal });
      const isFull = reply.status === 503 && (await reply.text()).includes("queue");
      if (!isFull) break;
      mine.isTold = true;
      tell(video, reply.headers.get("Queue-Place"));
      cameAt = Infinity;
      await new Promise((go) => setTimeout(go, 1000 * (reply.headers.get("Retry-After") || 5)));
      if (signal.aborted) return;
    }
  } catch {
    if (signal.aborted) return;
  }
  if (asking === mine) asking = null;
  if (cameAt === Infinity) cameAt = performance.now(), say();
  return performance.now() - cameAt < FRESH_MS;
}

/** What failed for want of a turn has been tried again. */
export const forgetTurn = () => (cameAt = -Infinity);

function tell(video, number) {
  const place = number ? ["You are number ", make("b", { textContent: number }), " in the queue. "] : ["The queue is full as well. "];
  say(make("p", {}, "All places are taken. ", ...place, `“${video.label}” begins by itself as soon as one is free.`));
}
