// One's own requests and replies, line by line, side by side; each line is a button that explains it.
import { explained, link } from "./fields.js";
import { clock, make, put } from "./words.js";

const list = document.getElementById("heads");
const newer = document.getElementById("newer");
const shown = new Map();
let latest = [];

export function showHeads({ heads }) {
  latest = [...heads].sort((a, b) => a.at - b.at || a.id - b.id);
  const fresh = latest.filter(({ id }) => !shown.has(id));
  // Whoever is reading is not pushed down: then the new ones wait behind a button.
  const isRead = list.contains(document.activeElement) || list.querySelector("[aria-expanded=true]");
  newer.hidden = !fresh.length || !isRead;
  put(newer, `Show ${fresh.length} newer`);
  if (fresh.length && !isRead) renew();
  list.classList.toggle("empty", !shown.size);
}

newer.addEventListener("click", () => {
  renew();
  newer.hidden = true;
  list.querySelector("summary")?.focus();
});

function renew() {
  const kept = new Set(latest.map(({ id }) => id));
  for (const [id, it] of shown) if (!kept.has(id)) it.remove(), shown.delete(id);
  const isFirst = !shown.size;
  for (const head of latest) {
    if (shown.has(head.id)) continue;
    shown.set(head.id, exchange(head));
    list.prepend(shown.get(head.id));
  }
  if (isFirst) list.firstElementChild.open = true;
}

function exchange({ at, request, reply = "" }) {
  const status = reply.split(" ")[1] ?? "";
  const [asked] = request.split(/[?]| HTTP\//);
  const [range = ""] = /(?<=\nRange: ).*/i.exec(request) ?? [];
  const it = make("details", {}, make("summary", {}, make("b", { class: `status c-${status[0]}` }, status), " ",
    make("code", {}, `${asked} ${range}`), " ", make("small", {}, clock(at))));
  // Most are never opened, so their lines are made when one is.
  it.addEventListener("toggle", () => it.append(make("div", { class: "pair" }, side("Request", request), side("Reply", reply))), { once: true });
  return it;
}

function side(title, text) {
  const lines = make("ol", { role: "list" });
  // The empty line is part of the head: it is what ends it.
  text.replace(/(\r\n)+$/, "").split("\r\n").concat("").forEach((line, at) => lines.append(lineOf(line, at, title === "Reply")));
  return make("section", { "aria-label": title }, make("h4", {}, title), lines);
}

function lineOf(line, at, isReply) {
  const [, name, value] = (at && /^([^:]*:)(.*)$/.exec(line)) || ["", "", "", line];
  const button = make("button", { type: "button", "aria-expanded": "false" },
    name ? make("b", {}, name) : line || make("span", { class: "blank" }, "⏎ empty line"), value ?? "");
  const note = make("div", { class: "note", hidden: "" });
  button.addEventListener("click", () => {
    if (!note.hasChildNodes())
      for (const { text, source } of explained(line, at === 0, isReply)) note.append(make("p", {}, `${text} `, ...link(source)));
    note.hidden = !note.hidden;
    button.setAttribute("aria-expanded", String(!note.hidden));
  });
  return make("li", {}, button, note);
}
