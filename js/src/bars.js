import "./bars.css";
import { button, el, listen, save } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ key: string, label: string, value: number, text: string, tone?: string }} Item */
/**
 * @typedef {object} Traits
 * @property {string} caption
 * @property {Item[]} items
 * @property {number} longest the value of a bar that is as long as there is room; 0: the largest
 * @property {boolean} chooses whether labels are buttons
 * @property {string} chosen key of the item that was chosen
 */

/**
 * @param {Item} item
 * @param {AnyModel<Traits>} model
 */
function chooser({ key, label }, model) {
  const pressed = model.get("chosen") === key;
  const choose = () => save(model, "chosen", model.get("chosen") === key ? "" : key);
  return button(label, choose, { className: "", "aria-pressed": pressed });
}

/**
 * @param {Item} item
 * @param {number} longest
 * @param {AnyModel<Traits>} model
 */
function bar(item, longest, model) {
  const name = model.get("chooses") ? chooser(item, model) : item.label;
  const width = `${longest ? Math.min(100, (100 * item.value) / longest) : 0}%`;
  return el(
    "tr",
    { className: item.tone ? `petwidgets-bar-${item.tone}` : "" },
    el("th", { scope: "row" }, name),
    el("td", {}, el("span", { style: { width } })),
    el("td", { textContent: item.text }),
  );
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const table = el("table", { className: "petwidgets-bars" });
  const caption = table.createCaption();
  const body = table.createTBody();
  root.append(table);
  const draw = () => {
    const items = model.get("items");
    const longest = model.get("longest") || Math.max(0, ...items.map((item) => item.value));
    caption.textContent = model.get("caption");
    caption.hidden = !model.get("caption");
    const at = [...body.rows].findIndex((row) => row.contains(document.activeElement));
    body.replaceChildren(...items.map((item) => bar(item, longest, model)));
    body.rows[at]?.querySelector("button")?.focus();
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
