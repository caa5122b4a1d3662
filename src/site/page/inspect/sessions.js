// Who is who: this browser's own session, and a colour and a name for each that is seen.
import { make } from "./words.js";

const COLOURS = 7; // besides one's own; `.s0` … `.s7` in inspect.css

/** The same id as the library page has, so that both are one to the server. */
export const own = remembered();

function remembered() {
  const known = recall("local", "sessionId");
  if (/^[\w.-]{1,64}$/.test(known ?? "")) return known;
  // `randomUUID` is missing where the page came without TLS.
  const id = crypto.randomUUID?.() ??
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  keep("local", "sessionId", id);
  return id;
}

/** A browser may forbid all storage: then nothing is remembered, and all works for this visit. */
export function recall(store, key) {
  try { return window[`${store}Storage`].getItem(key); } catch { return null; }
}

export function keep(store, key, value) {
  try { window[`${store}Storage`].setItem(key, value); } catch {}
}

const seen = new Map([[own, "s0"]]);

/** Colours are given in the order of appearance, so that neighbours differ. */
export function colour(session, peer) {
  const key = session || peer || "";
  if (!seen.has(key)) seen.set(key, `s${1 + ((seen.size - 1) % COLOURS)}`);
  return seen.get(key);
}

export function called(session, peer) {
  const name = session === own ? "you" : session ? session.slice(0, 8) : "no session";
  return peer ? `${name}, ${peer}` : name;
}

export const dot = (session, peer) => make("i", { class: `dot ${colour(session, peer)}` });
