// What each line of a head means, in a sentence, and where that is laid down.
//
// A row of a table is `name | source | sentence`. A source is a section of an RFC, or
// one of `BOOKS` and a name in it; a name ending in `*` stands for all that begin so.
import { taught } from "./values.js";
import { make } from "./words.js";

const LINES = table(`
GET | 9110 9.3.1 | The method GET: send me this.
HEAD | 9110 9.3.2 | The method HEAD: send me the head that a GET would get, without the body.
OPTIONS | 9110 9.3.7 | The method OPTIONS: tell me what may be done here.
target | 9112 3.2 | The target: path and query of the address. Whatever is no plain letter travels as %XX.
v= | 3986 3.4 | v= names one version of the file, so the reply may be kept for ever.
session= | 3986 3.4 | session= tells the server which browser asks; the file is the same.
version | 9112 2.3 | HTTP/1.1 is the version of this grammar: lines of text, each ended by CR LF.
status | 9112 4 | The status line: version, code, and words for people that no program reads.
empty | 9112 2.1 | The empty line ends the head. What follows is the body, if there is one.
unknown | | This page does not know this field. A receiver ignores what it does not know, so anybody may add some.
`);

/** By code: also what the bar of statuses says. */
export const STATUSES = table(`
100 | 9110 15.2.1 | Continue: go on and send the body.
101 | 9110 15.2.2 | Switching Protocols: from the next byte on this is a WebSocket.
200 | 9110 15.3.1 | OK: here is the whole of it.
204 | 9110 15.3.5 | No Content: done, and there is nothing to send.
206 | 9110 15.3.7 | Partial Content: here is the span that was asked for.
304 | 9110 15.4.5 | Not Modified: what you have is still right; nothing is sent twice.
400 | 9110 15.5.1 | Bad Request: this breaks the grammar of HTTP.
403 | 9110 15.5.4 | Forbidden: it is there and is not for you.
404 | 9110 15.5.5 | Not Found: nothing has this name.
405 | 9110 15.5.6 | Method Not Allowed: Allow says which are.
408 | 9110 15.5.9 | Request Timeout: the request did not arrive in time.
412 | 9110 15.5.13 | Precondition Failed: the file is not the version you named.
413 | 9110 15.5.14 | Content Too Large: a body this long is not read.
414 | 9110 15.5.15 | URI Too Long: an address this long is not read.
416 | 9110 15.5.17 | Range Not Satisfiable: the file ends before the span begins.
417 | 9110 15.5.18 | Expectation Failed: Expect asks for what is not known here.
426 | 9110 15.5.22 | Upgrade Required: only by the protocol in Upgrade.
431 | 6585 5 | Request Header Fields Too Large: the head is longer than is read.
501 | 9110 15.6.2 | Not Implemented: this method is not known here.
503 | 9110 15.6.4 | Service Unavailable: too busy just now; try again.
505 | 9110 15.6.6 | HTTP Version Not Supported: this is not HTTP/1.
`);

