// What the server has: fetched, and asked again from time to time.
import { listRequest, take } from "/_/signed.js";
import { plain, sized } from "/_/words.js";

const LIST_SECS_MAX = 30; // a list that takes longer is not coming

/** "/video/shows/e1.mp4" -> its video. A video stays the same object as long as its file is there. */
export const byPath = new Map();

/** All, by folder and name. */
export let videos = [];

let tag = null; // of the list that we have
const { compare } = new Intl.Collator(undefined, { numeric: true });

/** Says whether the list is another one than before. Throws where there is none to be had. */
export async function fetchLibrary() {
  const [address, headers] = listRequest();
  const reply = await fetch(address, { headers, cache: "no-cache", signal: AbortSignal.timeout(LIST_SECS_MAX * 1000) });
  if (!reply.ok) {
    const error = new Error(`the server answered ${reply.status} ${reply.statusText}`.trim());
    throw Object.assign(error, { status: reply.status, why: (await reply.text()).split(": ")[1]?.trim() });
  }
  const its = reply.headers.get("ETag");
  if (its && its === tag) {
    // Not modified: the browser would read us our own copy, which nobody needs.
    reply.body?.cancel();
    return false;
  }
  const list = await reply.json();
  const fresh = list.videos.map(described);
  tag = its;
  take(list.base ?? "", reply.headers.get("Date"));
  const before = new Map(byPath);
  byPath.clear();
  videos = fresh.map((video) => Object.assign(before.get(video.path) ?? { row: null }, video));
  videos.sort((a, b) => compare(a.folder, b.folder) || compare(a.base, b.base));
  for (const video of videos) byPath.set(video.path, video);
  return true;
}

/** Why `fetchLibrary` threw, in words. */
export const reason = (error) =>
  error.name === "TypeError" ? "the server cannot be reached"
  : error.name === "TimeoutError" ? `no answer within ${LIST_SECS_MAX} seconds`
  : error.name === "SyntaxError" ? "the answer is not a list"
  : error.message;

/** The one `step` further in the same folder, if there is one. */
export function neighbour(video, step) {
  const other = videos[videos.indexOf(video) + step];
  return video && videos.includes(video) && other?.folder === video.folder ? other : null;
}

/** Adds to what the server said of a file what the page shows of it. */
function described({ name, href, size, modified, type, poster, subtitles, secs, width, height, hls, indexLast, cut, fragments }) {
  const slash = name.lastIndexOf("/");
  const base = name.slice(slash + 1);
  const dot = base.lastIndexOf(".");
  let hue = 0;
  for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)) % 360;
  return {
    name, href, type, size, modified, base, hue, poster, secs, width, height, hls, indexLast, cut, fragments,
    subtitles: subtitles ?? [],
    path: href.split("?")[0],
    folder: name.slice(0, Math.max(slash, 0)),
    label: dot > 0 ? base.slice(0, dot) : base,
    extension: dot > 0 ? base.slice(dot + 1) : "",
    kind: `${dot > 0 ? base.slice(dot + 1).toUpperCase() + " · " : ""}${sized(size)}`,
    tune: type.startsWith("audio/"),
    words: plain(name),
  };
}
