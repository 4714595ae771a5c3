import "./number_table.css";
import { el, listen, save, say, together } from "./lib/dom.js";
import { figure } from "./lib/formatting.js";
import { pressed } from "./number_table/dragging.js";
import { Edits, isTarget } from "./number_table/edits.js";
import { Grid, grow, key } from "./number_table/grid.js";
import { press } from "./number_table/moving.js";
import { Numbers } from "./number_table/numbers.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Cell } from "./number_table/grid.js" */
/** @import { Traits } from "./number_table/numbers.js" */

const HINT = "Point at a number, or go to it with the arrow keys, to see where it came from.";
const HOW =
  "To change one: type, drag it sideways, or press Enter and then the up and down arrows.";

const CHANGED = "changed by you";
const FILLED = "filled in at random";

/** A table of numbers of which each shows where it came from, and some can be changed. */
export class NumberTable {
  /** @type {Cell[]} */
  lit = []; // one, and those that it came from
  /** @type {Cell | null} */
  dragged = null;
  source = el("p", { className: "petwidgets-sheet-source" });
  formula = el("p", { className: "petwidgets-sheet-formula", "aria-live": "polite" }, HINT);
  how = el("p", { className: "petwidgets-sheet-how" }, HOW);

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    this.numbers = new Numbers(model);
    this.grid = new Grid(model);
    this.edits = new Edits(model);
  }

  // --- what stands in a cell ---

  /** @param {Cell} cell */
  now({ group, r, c }) {
    return this.numbers.value(group, r, c);
  }

  /**
   * @param {Cell} cell
   * @param {number} x
   */
  written(cell, x) {
    return isTarget(cell) ? `${x} ${this.model.get("columns")[x] ?? ""}` : figure(x);
  }

  /** @param {Cell} cell */
  words(cell) {
    const [name, row, column] = this.model.get("hidden");
    const guessed = name === cell.group.name && row === cell.r && column === cell.c;
    return guessed ? "?" : this.written(cell, this.now(cell));
  }

  /**
   * @param {Cell} cell
   * @param {boolean} changed
   */
  mark({ td, group, r, c }, changed) {
    const [rows, columns] = this.model.get("begun");
    const filled = group.editable && (r >= rows || (group.kind === "table" && c >= columns));
    td.title = changed ? CHANGED : filled ? FILLED : "";
    if (changed || filled) td.dataset.changed = changed ? "you" : "filled";
    else delete td.dataset.changed;
  }

  // --- drawing ---

  build() {
    const { grid, model } = this;
    const { table, view } = grid;
    const active = document.activeElement;
    const held = active && table.contains(active) ? grid.byNode.get(active) : undefined;
    this.numbers = new Numbers(model);
    const [pointed] = this.lit;
    const before = grid.columns;
    const shown = [...this.numbers.groups.values()].slice(0, model.get("shown"));
    this.lit = [];
    grid.build(shown);
    say(this.formula, shown.length ? HINT : "");
    this.how.hidden = !shown.some((group) => group.editable);
    const first = this.again(held) ?? grid.lines[0]?.[0];
    if (first) first.td.tabIndex = 0;
    if (held) first?.td.focus({ preventScroll: true });
    const lit = this.again(pointed);
    if (lit && !this.lit.length) this.lit = [lit]; // `update` says where its new number comes from
    this.update();
    // A step forward is looked at, in a table that is wider than the screen too.
    if (before && grid.columns.startsWith(`${before},`)) view.scrollLeft = view.scrollWidth;
  }

  /**
   * The cell in the place of one of the table before.
   *
   * @param {Cell | undefined} cell
   */
  again(cell) {
    return cell && this.grid.cells.get(key(cell.group.name, cell.r, cell.c));
  }

  update() {
    const { model } = this;
    this.numbers = new Numbers(model);
    this.source.textContent = model.get("source");
    const changed = new Set(model.get("changed").map((place) => key(...place)));
    for (const [name, cell] of this.grid.cells) {
      this.mark(cell, changed.has(name));
      if (cell !== this.dragged && !cell.editor) this.refresh(cell);
    }
    if (this.lit[0]) this.light(this.lit[0]);
  }

  /** @param {Cell} cell */
  refresh(cell) {
    cell.group = this.numbers.group(cell.group.name);
    say(cell.text, this.words(cell));
    if (!cell.bar) return;
    const { under, name } = cell.group;
    grow(cell.bar, this.numbers.value(this.numbers.group(under || name), cell.r, cell.c));
  }

  // --- where a number came from ---

  /** @param {Cell} cell */
  light(cell) {
    const { group, r, c, td } = cell;
    for (const one of this.lit) one.td.removeAttribute("data-lit");
    const { text, sources } = this.numbers.origin(group, r, c);
    const found = sources.map((place) => this.grid.cells.get(key(...place)));
    this.lit = [cell, ...found.filter((one) => one !== undefined)];
    for (const one of this.lit) one.td.dataset.lit = one === cell ? "this" : "source";
    const made = text ? `${text} = ` : "";
    const by = td.title && ` (${td.title})`;
    say(this.formula, `${this.name(cell)}: ${made}${this.words(cell)}${by}`);
  }

  /** @param {Cell} cell */
  name({ group, r, c }) {
    const where = group.kind === "one" ? "" : ` of ${this.model.get("rows")[r]}`;
    if (group.kind !== "table") return group.title + where;
    return `${group.title}${where}, ${this.model.get("columns")[c].replaceAll("_", " ")}`;
  }

  /** @param {Cell} cell */
  go({ td }) {
    for (const one of this.grid.table.querySelectorAll("td")) one.tabIndex = -1;
    td.tabIndex = 0;
    td.focus();
  }

  /** @param {Cell | undefined} cell */
  focused(cell) {
    if (!cell) return;
    this.light(cell);
    if (this.model.get("row") !== cell.r) save(this.model, "row", cell.r);
  }
}

/**
 * Draw once for several traits: they come in one message, each with an event of its own.
 *
 * @param {NumberTable} sheet
 */
function drawer(sheet) {
  /** @type {"" | "update" | "build"} */
  let due = "";
  const settle = () => {
    const how = due || "update";
    due = "";
    sheet[how]();
  };
  return (/** @type {"update" | "build"} */ how) => {
    if (!due) queueMicrotask(settle);
    if (due !== "build") due = how;
  };
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const sheet = new NumberTable(model);
  const { source, formula, how, grid, edits } = sheet;
  root.classList.add("petwidgets-sheet-part");
  root.append(source, formula, grid.view, how);
  const { table } = grid;
  table.addEventListener("keydown", (event) => press(sheet, event));
  table.addEventListener("pointerdown", (event) => pressed(sheet, event));
  table.addEventListener("focusin", (event) => sheet.focused(grid.at(event)));
  table.addEventListener("mouseover", (event) => {
    const cell = grid.at(event);
    if (cell && !sheet.dragged) sheet.light(cell);
  });
  const draw = drawer(sheet);
  const hear = (/** @type {{ done?: boolean }} */ message) => {
    if (!message.done) return;
    draw("update");
    edits.done();
  };
  const deafen = listen(model, {
    "change:groups change:rows change:columns change:pictures change:shown": () => draw("build"),
    "change:numbers change:hidden change:source change:changed change:begun": () => draw("update"),
    "msg:custom": hear,
  });
  sheet.build();
  return together(deafen, () => grid.urls.free());
}

export default { render };
