// The table of open connections. A row keeps its place while it lives, and a little longer.
import { PHASES } from "./totals.js";
import { called, dot, own } from "./sessions.js";
import { counted, lasting, make, place, put, several, sized } from "./words.js";

const GONE_MS = 3_000; // so long a closed connection stays, faded: time to see what it was

const body = document.querySelector("#connections tbody");
const more = document.getElementById("more");
const rows = new Map();

export function showConnections({ now, connections, more: untold }) {
  for (const connection of connections) {
    if (!rows.has(connection.id)) rows.set(connection.id, rowOf(connection));
    const row = rows.get(connection.id);
    row.last = now;
    row.fill(connection);
  }
  for (const [id, { last, tr }] of rows) {
    tr.classList.toggle("gone", last < now);
    if (now - last > GONE_MS) tr.remove(), rows.delete(id);
  }
  put(more, untold ? `… and ${counted(untold)} more, not listed.` : rows.size ? "" : "None is open.");
}

function rowOf({ session, peer }) {
  const isOwn = session === own;
  const [who, phase, since, request, range, done, speed, total, player] =
    ["span", "b", "span", "code", "small", "progress", "b", "small", "span"].map((tag) => make(tag));
  done.setAttribute("aria-label", "Sent of this reply");
  const cell = (...inside) => make("td", { role: "cell" }, ...inside);
  const mark = make("span");
  const tr = make("tr", { role: "row" }, cell(mark, who), cell(phase, " ", since),
    cell(request, done, range), cell(speed, total), cell(player));
  // One's own stand first, in the order they came; then all others.
  if (isOwn) body.insertBefore(tr, body.querySelector("tr:not(.own)"));
  else body.append(tr);
  tr.classList.toggle("own", isOwn);

  return { tr, fill(it) {
    // A connection belongs to nobody before its first request with a session.
    mark.replaceChildren(dot(it.session, it.peer));
    put(who, called(it.session, it.peer));
    put(phase, it.phase);
    phase.className = `phase p-${it.phase}`;
    phase.title = PHASES[it.phase] ?? "";
    put(since, lasting(it.secs));
    put(request, it.request || "nothing now");
    const sent = it.of ? `${sized(it.sent)} of ${sized(it.of)}` : "";
    put(range, it.range ? `bytes ${counted(it.range[0])}–${counted(it.range[1])} of ${sized(it.size)} · ${sent}` : sent);
    done.hidden = !it.of;
    if (it.of) [done.max, done.value] = [it.of, it.sent];
    put(speed, `${(it.rate / 1e6).toFixed(it.rate < 1e7 ? 2 : 0)} MB/s`);
    put(total, `${sized(it.total)} in all`);
    put(player, it.player ? played(it.player) : "–");
  } };
}

function played({ position, buffered, stalls, paused, rate }) {
  return [paused ? `paused at ${place(position)}` : `plays ${place(position)}`, `has up to ${place(buffered)}`,
    stalls ? several(stalls, "stall") : "", rate === 1 ? "" : `speed ×${rate}`].filter(Boolean).join(", ");
}
