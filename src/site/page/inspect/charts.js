// A number over the last two minutes, as an area. The caption says in words what the area shows.
import { make, put } from "./words.js";

const WINDOW_MS = 120_000;
const GAP_MS = 5_000; // longer than this without a number: nobody watched, so nothing is drawn
const [WIDTH, HEIGHT] = [240, 60];

/** `shown` makes a number readable. Returns what takes the next number. */
export function chart(parent, title, shown) {
  const now = make("b");
  const most = make("span", { class: "most" });
  const caption = make("figcaption", {}, `${title} `, now, most);
  const area = svg("path", { class: "area" });
  const line = svg("path", { class: "line" });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, area, line);
  const axis = make("p", { class: "axis", "aria-hidden": "true" }, make("span", {}, "2 min ago"), make("span", {}, "now"));
  parent.append(make("figure", {}, caption, picture, axis));

  const past = [];
  return (ms, value) => {
    past.push([ms, value]);
    while (past[0][0] < ms - WINDOW_MS) past.shift();
    const top = Math.max(...past.map(([, value]) => value));
    put(now, shown(value));
    put(most, `at most ${shown(top)}`);
    const x = (at) => (WIDTH * (1 - (ms - at) / WINDOW_MS)).toFixed(1);
    const y = (value) => ((HEIGHT - 2) * (1 - value / (top || 1)) + 1).toFixed(1);
    let [under, over, before] = ["", "", [-Infinity]];
    for (const point of past) {
      const isGap = point[0] - before[0] > GAP_MS;
      if (isGap) under += `${under && `V${HEIGHT}Z`}M${x(point[0])} ${HEIGHT}`;
      under += `L${x(point[0])} ${y(point[1])}`;
      over += `${isGap ? "M" : "L"}${x(point[0])} ${y(point[1])}`;
      before = point;
    }
    area.setAttribute("d", `${under}V${HEIGHT}Z`);
    line.setAttribute("d", over);
  };
}

function svg(tag, attributes, ...inside) {
  const it = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
  it.append(...inside);
  return it;
}