const FIELDS = table(`
accept | 9110 12.5.1 | The types that are welcome, the better with a higher q.
accept-encoding | 9110 12.5.3 | The compressions that are understood.
accept-language | 9110 12.5.4 | The languages the person prefers.
accept-ranges | 9110 14.3 | Spans may be asked for, counted in bytes: without it a player dares no seek.
access-control-allow-* | Fetch http-responses | What scripts of other sites may do here.
access-control-expose-headers | Fetch http-responses | The fields that scripts of other sites may read.
access-control-max-age | Fetch http-responses | For how many seconds this permission need not be asked again.
access-control-request-* | Fetch http-requests | A browser asks beforehand whether another site's script may send this.
allow | 9110 10.2.1 | The methods that work here.
cache-control | 9111 5.2 | How caches may keep and use it.
cdn-cache-control | 9213 3 | Cache-Control for a delivery network alone; browsers ignore it.
connection | 9110 7.6.1 | What is to become of this connection.
content-disposition | 6266 4 | To be shown or to be saved, and by which name.
content-length | 9110 8.6 | The length of the body: the only way to know where the next head begins.
content-range | 9110 14.4 | Which span of the file the body is.
content-security-policy | W3C CSP3 | What this page may load: here nothing from elsewhere.
content-type | 9110 8.3 | What the bytes are, by the name it has everywhere.
contentfeatures.dlna.org | | DLNA: what a television may do with this stream.
cookie | 6265 4.2 | What a site stored in the browser; this server stores and reads none.
date | 9110 6.6.1 | When the reply was made: ages are counted from it.
dnt | W3C tracking-dnt | Do Not Track: a wish that hardly anybody honoured.
etag | 9110 8.8.3 | The name of this version: other bytes, other name.
expect | 9110 10.1.1 | May I send the body? The answer is 100 or a refusal.
getcontentfeatures.dlna.org | | DLNA: a television asks what may be done with the stream.
host | 9110 7.2 | Which site is meant: many may share an address. The one field that must be there.
icy-metadata | | VLC asks for song titles as internet radio mixes them in. No standard; ignored here.
if-match | 9110 13.1.1 | Only if the file still is this version; else 412.
if-modified-since | 9110 13.1.3 | Only if it changed since; else 304. Whole seconds: ETag tells more.
if-none-match | 9110 13.1.2 | I have this version: send another, or 304.
if-range | 9110 13.1.5 | The span, if the file is still this version; else all of it. So no two versions are ever mixed.
if-unmodified-since | 9110 13.1.4 | Only if it did not change since; else 412.
last-modified | 9110 8.8.2 | When the file last changed, to the second.
origin | 6454 7 | The site whose script asks; it cannot lie about that.
pragma | 9111 5.4 | Cache-Control as it was in 1996.
priority | 9218 5 | How urgent it is: u=0 first to u=7 last; i: usable piece by piece.
range | 9110 14.2 | Not all of it: these bytes.
referer | 9110 10.1.3 | The page that led here. Misspelt in 1995, and so for ever.
referrer-policy | W3C referrer-policy | What Referer may tell to others when a link of this page is followed.
retry-after | 9110 10.2.3 | Try again after so many seconds.
save-data | WICG savedata | The person pays for every byte.
sec-ch-ua* | WICG ua-client-hints | Brand, kind or system of the browser: what User-Agent tells in small pieces.
sec-fetch-dest | W3C fetch-metadata | What it is for, such as a video element.
sec-fetch-mode | W3C fetch-metadata | How it is fetched: navigate is a person who opens a page.
sec-fetch-site | W3C fetch-metadata | From where: same-origin is this site, none is the person's own hand.
sec-fetch-* | W3C fetch-metadata | Why the browser asks. No script can set it.
sec-gpc | W3C gpc | Do not sell or share what you learn of me.
sec-websocket-accept | 6455 11.3.3 | A digest of the key: proof that somebody here speaks WebSocket and no cache made this up.
sec-websocket-extensions | 6455 11.3.2 | Additions on offer, such as compressed messages.
sec-websocket-key | 6455 11.3.1 | Random, to be answered by Sec-WebSocket-Accept. No secret.
sec-websocket-protocol | 6455 11.3.4 | The language to speak inside.
sec-websocket-version | 6455 11.3.5 | 13 is the only one that lasted.
te | 9110 10.1.4 | The transfer codings that are understood.
transfer-encoding | 9112 6.1 | The body comes in chunks, each with its own length.
transfermode.dlna.org | | DLNA: Streaming to be watched now, Background to be stored.
upgrade | 9110 7.8 | Another protocol to go on with on this connection.
upgrade-insecure-requests | W3C upgrade-insecure-requests | The browser would rather have the page by TLS.
user-agent | 9110 10.1.5 | The program that asks. For historical reasons each claims to be several others.
vary | 9110 12.5.5 | The reply depends on these fields too: a cache must keep them apart.
via | 9110 7.6.3 | The proxies on the way.
x-content-type-options | Fetch x-content-type-options-header | nosniff: believe Content-Type and do not guess from the bytes.
x-forwarded-for | 7239 7.4 | For whom a proxy asks. Anybody can write it.
x-playback-session-id | | Safari and Apple's players: one number for all requests of one film.
`);

/** name -> [source, sentence] */
function table(rows) {
  return Object.fromEntries(rows.trim().split("\n").map((row) => row.split("|").map((part) => part.trim()))
    .map(([name, source, sentence]) => [name, [source, sentence]]));
}

/** What there is to say of a line of a head, as a list of `{ text, source }`. */
export function explained(line, isFirst, isReply) {
  const note = ([source, text]) => ({ source, text });
  if (isFirst && isReply) return [STATUSES[line.split(" ")[1]] ?? LINES.unknown, LINES.status].map(note);
  if (isFirst) {
    const [method, target] = line.split(" ");
    const parameters = ["v=", "session="].filter((name) => RegExp(`[?&]${name}`).test(target));
    return [method, "target", ...parameters, "version"].map((part) => LINES[part]).filter(Boolean).map(note);
  }
  if (!line) return [note(LINES.empty)];
  const colon = line.indexOf(":");
  const name = line.slice(0, colon).toLowerCase();
  const family = Object.keys(FIELDS).find((key) => key.endsWith("*") && name.startsWith(key.slice(0, -1)));
  const [source, text] = FIELDS[name] ?? FIELDS[family] ?? LINES.unknown;
  return [note([source, [text, taught(name, line.slice(colon + 1).trim())].filter(Boolean).join(" ")])];
}

/** Who lays things down, and where. */
const BOOKS = {
  W3C: (name) => `www.w3.org/TR/${name}/`,
  WICG: (name) => `wicg.github.io/${name}/`,
  Fetch: (name) => `fetch.spec.whatwg.org/#${name}`,
};

/** A source as a link; none where nothing public lays it down. */
export function link(source) {
  if (!source) return [];
  const [book, part] = source.split(" ");
  const [text, address] = BOOKS[book] ? [source, BOOKS[book](part)]
    : [`RFC ${book} §${part}`, `www.rfc-editor.org/rfc/rfc${book}#section-${part}`];
  return [make("a", { href: `https://${address}`, rel: "noreferrer" }, text)];
}
