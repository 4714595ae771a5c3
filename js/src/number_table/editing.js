// A number that is typed: the box that opens in its cell.

import { el } from "../lib/dom.js";
import { figure } from "../lib/formatting.js";
import { isTarget } from "./edits.js";

/** @import { Cell } from "./grid.js" */
/** @import { NumberTable } from "../number_table.js" */

/**
 * @param {Cell} cell
 * @param {number} value
 * @param {string[]} columns
 */
function box(cell, value, columns) {
  if (!isTarget(cell)) return el("input", { value: figure(value), inputMode: "decimal" });
  const options = columns.map((name, i) => new Option(`${i} ${name}`, String(i)));
  const select = el("select", {}, ...options);
  select.value = String(value);
  return select;
}

/** An editor, until it is closed: a choice for a target, else a text. */
class Editor {
  closed = false;

  /**
   * @param {NumberTable} sheet
   * @param {Cell} cell
   */
  constructor(sheet, cell) {
    this.sheet = sheet;
    this.cell = cell;
    this.before = sheet.now(cell);
    this.input = box(cell, this.before, sheet.model.get("columns"));
    this.isChoice = isTarget(cell);
    const row = sheet.model.get("rows")[cell.r];
    this.input.setAttribute("aria-label", `${cell.group.title} of ${row}`);
  }

  /** @param {string} typed with this a person has begun already */
  open(typed) {
    const { cell, input } = this;
    cell.editor = input;
    if (typed && !this.isChoice) input.value = typed;
    cell.td.append(input);
    input.focus();
    if (!typed && input instanceof HTMLInputElement) input.select();
    input.addEventListener("blur", () => this.close(true, false));
    input.addEventListener("change", () => {
      if (this.isChoice) this.sheet.edits.tell(cell, Number(input.value));
    });
    input.addEventListener("keydown", (event) => this.press(/** @type {KeyboardEvent} */ (event)));
  }

  close(keep = true, back = true) {
    if (this.closed) return;
    this.closed = true;
    const { sheet, cell, input, before } = this;
    const changed = !this.isChoice && input.value.trim() !== figure(before);
    if (keep && changed) sheet.edits.tell(cell, input.value);
    if (!keep) sheet.edits.tell(cell, before);
    cell.editor = null;
    input.remove();
    sheet.update();
    if (back) cell.td.focus();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    event.stopPropagation();
    const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") this.close();
    else if (event.key === "Escape") this.close(false);
    else if (turn && !this.isChoice) this.turn(turn * (event.shiftKey ? 1 : 0.1));
    else return;
    event.preventDefault();
  }

  /** @param {number} by */
  turn(by) {
    const value = Number(this.input.value.replace(",", "."));
    if (!Number.isFinite(value)) return;
    this.input.value = figure(this.sheet.edits.change(this.cell, value + by));
  }
}

/**
 * @param {NumberTable} sheet
 * @param {Cell} cell
 */
export function openEditor(sheet, cell, typed = "") {
  new Editor(sheet, cell).open(typed);
}
