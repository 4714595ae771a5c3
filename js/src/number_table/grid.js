// The table itself: its cells, what heads them, and how wide they are.

import { blobUrls, clamp, el } from "../lib/dom.js";
import { TARGETS } from "./numbers.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Laid, Traits } from "./numbers.js" */
/**
 * @typedef {object} Cell
 * @property {HTMLTableCellElement} td
 * @property {Node} text of which only this changes: no other cell is laid out again
 * @property {HTMLElement | null} bar
 * @property {HTMLInputElement | HTMLSelectElement | null} editor
 * @property {Laid} group
 * @property {number} r
 * @property {number} c
 */

const [CELL, PICTURE] = [75, 46]; // pixels that columns and pictures are wide
const [LETTER, LEAST, MOST] = [8.4, 40, 170]; // of columns that hold names

/**
 * @param {string} name of a group
 * @param {number} r
 * @param {number} c
 */
export const key = (name, r, c) => `${name},${r},${c}`;

/**
 * Make a bar as long as a value of -1 to 1, from the middle.
 *
 * @param {HTMLElement} bar
 * @param {number} value
 */
export function grow(bar, value) {
  const share = 50 * clamp(value || 0, -1, 1);
  bar.style.left = `${50 + Math.min(0, share)}%`;
  bar.style.width = `${Math.abs(share)}%`;
  bar.dataset.below = String(share < 0);
}

/**
 * @param {Laid} group
 * @param {number} r
 * @param {number} c
 * @returns {Cell}
 */
function cell(group, r, c) {
  const td = el("td", { className: `petwidgets-of-${group.kind}`, tabIndex: -1 });
  const text = group.kind === "one" ? el("span") : document.createTextNode("\u00a0");
  td.append(text);
  Object.assign(td.dataset, { group: group.name, row: r, column: c });
  if (group.editable) td.dataset.editable = "true";
  const bar = group.bars || group.under ? el("i", { "aria-hidden": true }) : null;
  if (bar) td.append(bar);
  return { td, text, bar, editor: null, group, r, c };
}

/**
 * @param {AnyModel<Traits>} model
 * @param {Laid[]} groups
 */
function head(model, groups) {
  const unseen = el("span", { className: "petwidgets-unseen" }, "photograph");
  const titles = el("tr", {}, el("th", { rowSpan: 2 }, unseen));
  const names = el("tr");
  for (const { name, title, kind, width } of groups) {
    const th = el("th", { "data-group": name }, el("span", {}, title));
    titles.append(th);
    if (kind !== "table") th.rowSpan = 2;
    else {
      Object.assign(th, { colSpan: width, scope: "colgroup" });
      for (const column of model.get("columns"))
        names.append(el("th", { scope: "col", title: column }, column.replaceAll("_", " ")));
    }
  }
  return el("thead", {}, titles, names);
}

/** @param {string[]} names */
const longest = (names) => Math.max(...names.map((name) => name.length));

/** @param {string[]} names */
const nameWidth = (names) => clamp(28 + LETTER * longest(names), LEAST, MOST);

/**
 * How wide the columns of a group are.
 *
 * @param {AnyModel<Traits>} model
 * @param {Laid} group
 */
function groupWidths(model, { name, title, kind, width }) {
  if (name === TARGETS)
    return [nameWidth(["target", ...model.get("columns").map((column) => `36 ${column}`)])];
  if (kind === "table") return Array(width).fill(CELL);
  return [Math.max(CELL, 14 + LETTER * longest(title.split(" ")))];
}

/** The rows and cells of the groups that are shown. */
export class Grid {
  /** @type {Map<string, Cell>} */
  cells = new Map(); // by `key`
  /** @type {Map<Element, Cell>} */
  byNode = new Map();
  /** @type {Cell[][]} */
  lines = []; // by row, from left to right
  urls = blobUrls();
  columns = ""; // names and widths of the groups

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    const own = { className: "petwidgets-sheet", role: "grid" };
    this.table = el("table", { ...own, "aria-label": "Numbers, step by step" });
    this.view = el("div", { className: "petwidgets-sheet-view" }, this.table);
  }

  /** @param {Laid[]} groups */
  build(groups) {
    const { model } = this;
    this.columns = groups.map(({ name, width }) => `${name} ${width}`).join();
    this.urls.free();
    this.cells = new Map();
    this.byNode = new Map();
    this.lines = [];
    const rows = model.get("rows").map((name, r) => this.line(name, r, groups));
    this.table.replaceChildren(this.widths(groups), head(model, groups), el("tbody", {}, ...rows));
  }

  /**
   * @param {string} name
   * @param {number} r
   * @param {Laid[]} groups
   */
  line(name, r, groups) {
    const th = el("th", { scope: "row" }, name);
    const url = this.urls.make(this.model.get("pictures")[r]);
    if (url) th.prepend(el("img", { src: url, alt: "" }));
    const line = groups
      .filter((group) => group.kind !== "one" || r === 0)
      .flatMap((group) => this.cellsOf(group, r));
    this.lines.push(line);
    return el("tr", {}, th, ...line.map(({ td }) => td));
  }

  /**
   * @param {Laid} group
   * @param {number} r
   */
  cellsOf(group, r) {
    const made = Array.from({ length: group.width }, (_, c) => cell(group, r, c));
    for (const one of made) {
      this.cells.set(key(group.name, r, one.c), one);
      this.byNode.set(one.td, one);
      if (group.kind === "one") one.td.rowSpan = this.model.get("rows").length;
    }
    return made;
  }

  /**
   * All widths are given, so that a changed number moves nothing and lays out no other cell.
   *
   * @param {Laid[]} groups
   */
  widths(groups) {
    const { model, table } = this;
    const pictures = model.get("pictures").length ? PICTURE : 0;
    const first = nameWidth(model.get("rows")) + pictures;
    const all = [first, ...groups.flatMap((group) => groupWidths(model, group))];
    table.style.setProperty("--petwidgets-name", `${first}px`);
    table.style.width = `${all.reduce((sum, width) => sum + width)}px`;
    return el("colgroup", {}, ...all.map((width) => el("col", { style: { width: `${width}px` } })));
  }

  /**
   * The cell that an event is about.
   *
   * @param {Event} event
   */
  at(event) {
    const td = event.target instanceof Element && event.target.closest("td");
    return td ? this.byNode.get(td) : undefined;
  }
}
