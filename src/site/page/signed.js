// What stands before the address of each file where titles are private.
//
//     /s/1763748000.Fd3…/#play=/video/a.mp4     a link that somebody was sent brings its own signature
//     /                                         to the owner the list brings one, for who shows the token
//
// The owner's is another one now and then, long before the last one ends. A link ends when it ends.
const TOKEN = "adminToken"; // as the page calls it that shows what the server does

/** "/s/…", if this page was opened by a link. */
export const linked = /^\/s\/[^/]+/.exec(location.pathname)?.[0];

/** What the link is for: a folder or a title. */
const scope = /^#(?:play=\/video\/|in=)(.*?)(?:&t=[\d.]+)?$/.exec(location.hash)?.[1] ?? "";

/** What stands before each address now; nothing where nothing is signed. */
export let base = linked ?? "";

/** Says "renewed" when that has changed. */
export const news = new EventTarget();

let skewMs = 0; // what the server's clock is ahead of ours

export const signed = (address) => base + address;

/** How long this one opens what it is for. */
export const secsLeft = (its) => (its ? parseInt(its.slice(3)) - (Date.now() + skewMs) / 1000 : Infinity);

/** The address of the list, and what to ask for it with. */
export function listRequest() {
  if (linked) return [`${linked}/library.json?in=${scope}`, {}];
  let token;
  try { token = sessionStorage.getItem(TOKEN); } catch { /* nothing is kept here */ }
  return ["/library.json", token ? { Authorization: `Bearer ${token}` } : {}];
}

/** The list says what stands before its addresses. */
export function take(its, date) {
  skewMs = date ? Date.parse(date) - Date.now() : 0;
  if (linked || its === base) return;
  base = its;
  news.dispatchEvent(new Event("renewed"));
}

/** Keeps the owner's token as long as the tab is there. */
export function keepToken(token) {
  try { sessionStorage.setItem(TOKEN, token); } catch { /* it will be asked for again */ }
}
