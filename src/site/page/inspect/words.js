// Elements, and numbers as people say them.

/** make("p", { class: "note" }, "text", element…) */
export function make(tag, attributes = {}, ...inside) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
  it.append(...inside);
  return it;
}

/** Writes only what changed: whoever selects text or reads it aloud is not disturbed. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** What the pointer is on, or what has the focus, is told in `words`. */
export function tells(parent, words, textOf) {
  const tell = ({ target }) => target.closest("button") && put(words, textOf(target.closest("button")));
  parent.addEventListener("focusin", tell);
  parent.addEventListener("pointerover", tell);
}

/** 711366 -> "711 KB" */
export function sized(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let step = 0;
  while (bytes >= 999.5 && step < units.length - 1) [bytes, step] = [bytes / 1000, step + 1];
  return `${step && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[step]}`;
}

export const counted = (n) => n.toLocaleString("en");

export const several = (n, one) => `${counted(n)} ${one}${n === 1 ? "" : "s"}`;

/** 0.4 s, 12 s, 3 min, 5 h, 2 days */
export function lasting(secs) {
  if (secs < 9.95) return `${secs.toFixed(1)} s`;
  if (secs < 100) return `${Math.round(secs)} s`;
  if (secs < 6000) return `${Math.round(secs / 60)} min`;
  return secs < 172800 ? `${Math.round(secs / 3600)} h` : `${Math.round(secs / 86400)} days`;
}

/** A place in a film: 75.2 -> "1:15" */
export function place(secs) {
  const whole = Math.floor(secs);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString();
