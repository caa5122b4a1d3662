// Per video: the file as a bar, and below it each span that was asked for, at its place.
//
//     ▒▒▒▒▒▒▒▒▒▒░░░░░░░░░▒▒▒▒░░░░   the file: what of it has left at least once
//                        ━━─        the newest ask: drawn as wide as asked, filled as far as sent
//          ━━                       before it, somewhere else: there was a seek between them
//     ━━━━━
import { called, colour, dot } from "./sessions.js";
import { clock, counted, make, put, several, sized, tells } from "./words.js";

const LANES_MAX = 16; // per video; older asks remain in the bar
const LANE_PX = 17;
const FADED_SECS = 120; // as pale as it gets

const strips = new Map();

export function showStrips({ now, spans }) {
  const parent = document.getElementById("strips");
  const byVideo = grouped(spans);
  for (const [video, strip] of strips) if (!byVideo.has(video)) strip.section.remove(), strips.delete(video);
  for (const [video, list] of byVideo) {
    if (!strips.has(video)) strips.set(video, stripOf(video, parent));
    strips.get(video).fill(list.sort((a, b) => b.at - a.at || b.id - a.id), now);
  }
  parent.classList.toggle("empty", strips.size === 0);
}

function grouped(spans) {
  const groups = new Map();
  for (const span of spans) {
    if (!groups.has(span.video)) groups.set(span.video, []);
    groups.get(span.video).push(span);
  }
  return groups;
}

/** What has been sent, as sorted pieces that do not overlap. */
function sentPieces(spans) {
  const pieces = [];
  for (const { from, sent } of spans.filter((span) => span.sent).sort((a, b) => a.from - b.from)) {
    const last = pieces.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], from + sent);
    else pieces.push([from, from + sent]);
  }
  return pieces;
}

function stripOf(video, parent) {
  const [facts, who] = [make("small"), make("small", { class: "who" })];
  const file = make("div", { class: "file", "aria-hidden": "true" });
  const lanes = make("div", { class: "lanes", role: "group", "aria-label": `Asked of ${video}` });
  const axis = make("p", { class: "axis", "aria-hidden": "true" }, make("span", {}, "first byte"), make("span"), make("span"));
  const words = make("p", { class: "words", "aria-hidden": "true" }, "Point at a span to read of it.");
  const section = make("article", {}, make("h3", {}, video), facts, who, file, axis, lanes, words);
  parent.append(section);

  const buttons = new Map();
  tells(lanes, words, (button) => button.getAttribute("aria-label"));
  // One stop for the Tab key; from there the arrows.
  lanes.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const next = step && [...buttons.values()][[...buttons.values()].indexOf(event.target) + step];
    if (step) event.preventDefault();
    if (next) stop(next), next.focus();
  });
  function stop(at) {
    for (const button of buttons.values()) button.tabIndex = button === at ? 0 : -1;
  }

  function fill(list, now) {
    const { size } = list[0];
    const percent = (bytes) => `${(100 * bytes) / Math.max(size, 1)}%`;
    const pieces = sentPieces(list);
    const sent = pieces.reduce((sum, [from, to]) => sum + to - from, 0);
    put(facts, `${sized(size)} · ${several(list.length, "ask")} · ${Math.round((100 * sent) / Math.max(size, 1))} % sent at least once`);
    const people = new Map(list.map(({ session, peer }) => [called(session, peer), dot(session, peer)]));
    if (who.childElementCount !== people.size) who.replaceChildren(...[...people].map(([name, dot]) => make("span", {}, dot, name)));
    put(axis.children[1], sized(size / 2));
    put(axis.children[2], sized(size));
    file.replaceChildren(...pieces.map(([from, to]) => {
      const piece = make("i");
      [piece.style.left, piece.style.width] = [percent(from), percent(to - from)];
      return piece;
    }));

    const shown = list.slice(0, LANES_MAX);
    const kept = new Set(shown.map(({ id }) => id));
    const stopped = [...buttons].find(([, button]) => button.tabIndex === 0)?.[0];
    for (const [id, button] of buttons) if (!kept.has(id)) button.remove();
    const before = new Map(buttons);
    buttons.clear();
    shown.forEach((span, row) => {
      const button = before.get(span.id) ?? lanes.appendChild(make("button", { type: "button", class: colour(span.session, span.peer) }, make("i")));
      buttons.set(span.id, button);
      const { from, to, sent, at } = span;
      const asked = Math.max(to - from, 1); // an empty ask still has a place
      Object.assign(button.style, {
        top: `${row * LANE_PX}px`, left: percent(from), width: percent(asked),
        opacity: Math.max(0.35, 1 - (0.65 * (now - at)) / 1000 / FADED_SECS).toFixed(2),
      });
      button.firstChild.style.width = `${(100 * sent) / asked}%`;
      const label = `Bytes ${counted(from)} to ${counted(to - 1)}: ${sized(asked)} asked, ${sized(sent)} sent ` +
        `(${Math.round((100 * sent) / asked)} %). By ${called(span.session, span.peer)}, at ${clock(at)}.`;
      if (button.getAttribute("aria-label") !== label) {
        button.setAttribute("aria-label", label);
        if (button.matches(":hover, :focus")) put(words, label);
      }
    });
    lanes.style.height = `${shown.length * LANE_PX}px`;
    stop(buttons.get(stopped) ?? buttons.values().next().value);
  }
  return { section, fill };
}
