import "./regex_text.css";
import { button, clamp, el, focusedAt, isShortcut, listen, say } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {[group: number, start: number, end: number]} Span of characters */
/** @typedef {[sentence: string, start: number, end: number]} Told of a part; -1 matches nothing */
/** @typedef {{ text: string, spans: Span[], parts: string[], told: Told[] }} Traits */

const POINT = "Point at a part, or go to it with the arrow keys, to see what it matches.";

/**
 * Parts of a text by the group that each belongs to; -1 is none.
 *
 * A character belongs to the innermost span that covers it: groups come after what holds them.
 *
 * @param {string} text
 * @param {Span[]} spans
 * @param {number[]} cuts places where a piece ends, besides
 */
export function pieces(text, spans, cuts = []) {
  const letters = Array.from(text);
  const owner = letters.map(() => -1);
  for (const [group, start, end] of spans) owner.fill(group, start, end);
  /** @type {{ group: number, text: string }[]} */
  const found = [];
  letters.forEach((letter, at) => {
    if (at && owner[at] === owner[at - 1] && !cuts.includes(at))
      found[found.length - 1].text += letter;
    else found.push({ group: owner[at], text: letter });
  });
  return found;
}

/**
 * What a match means.
 *
 * @param {string} text
 * @param {Span[]} spans
 */
export function meaning(text, spans) {
  const label = spans.find(([group]) => group === 1);
  if (!text) return "";
  if (!spans.length) return "No match: this photograph would be left out.";
  if (!label || label[1] === label[2]) return "It matches, but captures nothing.";
  return `Label: ${Array.from(text).slice(label[1], label[2]).join("")}`;
}

/**
 * A text with its groups marked, and what one part of the expression matches.
 *
 * @param {string} text
 * @param {Span[]} spans
 * @param {number} start of the part's
 * @param {number} end
 */
function marked(text, spans, start, end) {
  let at = 0;
  return pieces(text, spans, [start, end]).map((piece) => {
    const here = start <= at && at < end;
    at += Array.from(piece.text).length;
    return el(piece.group < 0 && !here ? "span" : "mark", {
      textContent: piece.text,
      "data-group": Math.min(piece.group, 3),
      "data-here": here,
    });
  });
}

/** The parts of an expression: one is pointed at, or has the focus. */
class Parts {
  at = -1; // none

  /**
   * @param {AnyModel<Traits>} model
   * @param {() => void} changed
   */
  constructor(model, changed) {
    this.model = model;
    this.changed = changed;
    this.row = el("code", { role: "group", "aria-label": "Parts of the expression" });
    this.row.classList.add("petwidgets-marked-parts");
    this.row.addEventListener("pointerleave", () => this.point(focusedAt(this.buttons)));
    this.row.addEventListener("keydown", (event) => this.press(event));
  }

  get buttons() {
    return [...this.row.querySelectorAll("button")];
  }

  draw() {
    const parts = this.model.get("parts");
    this.row.hidden = !parts.length;
    if (parts.join("\n") === this.buttons.map((one) => one.textContent).join("\n")) return;
    this.at = -1;
    this.row.replaceChildren(...parts.map((part, i) => this.button(part, i)));
  }

  /**
   * @param {string} part
   * @param {number} at
   */
  button(part, at) {
    const made = button(part, () => made.focus(), { className: "", tabIndex: at ? -1 : 0 });
    made.addEventListener("pointerenter", () => this.point(at));
    made.addEventListener("focus", () => this.point(at));
    made.addEventListener("blur", () => this.point(-1));
    return made;
  }

  /** @param {number} at */
  point(at) {
    if (at >= 0 && !this.model.get("told").length) this.model.send("parts");
    this.at = at;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const [all, at] = [this.buttons, focusedAt(this.buttons)];
    const ends = { Home: 0, End: all.length - 1 };
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ...ends }[event.key];
    if (to === undefined || isShortcut(event)) return;
    event.preventDefault();
    const next = all[clamp(to, 0, all.length - 1)];
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  }
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-marked");
  const line = el("code");
  const says = el("p", { "aria-live": "polite" });
  const tells = el("p", { className: "petwidgets-marked-told", "aria-live": "polite" });
  const mark = () => {
    const [text, spans] = [model.get("text"), model.get("spans")];
    const [sentence, start, end] = model.get("told")[parts.at] ?? [POINT, -1, -1];
    const here = start < end ? [start, end] : [0, 0];
    line.replaceChildren(...marked(text, spans, here[0], here[1]));
    say(tells, parts.row.hidden ? "" : sentence);
    say(says, meaning(text, spans));
  };
  const parts = new Parts(model, mark);
  const draw = () => {
    parts.draw();
    mark();
  };
  root.append(parts.row, tells, line, says);
  draw();
  return listen(model, { change: draw });
}

export default { render };
