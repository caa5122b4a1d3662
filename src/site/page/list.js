// The list: which titles it shows, in which order, and their rows.
//
// Ten thousand titles are searched at each letter, but only so many rows are made as somebody scrolls
// to. A row stays the same element as long as its file is there.
import { arrange, by, make } from "/_/dom.js";
import { factsOf, news, ready } from "/_/learned.js";
import { byPath, videos } from "/_/library.js";
import { placeOf } from "/_/places.js";
import { hang } from "/_/posters.js";
import { remember, remembered } from "/_/store.js";
import { clock, joined, pathWords, plain, resolution, sized, things } from "/_/words.js";

const ROWS_AT_ONCE = 150; // a screenful several times over, made in a few ms

const [list, more, count, find, sort] = ["list", "more", "count", "find", "sort"].map(by);

const closed = new Set(remembered("closed", [])); // folders
const sections = new Map(); // folder -> its element
let ordered = []; // all, in the order chosen
let groups = []; // those that match: [{ folder, videos }]
let words = []; // of the search
let rowsWanted = ROWS_AT_ONCE;
let current = null;

const ORDERS = {
  name: null, // as the library is: by folder and name
  newest: (a, b) => b.modified - a.modified,
  size: (a, b) => b.size - a.size,
  // Lengths are learned by and by; who is not known yet comes last.
  length: (a, b) => (factsOf(b).secs ?? -1) - (factsOf(a).secs ?? -1),
};

/** The library has changed. */
export function update() {
  order();
  match();
  for (const video of videos) refresh(video);
  draw();
}

function order() {
  const compare = ORDERS[sort.value];
  ordered = compare ? [...videos].sort(compare) : videos;
}

/** Finds what the search asks for, and says how many. */
function match() {
  words = plain(find.value).split(/\s+/).filter(Boolean);
  const matching = words.length ? ordered.filter((video) => words.every((word) => video.words.includes(word))) : ordered;
  groups = [];
  for (const video of matching) {
    // Only the order by name keeps folders together.
    const folder = sort.value === "name" ? video.folder : "";
    if (groups.at(-1)?.folder !== folder) groups.push({ folder, videos: [] });
    groups.at(-1).videos.push(video);
  }
  const text = !words.length ? joined(things(matching.length), sized(matching.reduce((sum, video) => sum + video.size, 0)))
    : matching.length ? `${things(matching.length)} of ${videos.length.toLocaleString()}`
    : `Nothing is called “${find.value.trim()}”`;
  if (count.textContent !== text) count.textContent = text; // it is read out
}

function draw() {
  let left = rowsWanted;
  const drawn = [];
  for (const group of groups) {
    if (left <= 0) break;
    const section = sectionOf(group.folder);
    // A search shows what it found, closed or not.
    const isOpen = !group.folder || words.length > 0 || !closed.has(group.folder);
    const rows = isOpen ? group.videos.slice(0, left).map(rowOf) : [];
    left -= Math.max(rows.length, 1);
    const head = section.querySelector("button");
    if (head) {
      head.setAttribute("aria-expanded", isOpen);
      head.dataset.count = group.videos.length.toLocaleString();
    }
    arrange(section.querySelector("ul"), rows);
    drawn.push(section);
  }
  arrange(list, drawn);
  more.hidden = left > 0;
}

function sectionOf(folder) {
  const known = sections.get(folder);
  if (known) return known;
  const rows = document.createElement("ul");
  rows.setAttribute("role", "list"); // a list without bullets is no list to VoiceOver
  const section = make("section", {}, rows);
  if (folder) {
    const head = make("button", { type: "button", textContent: pathWords(folder), onclick: () => toggle(folder) });
    section.prepend(make("h3", {}, head));
  }
  sections.set(folder, section);
  return section;
}

function toggle(folder) {
  if (!closed.delete(folder)) closed.add(folder);
  remember("closed", [...closed]);
  draw();
}

// --- rows ---

function rowOf(video) {
  if (video.row) return video.row;
  const tile = make("span", { className: video.tune ? "tile tune" : "tile" });
  tile.style.setProperty("--hue", video.hue); // its colour comes from the name
  const link = make("a", { href: `#play=${video.path}`, title: video.base }, tile);
  link.append(...["name", "kind", "secs", "seen"].map((className) => make("span", { className })));
  video.row = make("li", {}, link);
  refresh(video);
  mark(video, video === current);
  return video.row;
}

/** Writes into a row what is known of its video now. */
export function refresh(video) {
  if (!video.row) return;
  const [, name, kind, length, seen] = video.row.firstChild.children;
  const { secs, width, height } = factsOf(video);
  const place = placeOf(video.name);
  name.textContent = video.label;
  kind.textContent = joined(video.kind, resolution(width, height), sort.value !== "name" && pathWords(video.folder));
  length.textContent = secs ? clock(secs) : "";
  seen.hidden = !place;
  if (place) seen.style.setProperty("--part", place.secs / place.length);
  hang(video.row, video);
}

/** Says of a row whether it is the one on the screen. */
export function mark(video, isCurrent) {
  if (isCurrent) current = video;
  const link = video?.row?.firstChild;
  if (isCurrent) link?.setAttribute("aria-current", "true");
  else link?.removeAttribute("aria-current");
}

/** To the row above or below the one with the focus. Above the first one is the search. */
export function step(by) {
  const links = [...list.querySelectorAll("a")];
  const at = document.activeElement;
  let from = links.indexOf(at);
  if (from < 0 && at !== find) { // on the name of a folder, between two rows
    const below = links.findIndex((link) => at.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING);
    from = (below < 0 ? links.length : below) - (by > 0 ? 1 : 0);
  }
  const next = from + by;
  (links[next] ?? (next < 0 ? find : at)).focus();
}

// --- hands ---

function search() {
  rowsWanted = ROWS_AT_ONCE;
  match();
  draw();
}

find.addEventListener("input", search);
find.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  find.value = "";
  search();
});

sort.value = remembered("sort", "name");
if (!sort.value) sort.value = "name";
sort.addEventListener("change", () => {
  remember("sort", sort.value);
  rowsWanted = ROWS_AT_ONCE;
  update();
});

function drawMore() {
  rowsWanted += ROWS_AT_ONCE;
  draw();
  // It may still be in view, and only a fresh look would say so.
  nearEnd.unobserve(more);
  nearEnd.observe(more);
}
const nearEnd = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && drawMore(), { rootMargin: "1000px" });
nearEnd.observe(more);
more.addEventListener("click", drawMore);

news.addEventListener("learned", ({ detail: href }) => {
  const video = byPath.get(href.split("?")[0]);
  if (video) refresh(video);
});
ready.then(() => videos.length && update()); // the lengths of earlier visits
