// The page that shows what the server does, as it does it. This file listens and passes on: each
// part of the page has a file of its own in `inspect/`.
import { keep, own, recall } from "./inspect/sessions.js";
import { showTotals } from "./inspect/totals.js";
import { showConnections } from "./inspect/connections.js";
import { showStrips } from "./inspect/strip.js";
import { showHeads } from "./inspect/heads.js";
import { put } from "./inspect/words.js";

const DRAW_MS_MIN = 500; // nobody reads faster
const WAIT_SECS_MAX = 30; // between two attempts to connect
const TOKEN = "adminToken"; // in the storage that ends with the tab

const [state, form, token, refused] = ["state", "admin", "token", "refused"].map((id) => document.getElementById(id));
const main = document.querySelector("main");

let socket, retry, attempts = 0;

// --- the socket ---

function connect() {
  clearTimeout(retry);
  const mine = new WebSocket(`${location.origin.replace("http", "ws")}/_/live?session=${own}`);
  socket = mine;
  mine.onopen = watch;
  mine.onmessage = ({ data }) => mine === socket && take(JSON.parse(data));
  mine.onclose = () => mine === socket && lost();
}

/** A page that nobody sees costs the server nothing. */
const watch = () => tell(document.hidden ? "watch nothing" : "watch inspect");

function tell(text) {
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}

function lost() {
  const secs = Math.min(2 ** attempts++, WAIT_SECS_MAX);
  main.classList.add("stale");
  state.className = "lost";
  put(state, `Connection lost. Next attempt in ${secs} s`);
  retry = setTimeout(connect, secs * 1000 * (1 + Math.random() / 4)); // not all pages at once
}

/** Does not wait for the next attempt: there is a reason to think that it will do now. */
function hurry() {
  if (socket.readyState === WebSocket.CLOSED) connect();
}

// --- what comes ---

function take(message) {
  if (message.type === "hello") welcome(message);
  if (message.type === "refused") refuse(message.why);
  if (message.type === "inspect") drawSoon(message);
}

function welcome({ server, sees }) {
  attempts = 0;
  main.classList.remove("stale");
  state.className = "live";
  put(state, `Live from ${server}, ${sees === "all" ? "everybody" : "your own connections"}`);
  form.hidden = sees === "all";
  put(refused, "");
  const known = recall("session", TOKEN);
  if (known && sees === "own") tell(`admin ${known}`);
}

function refuse(why) {
  keep("session", TOKEN, "");
  put(refused, `Refused: ${why}.`);
  token.select();
}

let latest, drawn = 0, timer;

function drawSoon(message) {
  latest = message;
  timer ??= setTimeout(draw, Math.max(0, drawn + DRAW_MS_MIN - performance.now()));
}

function draw() {
  timer = undefined;
  drawn = performance.now();
  showTotals(latest);
  showConnections(latest);
  showStrips(latest);
  showHeads(latest);
}

// --- hands ---

form.addEventListener("submit", (event) => {
  event.preventDefault();
  put(refused, "");
  keep("session", TOKEN, token.value.trim());
  tell(`admin ${token.value.trim()}`);
});
addEventListener("online", hurry);
document.addEventListener("visibilitychange", () => {
  watch();
  if (!document.hidden) hurry();
});

connect();
