// The whole server at a glance: two charts, some numbers, and two bars whose parts explain themselves.
import { chart } from "./charts.js";
import { STATUSES } from "./fields.js";
import { counted, lasting, make, put, sized, tells } from "./words.js";

export const PHASES = {
  idle: "The last reply is through; the connection is kept for the next request.",
  head: "The lines of a request are coming in; the empty line that ends them is not here yet.",
  finding: "The request is understood; the library is looking for the file.",
  queued: "All places are taken: it waits for its turn.",
  sending: "Bytes go out as fast as the socket takes them.",
  paced: "It is held back, at --rate or --total-rate.",
  blocked: "The socket's buffer is full: the network or the player takes no more just now. That is the usual state of a film being watched.",
  disk: "The next bytes are not in memory; the disk is reading them.",
  live: "No longer HTTP: a WebSocket, such as this page's own.",
  closing: "The last byte is out; what still comes is read and thrown away, so that the end arrives unharmed.",
};

const el = (id) => document.getElementById(id);
const rate = chart(el("charts"), "Sent", (bytes) => `${sized(bytes)}/s`);
const open = chart(el("charts"), "Open connections", counted);
const phases = bar("What they do", (name) => PHASES[name], (name) => `p-${name}`);
const statuses = bar("What was answered", (code) => STATUSES[code]?.[1] ?? "A status that this page does not know.", (code) => `c-${code[0]}`);

const numbers = {};
for (const name of ["Requests", "Bytes sent", "Connections so far", "Page-ins", "Up for"]) {
  numbers[name] = make("dd");
  el("numbers").append(make("div", {}, make("dt", {}, name), numbers[name]));
}

export function showTotals({ now, totals }) {
  rate(now, totals.rate);
  open(now, totals.connections);
  put(numbers["Requests"], counted(totals.requests));
  put(numbers["Bytes sent"], sized(totals.bytes));
  put(numbers["Connections so far"], counted(totals.accepted));
  put(numbers["Page-ins"], counted(totals.page_ins));
  put(numbers["Up for"], lasting(totals.uptime));
  phases(totals.phases);
  statuses(totals.statuses);
}

/** A stacked bar with a legend; the part under the pointer or with the focus is explained below. */
function bar(title, meaning, colour) {
  const stack = make("div", { class: "stack", "aria-hidden": "true" });
  const legend = make("div", { class: "legend" });
  const words = make("p", { class: "words", "aria-hidden": "true" }, "Point at a word, or press it.");
  el("bars").append(make("div", { role: "group", "aria-label": title }, make("h3", {}, title), stack, legend, words));
  tells(legend, words, ({ dataset: { name } }) => `${name}: ${meaning(name)}`);

  const parts = new Map();
  return (counts) => {
    for (const [name, count] of Object.entries(counts)) {
      if (!parts.has(name)) parts.set(name, part(name));
      const { slice, key, number } = parts.get(name);
      slice.style.flexGrow = count;
      slice.hidden = count === 0;
      key.classList.toggle("none", count === 0);
      put(number, counted(count));
    }
  };

  function part(name) {
    const slice = make("div", { class: colour(name) });
    const number = make("b");
    const key = make("button", { type: "button", "data-name": name },
      make("i", { class: `dot ${colour(name)}` }), `${name} `, number, make("span", { class: "unseen" }, `. ${meaning(name)}`));
    stack.append(slice);
    legend.append(key);
    return { slice, key, number };
  }
}
