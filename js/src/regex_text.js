import "./regex_text.css";
import { el, listen } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {[group: number, start: number, end: number]} Span of characters */
/** @typedef {{ text: string, spans: Span[] }} Traits */

/**
 * Parts of a text by the group that each belongs to; -1 is none.
 *
 * A character belongs to the innermost span that covers it: groups come after what holds them.
 *
 * @param {string} text
 * @param {Span[]} spans
 */
export function pieces(text, spans) {
  const letters = Array.from(text);
  const owner = letters.map(() => -1);
  for (const [group, start, end] of spans) owner.fill(group, start, end);
  /** @type {{ group: number, text: string }[]} */
  const found = [];
  letters.forEach((letter, at) => {
    if (at && owner[at] === owner[at - 1]) found[found.length - 1].text += letter;
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
  const breed = spans.find(([group]) => group === 1);
  if (!text) return "";
  if (!spans.length) return "No match: this photograph would be left out.";
  if (!breed || breed[1] === breed[2]) return "It matches, but captures nothing.";
  return `Breed: ${Array.from(text).slice(breed[1], breed[2]).join("")}`;
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-marked");
  const line = el("code");
  const says = el("p", { "aria-live": "polite" });
  root.append(line, says);
  const draw = () => {
    const [text, spans] = [model.get("text"), model.get("spans")];
    const marked = pieces(text, spans).map((piece) =>
      el(piece.group < 0 ? "span" : "mark", {
        textContent: piece.text,
        "data-group": Math.min(piece.group, 3),
      }),
    );
    line.replaceChildren(...marked);
    says.textContent = meaning(text, spans);
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
