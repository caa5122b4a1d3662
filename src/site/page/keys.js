// The keyboard. One table says what each key does; the dialog that `?` opens is made of it.
import { nextCaptions } from "/_/captions.js";
import { by, make } from "/_/dom.js";
import * as player from "/_/player.js";
import { step as stepInList } from "/_/list.js";

const [find, list, dialog] = ["find", "list", "keys"].map(by);

const TABLE = [
  [[" ", "k"], "Space, K", "play or pause", () => player.playOrPause()],
  [["ArrowLeft"], "←", "5 seconds back", () => player.seekBy(-5)],
  [["ArrowRight"], "→", "5 seconds on", () => player.seekBy(5)],
  [["j"], "J", "10 seconds back", () => player.seekBy(-10)],
  [["l"], "L", "10 seconds on", () => player.seekBy(10)],
  [[..."0123456789"], "0 – 9", "to 0 % – 90 %", (key) => player.seekTo(key / 10)],
  [["ArrowUp"], "↑", "louder", () => player.louder(0.05)],
  [["ArrowDown"], "↓", "quieter", () => player.louder(-0.05)],
  [["m"], "M", "sound off or on", () => player.mute()],
  [["f"], "F", "full screen", () => player.fullScreen()],
  [["i"], "I", "picture in picture", () => player.pictureInPicture()],
  [["c"], "C", "next subtitles, or none", () => nextCaptions()],
  [["<"], "<", "slower", () => player.rateBy(-1)],
  [[">"], ">", "faster", () => player.rateBy(1)],
  [["n"], "N", "next in the folder", () => player.go(1)],
  [["p"], "P", "previous in the folder", () => player.go(-1)],
  [["/"], "/", "search", () => { find.select(); find.focus(); }],
  [["?"], "?", "these keys", () => dialog.showModal()],
];

const actions = new Map(TABLE.flatMap(([keys, , , action]) => keys.map((key) => [key, action])));

by("keys-table").append(...TABLE.map(([, keys, text]) =>
  make("div", {}, make("dt", {}, ...keys.split(", ").map((key) => make("kbd", { textContent: key }))), make("dd", { textContent: text }))));
by("keys-show").addEventListener("click", () => dialog.showModal());
by("keys-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog.open) return;
  const { key } = event;
  const at = document.activeElement;
  // In the list, and from the search into it, up and down walk through the rows.
  if ((key === "ArrowDown" || key === "ArrowUp") && (at === find || list.contains(at))) {
    event.preventDefault();
    return stepInList(key === "ArrowDown" ? 1 : -1);
  }
  if (at === find) return; // its letters are words, and Escape empties it by itself
  // On a row the space bar pauses what Enter there began. Buttons keep it, and so does the picture: the
  // focus may be on a button of the browser's own controls, which nobody can see from here.
  // The strip has its own ups and downs.
  if (at.type === "range" && (key === "ArrowUp" || key === "ArrowDown")) return;
  if (at.localName === "select" || (key === " " && at.closest("button, video"))) return;
  const action = actions.get(key.length === 1 ? key.toLowerCase() : key);
  if (!action || (!player.playing && key !== "/" && key !== "?")) return;
  // Before the browser's own controls hear it: they would do the same once more, or undo it.
  event.preventDefault();
  event.stopPropagation();
  action(key);
}, { capture: true });
