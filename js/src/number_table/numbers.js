// The numbers of a table, and where each of them came from. What is calculated is Python's: here
// are only places, and formulas into which numbers are put.

import { figure } from "../lib/formatting.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Bytes } from "../types.js" */
/**
 * @typedef {object} Group
 * @property {string} name
 * @property {string} title
 * @property {"table" | "column" | "one"} kind a number each row and column, each row, or one alone
 * @property {string} formula with the places of the numbers that it takes
 * @property {boolean} [editable]
 * @property {boolean} [bars]
 * @property {string} [under] the group whose numbers its bars show
 */
/** @typedef {Group & { height: number, width: number, offset: number }} Laid */
/** @typedef {[group: string, row: number, column: number]} Place */
/**
 * @typedef {object} Traits
 * @property {Group[]} groups
 * @property {Bytes} numbers float32: every group's values, one after another
 * @property {string[]} columns
 * @property {string[]} rows
 * @property {Bytes[]} pictures
 * @property {string} source
 * @property {[rows: number, columns: number]} begun beyond these numbers were filled in
 * @property {Place[]} changed
 * @property {number} shown how many groups
 * @property {Place | []} hidden a number to be guessed
 * @property {number} row the one that was looked at last
 */

export const TARGETS = "targ";

const TERMS = 6; // of a long sum that are written out
const PLACE = /\{(\w+)(?:@(\w+))?(?:\|([^}]*))?\}/g;

/** @param {number} length */
const range = (length) => [...Array(length).keys()];

export class Numbers {
  /** @type {Map<string, Laid>} */
  groups = new Map();

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    const bytes = model.get("numbers");
    const { buffer, byteOffset, byteLength } = bytes;
    this.all = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    const [n, c] = [model.get("rows").length, model.get("columns").length];
    let offset = 0;
    for (const group of model.get("groups")) {
      const [height, width] = { table: [n, c], column: [n, 1], one: [1, 1] }[group.kind];
      this.groups.set(group.name, { ...group, height, width, offset });
      offset += height * width;
    }
  }

  /** @param {string} name */
  group(name) {
    const group = this.groups.get(name);
    if (!group) throw new Error(`There is no group ${name}.`);
    return group;
  }

  /**
   * @param {Laid} group
   * @param {number} r
   * @param {number} c
   */
  value({ offset, height, width }, r, c) {
    return this.all[offset + Math.min(r, height - 1) * width + Math.min(c, width - 1)];
  }

  /**
   * Rows and columns that a scope of a formula means, seen from a number's own place.
   *
   * @param {Laid} group
   * @param {string | undefined} scope
   * @param {number} r
   * @param {number} c
   * @returns {[row: number, column: number][]}
   */
  places(group, scope, r, c) {
    const inRow = range(group.width);
    if (scope === "row") return inRow.map((i) => [r, i]);
    if (scope === "others") return inRow.filter((i) => i !== c).map((i) => [r, i]);
    if (scope === "all") return range(group.height).map((i) => [i, 0]);
    if (scope === "second") return [[r, 1]];
    if (scope === "target") return [[r, this.value(this.group(TARGETS), r, 0)]];
    return [[group.kind === "one" ? 0 : r, group.kind === "table" ? c : 0]];
  }

  /**
   * A number's formula with the numbers put in, and where those stand.
   *
   * @param {Laid} group
   * @param {number} r
   * @param {number} c
   */
  origin(group, r, c) {
    /** @type {Place[]} */
    const sources = [];
    const text = group.formula.replace(PLACE, (_, name, scope, joiner = " + ") => {
      const source = this.group(name);
      const places = this.places(source, scope, r, c);
      for (const [i, j] of places) sources.push([name, i, j]);
      if (scope === "target") sources.push([TARGETS, r, 0]);
      const terms = places.slice(0, TERMS).map(([i, j]) => {
        const x = this.value(source, i, j);
        if (name === TARGETS) return String(x);
        return places.length > 1 && x < 0 ? `(${figure(x)})` : figure(x);
      });
      const more = places.length - terms.length;
      return terms.join(joiner) + (more ? `${joiner}... (${more} more)` : "");
    });
    return { text, sources };
  }
}
