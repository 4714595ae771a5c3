// Keys that go from number to number, and what else they do to one.

import { clamp } from "../lib/dom.js";
import { openEditor } from "./editing.js";
import { isTarget } from "./edits.js";

/** @import { Cell, Grid } from "./grid.js" */
/** @import { NumberTable } from "../number_table.js" */

const PAGE = 10; // rows

/**
 * The cell to which a key goes.
 *
 * @param {Grid} grid
 * @param {Cell} cell
 * @param {string} pressed
 * @returns {Cell | undefined}
 */
function target({ lines }, cell, pressed) {
  const at = lines[cell.r].indexOf(cell);
  const line = lines[cell.r];
  const below = (/** @type {number} */ n) => lines[clamp(cell.r + n, 0, lines.length - 1)][at];
  /** @type {Record<string, () => Cell | undefined>} */
  const ways = {
    ArrowLeft: () => line[at - 1],
    ArrowRight: () => line[at + 1],
    ArrowUp: () => below(-1),
    ArrowDown: () => below(1),
    PageUp: () => below(-PAGE),
    PageDown: () => below(PAGE),
    Home: () => line[0],
    End: () => line.at(-1),
  };
  return ways[pressed]?.();
}

/**
 * @param {NumberTable} sheet
 * @param {KeyboardEvent} event
 */
export function press(sheet, event) {
  const cell = sheet.grid.at(event);
  if (!cell || event.ctrlKey || event.metaKey) return;
  const { editable } = cell.group;
  const turn = event.altKey && { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key];
  const to = target(sheet.grid, cell, event.key);
  if (turn && editable)
    sheet.edits.change(cell, sheet.now(cell) + (isTarget(cell) ? 10 : 1) * turn);
  else if (to) sheet.go(to);
  else if (editable && /^(Enter|F2)$/.test(event.key)) openEditor(sheet, cell);
  else if (editable && /^[-\d.,]$/.test(event.key)) openEditor(sheet, cell, event.key);
  else return;
  event.preventDefault();
}
