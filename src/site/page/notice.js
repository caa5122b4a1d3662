// What the page says: trouble below the player, a question over the picture, and short remarks.
import { button, by, make } from "/_/dom.js";

const REMARK_MS = 1800;

const [trouble, ask, remark] = ["trouble", "ask", "remark"].map(by);

/** Says what went wrong: texts and elements, one after the other. None: takes it back. */
export const say = (...parts) => trouble.replaceChildren(...parts);

let withdrawn = () => {};

/** Asks over the picture. `answers`: [["Resume", action], …]. `parts` as above. */
export function askFor(parts, answers, onWithdrawn = () => {}) {
  withdraw();
  withdrawn = onWithdrawn;
  ask.replaceChildren(...(parts.length ? [make("p", {}, ...parts)] : []), ...answers.map(([text, action]) => button(text, () => { withdraw(); action(); })));
  ask.hidden = false;
}

/** The question has lost its sense, or has its answer. */
export function withdraw() {
  const then = withdrawn;
  withdrawn = () => {};
  ask.hidden = true;
  ask.replaceChildren();
  then();
}

let fading;

/** Says for a moment what a key or button did. */
export function remarkOn(text) {
  clearTimeout(fading);
  remark.textContent = text;
  fading = setTimeout(() => (remark.textContent = ""), REMARK_MS);
}
