// The first page: fetches the list, shows it, plays what is chosen.
//
// What plays is written in the address, `#play=/video/…`, so the back button, a bookmark and a link
// sent to somebody all work; choosing a row is following an ordinary link. The file itself is
// asked for with its version (`?v=…`), which may be cached for ever; the bookmark goes without, so
// that it survives a new version of the file.
const ROWS_AT_ONCE = 150; // rows made in one go: a screenful several times over, made in a few ms
const LIST_SECS_MAX = 30; // a list that takes longer is not coming

const el = (id) => document.getElementById(id);
const [player, screen, title, facts, file] = ["player", "screen", "title", "facts", "file"].map(el);
const [library, list, more, count, find] = ["library", "list", "more", "count", "find"].map(el);
const [trouble, empty, again] = ["trouble", "empty", "again"].map(el);

const byPath = new Map(); // "/video/shows/e1.mp4" -> its video
let videos = []; // all, in the order shown
let shown = []; // those that match the search
let made = 0; // how many of `shown` have a row
let playing = null;

// --- words ---

/** 711366 -> "711 KB" */
function sized(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let step = 0;
  while (bytes >= 999.5 && step < units.length - 1) [bytes, step] = [bytes / 1000, step + 1];
  return `${step && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[step]}`;
}

/** Lower case without accents, so that "ete" finds "Été". */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const things = (n) => `${n.toLocaleString()} ${n === 1 ? "title" : "titles"}`;

/** Adds to what the server said of a file what the page shows of it. */
function described({ name, href, size, modified, type }) {
  const slash = name.lastIndexOf("/");
  const base = name.slice(slash + 1);
  const dot = base.lastIndexOf(".");
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 360;
  return {
    href, type, size, modified, base,
    path: href.split("?")[0],
    folder: name.slice(0, Math.max(slash, 0)),
    label: dot > 0 ? base.slice(0, dot) : base,
    kind: `${dot > 0 ? base.slice(dot + 1).toUpperCase() + " · " : ""}${sized(size)}`,
    tune: type.startsWith("audio/"),
    words: plain(name),
    hue: hash,
    row: null,
  };
}

// --- trouble ---

/** Says what went wrong: texts and elements, one after the other. None: takes it back. */
const say = (...parts) => trouble.replaceChildren(...parts);

function button(text, action) {
  const it = document.createElement("button");
  it.type = "button";
  it.textContent = text;
  it.addEventListener("click", action);
  return it;
}

// --- the list ---

async function load() {
  say();
  count.textContent = "Loading…";
  library.hidden = false;
  empty.hidden = true;
  let answer;
  try {
    const reply = await fetch("/library.json", { signal: AbortSignal.timeout(LIST_SECS_MAX * 1000) });
    if (!reply.ok) throw new Error(`the server answered ${reply.status} ${reply.statusText}`.trim());
    answer = (await reply.json()).videos.map(described);
  } catch (error) {
    library.hidden = true;
    const why = error.name === "TypeError" ? "the server cannot be reached"
      : error.name === "TimeoutError" ? `no answer within ${LIST_SECS_MAX} seconds`
      : error.name === "SyntaxError" ? "the answer is not a list"
      : error.message;
    say(`The list of videos could not be loaded: ${why}.`, button("Try again", load));
    return;
  }
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  videos = answer.sort((a, b) => compare(a.folder, b.folder) || compare(a.base, b.base));
  byPath.clear();
  for (const video of videos) byPath.set(video.path, video);
  library.hidden = find.disabled = videos.length === 0;
  empty.hidden = videos.length > 0;
  filter();
  if (videos.length) fromAddress();
}

function filter() {
  const words = plain(find.value).split(/\s+/).filter(Boolean);
  shown = words.length ? videos.filter((v) => words.every((w) => v.words.includes(w))) : videos;
  const bytes = sized(shown.reduce((sum, v) => sum + v.size, 0));
  count.textContent = !words.length ? `${things(shown.length)} · ${bytes}`
    : shown.length ? `${things(shown.length)} of ${videos.length.toLocaleString()}`
    : `Nothing is called “${find.value.trim()}”`;
  made = 0;
  list.replaceChildren();
  addRows();
}

/** Makes the next batch of rows; the button below them calls for more when it comes near. */
function addRows() {
  const end = Math.min(made + ROWS_AT_ONCE, shown.length);
  let rows = list.querySelector("section:last-child ul");
  for (; made < end; made++) {
    const video = shown[made];
    if (!rows || video.folder !== shown[made - 1]?.folder) rows = addFolder(video.folder);
    rows.append(rowOf(video));
  }
  more.hidden = made === shown.length;
}

