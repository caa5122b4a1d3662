// Tells the server what plays here, so that its live view can show a player beside its requests.
//
// Over a WebSocket, in lines: a verb, and then values as in a form:
//
//     report name=a.mp4&position=12.3&buffered=30.5&stalls=0&paused=0&rate=1
//     report                                         nothing plays any more
//
// Nothing on the page depends on it. Where no socket can be had it tries a few times and is quiet.
import { by } from "/_/dom.js";

const REPORT_MS_MIN = 1000;
const RETRY_MS_FIRST = 2000;
const RETRY_MS_MAX = 300_000;
const TRIES_MAX = 3; // without ever having been connected: this server, or a proxy before it, has no socket

/** Names this browser to the server, in the socket's address and in those of the videos. */
export const session = (() => {
  try {
    const known = localStorage.getItem("sessionId");
    if (known && /^[\w.-]{1,64}$/.test(known)) return known;
  } catch { /* nothing is kept here: a new one for each visit */ }
  // randomUUID exists on https and localhost only; a server at home is mostly plain http.
  const fresh = crypto.randomUUID?.() ??
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try { localStorage.setItem("sessionId", fresh); } catch { /* as above */ }
  return fresh;
})();

/** A video's address as this browser asks for it. */
export const ours = (href) => `${href}${href.includes("?") ? "&" : "?"}session=${encodeURIComponent(session)}`;

const screen = by("screen");
let name = null; // of what plays
let stalls = 0;
let socket = null;
let wanted = false;
let wasOpen = false;
let tries = 0;
let retry = 0; // timers
let next = 0;
let said = ""; // the last report

export function connect() {
  wanted = true;
  if (socket || retry) return;
  const url = new URL(`/_/live?session=${encodeURIComponent(session)}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  try { socket = new WebSocket(url); } catch { return; }
  socket.onopen = () => {
    wasOpen = true;
    tries = 0;
    by("live").classList.add("on");
    said = "";
    report();
  };
  socket.onclose = () => {
    socket = null;
    by("live").classList.remove("on");
    if (!wanted || (++tries >= TRIES_MAX && !wasOpen)) return;
    const wait = Math.min(RETRY_MS_FIRST * 2 ** (tries - 1), RETRY_MS_MAX);
    // Up to half as much again, or all viewers of a restarted server come back in one moment.
    retry = setTimeout(() => { retry = 0; connect(); }, wait * (1 + Math.random() / 2));
  };
}

/** Another title is on the screen, or none. */
export function reportOn(its) {
  [name, stalls] = [its, 0];
  soon();
}

/** Where the stretch ends that is here already. */
function bufferedUntil() {
  const { buffered, currentTime } = screen;
  for (let i = 0; i < buffered.length; i++)
    if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i);
  return currentTime;
}

function report() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const line = name === null ? "report" : `report ${new URLSearchParams({
    name,
    position: screen.currentTime.toFixed(1),
    buffered: bufferedUntil().toFixed(1),
    stalls,
    paused: Number(screen.paused),
    rate: screen.playbackRate,
  })}`;
  if (line === said) return;
  socket.send((said = line));
  next = setTimeout(() => { next = 0; report(); }, REPORT_MS_MIN);
}

const soon = () => next || report();
for (const event of ["timeupdate", "progress", "play", "pause", "seeked", "ratechange"]) screen.addEventListener(event, soon);

screen.addEventListener("waiting", () => {
  if (screen.seeking || screen.currentTime === 0) return; // waiting after a seek or at the start is no stall
  stalls++;
  soon();
});

// An open socket keeps a page from being laid aside whole, and so the way back from being instant.
addEventListener("pagehide", () => { wanted = false; socket?.close(); });
addEventListener("pageshow", (event) => event.persisted && connect());
