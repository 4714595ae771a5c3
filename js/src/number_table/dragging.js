// A number that is dragged sideways; one that is only pressed opens its editor.

import { say } from "../lib/dom.js";
import { openEditor } from "./editing.js";
import { isTarget } from "./edits.js";

/** @import { Cell } from "./grid.js" */
/** @import { NumberTable } from "../number_table.js" */

const STILL = 4; // pixels within which a press is no drag
const [NUMBER, TARGET] = [1 / 50, 1 / 24]; // a pixel's worth

/**
 * @param {NumberTable} sheet
 * @param {Cell} cell
 * @param {PointerEvent} pressed
 */
function drag(sheet, cell, pressed) {
  const { td } = cell;
  const began = sheet.now(cell);
  const scale = isTarget(cell) ? TARGET : NUMBER;
  const move = (/** @type {PointerEvent} */ moved) => {
    const way = moved.clientX - pressed.clientX;
    if (!sheet.dragged && Math.abs(way) < STILL) return;
    sheet.dragged = cell;
    td.setPointerCapture(moved.pointerId);
    const next = sheet.edits.change(cell, began + way * scale * (moved.shiftKey ? 10 : 1));
    say(cell.text, sheet.written(cell, next));
  };
  const ended = new AbortController();
  const forget = () => {
    ended.abort();
    sheet.dragged = null;
  };
  const end = () => {
    if (!sheet.dragged) openEditor(sheet, cell);
    forget();
  };
  // A finger that scrolls has pressed nothing, and changes nothing.
  const cancel = () => {
    if (sheet.dragged) sheet.edits.tell(cell, began);
    forget();
  };
  const { signal } = ended;
  td.addEventListener("pointermove", move, { signal });
  td.addEventListener("pointerup", end, { signal });
  td.addEventListener("pointercancel", cancel, { signal });
}

/**
 * @param {NumberTable} sheet
 * @param {PointerEvent} event
 */
export function pressed(sheet, event) {
  const cell = sheet.grid.at(event);
  if (!cell || cell.editor) return;
  sheet.go(cell);
  if (!cell.group.editable) return;
  event.preventDefault();
  drag(sheet, cell, event);
}