function addFolder(folder) {
  const section = document.createElement("section");
  const rows = document.createElement("ul");
  rows.setAttribute("role", "list"); // a list without bullets is no list to VoiceOver
  if (folder) {
    const heading = document.createElement("h3");
    heading.textContent = folder.replaceAll("/", " / ");
    section.append(heading);
  }
  section.append(rows);
  list.append(section);
  return rows;
}

function rowOf(video) {
  if (video.row) return video.row;
  const [row, link, tile, name, kind] = ["li", "a", "span", "span", "span"].map((tag) => document.createElement(tag));
  link.href = `#play=${video.path}`;
  link.title = video.base;
  tile.className = video.tune ? "tile tune" : "tile";
  tile.style.setProperty("--hue", video.hue);
  tile.setAttribute("aria-hidden", "true");
  name.className = "name";
  name.textContent = video.label;
  kind.className = "kind";
  kind.textContent = video.kind;
  link.append(tile, name, kind);
  row.append(link);
  video.row = row;
  mark(video);
  return row;
}

function mark(video) {
  const link = video?.row?.firstChild;
  if (video === playing) link?.setAttribute("aria-current", "true");
  else link?.removeAttribute("aria-current");
}

// --- playing ---

/** Does what the address says. Without a word there the first video is laid ready, not started. */
function fromAddress() {
  if (location.hash.startsWith("#play=")) {
    const path = location.hash.slice("#play=".length);
    const video = byPath.get(path);
    if (video) return show(video, true);
    return say(`There is no ${readable(path)} here. It may have been moved or removed.`);
  }
  const first = videos.find((v) => !v.tune && screen.canPlayType(v.type));
  if (!playing && first) show(first, false);
}

function readable(path) {
  const name = path.replace(/^\/video\//, "");
  try { return decodeURIComponent(name); } catch { return name; } // names need not be UTF-8
}

function show(video, start) {
  if (video !== playing) {
    const before = playing;
    playing = video;
    mark(before);
    mark(video);
    say();
    player.hidden = false;
    player.classList.toggle("sound", video.tune);
    title.textContent = video.label;
    const date = new Date(video.modified * 1000).toLocaleDateString(undefined, { dateStyle: "medium" });
    facts.textContent = [video.folder.replaceAll("/", " / "), video.kind, date].filter(Boolean).join(" · ");
    file.href = video.href;
    screen.src = video.href;
  }
  if (!start) return;
  document.title = `${video.label} · reeld`;
  screen.parentElement.scrollIntoView({ block: "nearest" });
  // A browser may refuse to start what nobody clicked on (a link followed from elsewhere): then
  // the play button is there. What is really wrong comes as the `error` event.
  screen.play().catch(() => {});
}

screen.addEventListener("error", async () => {
  const video = playing;
  const code = screen.error?.code;
  let why = code === MediaError.MEDIA_ERR_DECODE ? "its data is damaged or of a kind that this browser cannot decode."
    : code === MediaError.MEDIA_ERR_NETWORK ? "the connection broke off."
    : "this browser cannot play files of this kind. Other players can: ";
  // The browser gives the same error for a missing file and for an unknown format: ask which.
  if (code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED) {
    try {
      const reply = await fetch(video.href, { method: "HEAD", signal: AbortSignal.timeout(LIST_SECS_MAX * 1000) });
      if (!reply.ok) why = `the server answered ${reply.status} ${reply.statusText}`.trim() + ".";
    } catch {
      why = "the server cannot be reached.";
    }
  }
  if (video !== playing) return; // another one was chosen meanwhile
  const link = document.createElement("a");
  link.href = video.href;
  link.textContent = location.origin + video.path;
  say(`“${video.label}” cannot be played: ${why}`, ...(why.endsWith(": ") ? [link] : []),
    button("Try again", () => { say(); screen.load(); screen.play().catch(() => {}); }));
});

// A failure that mended itself, or another file that plays, makes the old words wrong.
screen.addEventListener("playing", () => say());

// --- hands ---

addEventListener("hashchange", fromAddress);
find.addEventListener("input", filter);
more.addEventListener("click", addRows);
again.addEventListener("click", load);
new IntersectionObserver(([seen]) => seen.isIntersecting && addRows(), { rootMargin: "1000px" }).observe(more);

// Choosing the row that is already in the address changes no hash, so nobody else would start it.
list.addEventListener("click", (event) => {
  if (event.target.closest("a")?.hash === location.hash) fromAddress();
});

// `/` goes to the search, arrows walk through the rows, Escape in the search shows all again.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (event.key === "/" && at !== find) {
    event.preventDefault();
    find.select();
    find.focus();
  } else if (event.key === "Escape" && at === find) {
    find.value = "";
    filter();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (at === find || list.contains(at))) {
    const links = [...list.querySelectorAll("a")];
    const next = links.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (links[next] ?? (next < 0 ? find : at)).focus();
  }
});

load();
