import "./table.css";
import { columnAlign, el, listen, save, scrollByKeyboard, together, tr } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {string} caption
 * @property {string[]} header
 * @property {string[][]} rows
 * @property {string} [summary] of a table that is folded: what stands on the fold
 * @property {boolean} [opened]
 */

const NUMBER = /^[-+<>]? ?(\d|\.|inf$|nan$)/;

/**
 * @param {"td" | "th"} tag
 * @param {string[]} texts
 */
function row(tag, texts) {
  const made = tr(tag, texts);
  for (const cell of made.cells) columnAlign(cell, NUMBER);
  return made;
}

/**
 * Around a table whose rows come when it is opened.
 *
 * @param {AnyModel<Traits>} model
 * @param {HTMLElement} root
 * @param {HTMLTableElement} table
 */
function folded(model, root, table) {
  const summary = el("summary");
  const details = el("details", { open: model.get("opened") }, summary, table);
  details.addEventListener("toggle", () => {
    if (details.open !== model.get("opened")) save(model, "opened", details.open);
  });
  root.classList.add("petwidgets-folded");
  root.append(details);
  return () => {
    summary.textContent = model.get("summary") ?? "";
    details.hidden = !model.get("summary");
  };
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const table = el("table", { className: "petwidgets-table" });
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  root.append(table);
  const name = model.get("summary") === undefined ? () => {} : folded(model, root, table);
  const draw = () => {
    name();
    table.hidden = !model.get("rows").length;
    caption.textContent = model.get("caption");
    head.replaceChildren(row("th", model.get("header")));
    body.replaceChildren(...model.get("rows").map((cells) => row("td", cells)));
  };
  draw();
  return together(scrollByKeyboard(root), listen(model, { change: draw }));
}

export default { render };
