// When all places of the server are taken: says so, with the number in the queue, and asks again until it is one's turn.
import { say } from "/_/notice.js";
import { signed } from "/_/signed.js";

let asking; // what ends the present wait
let isTold = false; // that one waits

/** It begins, or another one was chosen. Whether it was waited for. */
export function stopWaiting() {
  asking?.abort();
  const was = isTold;
  isTold = false;
  return was;
}

/** Comes back when it is the turn of a video: whether it had to wait; undefined, if nobody waits any more. */
export async function turnOf({ href, label }) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  try {
    for (;;) {
      // The first byte alone, and an answer at once: the place in the queue is kept between two such questions.
      const reply = await fetch(signed(href), { headers: { Range: "bytes=0-0", Prefer: "wait=0" }, cache: "no-store", signal });
      if (reply.status !== 503 || !(await reply.text()).includes("queue")) break;
      isTold = true;
      const number = reply.headers.get("Queue-Place");
      const place = number ? `You are number ${number} in the queue` : "The queue is full";
      say(`All places are taken. ${place}. “${label}” begins by itself when one is free.`);
      await new Promise((go) => setTimeout(go, 1000 * reply.headers.get("Retry-After")));
    }
  } catch { /* whoever opens it finds out more */ }
  return signal.aborted ? undefined : isTold;
}
