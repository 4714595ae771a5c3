// From values to places in a chart, and back; ticks of its axes.

import { tickLabel } from "../lib/formatting.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @typedef {[x: number, y: number]} Point in a line that is drawn: by the logarithm where so asked */
/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} [title] what its column in the table is called
 * @property {string} tone
 * @property {[x: number, y: number | null][]} points
 * @property {[x: number, from: number, to: number][]} [spans] intervals
 * @property {boolean} [dashed]
 * @property {boolean} [dots]
 * @property {boolean} [joined] false: dots alone, no line through them
 */
/** @typedef {Omit<Line, "points"> & { points: Point[] }} Drawn */
/**
 * @typedef {object} Traits
 * @property {Line[]} lines
 * @property {{ x: number, label: string }[]} marks
 * @property {{ from: number, to: number, label: string }[]} bands
 * @property {string} across what x is
 * @property {string} up what y is
 * @property {boolean} whole whether x counts things
 * @property {boolean} log_x
 * @property {boolean} log_y
 * @property {boolean} from_zero whether y begins at 0
 * @property {number | null} most of y: cut off there
 * @property {boolean} moves
 * @property {number} at where the handle stands
 * @property {number} step of an arrow key
 */

export const [WIDTH, HEIGHT] = [560, 260]; // the first until the page says how wide it is
export const [LEFT, TOP, BOTTOM] = [56, 30, 40];
export const LETTER = 6.6; // how wide one is

/** @param {number[]} values */
function range(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/**
 * @param {Point[]} points
 * @param {number} x
 */
export const nearest = (points, x) =>
  points.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));

/**
 * Places and their labels; of what is counted, whole ones only.
 *
 * @param {number} low
 * @param {number} high
 * @param {boolean} [whole]
 * @returns {[at: number, label: string][]}
 */
export function ticks(low, high, whole = false) {
  const rough = (high - low) / 5 || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((n) => n * unit >= rough) ?? 10;
  const step = Math.max(unit * factor, whole ? 1 : 0);
  /** @type {[number, string][]} */
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    found.push([i * step, tickLabel(i * step, step)]);
  return found;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {(at: number) => string} label
 * @returns {[at: number, label: string][]}
 */
export function decades(low, high, label) {
  /** @type {[number, string][]} */
  const found = [];
  for (let at = Math.ceil(low - 1e-9); at <= high + 1e-9; at++) found.push([at, label(at)]);
  return found;
}

/** Where a model's values stand: by the logarithm where it asks for that. */
export class Axes {
  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
  }

  /** @param {number} x */
  there = (x) => (this.model.get("log_x") ? Math.log10(x) : x);

  /** @param {number} u */
  back = (u) => (this.model.get("log_x") ? 10 ** u : u);

  /** @param {number} y */
  up = (y) => (this.model.get("log_y") ? Math.log10(y) : y);

  /** @param {number} v */
  down = (v) => (this.model.get("log_y") ? 10 ** v : v);

  /** Lines as they are drawn, of what has a place; those without one are left out. */
  lines() {
    const most = this.model.get("most") ?? Number.POSITIVE_INFINITY;
    /** @param {Line["points"][0]} point */
    const placed = ([x, y]) =>
      /** @type {Point} */ ([this.there(x), y === null ? Number.NaN : this.up(Math.min(y, most))]);
    return this.model
      .get("lines")
      .map((line) => ({
        ...line,
        points: line.points.map(placed).filter((point) => point.every(Number.isFinite)),
      }))
      .filter((line) => line.points.length);
  }
}

/** The ranges that lines take, and the pixels that stand for them. */
export class Scale {
  /**
   * @param {Drawn[]} lines
   * @param {boolean} fromZero
   * @param {number} [width] of the chart in pixels
   */
  constructor(lines, fromZero, width = WIDTH) {
    this.width = width;
    const points = lines.flatMap((line) => line.points);
    const heights = points.map(([, y]) => y);
    const [lowX, highX] = range(points.map(([x]) => x));
    const [lowY, highY] = range(fromZero ? [...heights, 0] : heights);
    this.lowX = lowX;
    this.highX = highX;
    this.lowY = lowY;
    this.highY = highY;
    this.right = width - 26 - LETTER * Math.max(...lines.map((line) => line.name.length));
  }

  /** @param {number} u */
  x = (u) => LEFT + ((u - this.lowX) / (this.highX - this.lowX)) * (this.right - LEFT);

  /** @param {number} v */
  y = (v) => {
    const bottom = HEIGHT - BOTTOM;
    return bottom + ((v - this.lowY) / (this.highY - this.lowY)) * (TOP - bottom);
  };

  /**
   * The place along x of a share of the chart's width.
   *
   * @param {number} share
   */
  at(share) {
    const along = (share * this.width - LEFT) / (this.right - LEFT);
    return this.lowX + along * (this.highX - this.lowX);
  }
}
