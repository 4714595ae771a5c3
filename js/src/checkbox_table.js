import "./checkbox_table.css";
import { columnAlign, el, listen, save, scrollByKeyboard, together, tr } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {string} caption
 * @property {string[]} header
 * @property {string[]} names one of each row
 * @property {string[][]} rows
 * @property {string[]} chosen names of the rows that are ticked
 */

const NUMBER = /^[-<>]?(\d+|\d[\d.,]*\d)( |$)/;

/**
 * @param {string[]} cells
 * @param {string} name
 * @param {AnyModel<Traits>} model
 */
function row([first, ...rest], name, model) {
  const tick = () => {
    const others = model.get("chosen").filter((one) => one !== name);
    save(model, "chosen", box.checked ? [...others, name] : others);
  };
  const box = el("input", { type: "checkbox", value: name, onchange: tick });
  const made = tr("td", rest);
  for (const cell of made.cells) columnAlign(cell, NUMBER);
  made.prepend(el("td", { className: "petwidgets-words" }, el("label", {}, box, first)));
  return made;
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const table = el("table", { className: "petwidgets-table petwidgets-picks" });
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  root.append(table);
  const boxes = () => [...body.querySelectorAll("input")];
  const tick = () => {
    for (const box of boxes()) {
      box.checked = model.get("chosen").includes(box.value);
      const own = box.closest("tr");
      if (own) own.className = box.checked ? "petwidgets-picked" : "";
    }
  };
  const draw = () => {
    // A row that is still there keeps the focus, though all rows are made anew.
    const held = boxes().find((box) => box === document.activeElement)?.value;
    const names = model.get("names");
    table.hidden = !names.length;
    caption.textContent = model.get("caption");
    head.replaceChildren(tr("th", model.get("header")));
    for (const cell of head.rows[0].cells) columnAlign(cell, NUMBER);
    body.replaceChildren(
      ...model.get("rows").map((cells, at) => row(cells, names[at] ?? "", model)),
    );
    tick();
    boxes()
      .find((box) => box.value === held)
      ?.focus();
  };
  draw();
  const handlers = {
    "change:caption change:header change:names change:rows": draw,
    "change:chosen": tick,
  };
  return together(scrollByKeyboard(root), listen(model, handlers));
}

export default { render };
