// Numbers that a person changes, on their way to Python.

import { clamp } from "../lib/dom.js";
import { key } from "./grid.js";
import { TARGETS } from "./numbers.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Cell } from "./grid.js" */
/** @import { Traits } from "./numbers.js" */

/** @param {Cell} cell */
export const isTarget = ({ group }) => group.name === TARGETS;

/** The next are sent when the last are done: a drag asks no more often than it is answered. */
export class Edits {
  /** @type {Map<string, [group: string, row: number, column: number, value: number | string]>} */
  waiting = new Map();
  busy = false;

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
  }

  send() {
    if (this.busy || !this.waiting.size) return;
    this.busy = true;
    this.model.send({ edits: [...this.waiting.values()] });
    this.waiting.clear();
  }

  done() {
    this.busy = false;
    this.send();
  }

  /**
   * @param {Cell} cell
   * @param {number | string} value a text is what was typed
   */
  tell({ group, r, c }, value) {
    this.waiting.set(key(group.name, r, c), [group.name, r, c, value]);
    this.send();
  }

  /**
   * Tell a number within its bounds.
   *
   * @param {Cell} cell
   * @param {number} value
   * @returns what was told
   */
  change(cell, value) {
    const last = this.model.get("columns").length - 1;
    const next = isTarget(cell) ? clamp(Math.round(value), 0, last) : Math.round(value * 1e4) / 1e4;
    this.tell(cell, next);
    return next;
  }
}
