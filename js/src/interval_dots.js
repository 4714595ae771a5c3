import "./interval_dots.css";
import { clamp, el, listen } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Item
 * @property {string} label
 * @property {number | null} value null: nothing is known
 * @property {number} low
 * @property {number} high
 * @property {string} text
 */
/**
 * @typedef {object} Traits
 * @property {string} caption
 * @property {Item[]} items
 * @property {[number, string][]} ticks
 * @property {number} least
 * @property {number} most
 */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const table = el("table", { className: "petwidgets-dots" });
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  root.append(table);
  /** @param {number} value */
  const at = (value) => {
    const [least, most] = [model.get("least"), model.get("most")];
    return (100 * (clamp(value, least, most) - least)) / (most - least);
  };
  const placed = (/** @type {string} */ className, /** @type {number} */ value, text = "") =>
    el("span", { className, textContent: text, style: { left: `${at(value)}%` } });
  const scale = () => {
    const ticks = model.get("ticks").map(([at, text]) => placed("petwidgets-tick", at, text));
    return el("tr", {}, el("td"), el("td", {}, ...ticks), el("td"));
  };
  /** @param {Item} item */
  const line = ({ label, value, low, high, text }) => {
    const ticks = model.get("ticks").map(([at]) => placed("petwidgets-tick", at));
    const track = el("td", {}, ...ticks);
    if (value !== null) {
      const interval = placed("petwidgets-interval", low);
      interval.style.width = `${at(high) - at(low)}%`;
      track.append(interval, placed("petwidgets-dot", value));
    }
    const name = el("th", { textContent: label, scope: "row" });
    return el("tr", {}, name, track, el("td", { textContent: text }));
  };
  const draw = () => {
    table.hidden = !model.get("items").length;
    caption.textContent = model.get("caption");
    head.replaceChildren(scale());
    body.replaceChildren(...model.get("items").map(line));
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
