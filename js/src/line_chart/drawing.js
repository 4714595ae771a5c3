// The pieces that a chart is drawn of.

import { svg } from "../lib/dom.js";
import { decimal, short } from "../lib/formatting.js";
import { BOTTOM, decades, HEIGHT, LEFT, LETTER, nearest, TOP, ticks } from "./scale.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Axes, Drawn, Scale, Traits } from "./scale.js" */
/** @typedef {AnyModel<Traits>} Model */

const FOOT = HEIGHT - BOTTOM;
const [LINE, ROW] = [14, 16]; // between labels of marks, and names of lines
const GAP = 6; // between labels along x

/**
 * @param {number} x
 * @param {number} y
 * @param {"start" | "middle" | "end"} anchor
 * @param {string} words
 */
const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);

/**
 * @param {number} x
 * @param {string} look
 */
const upright = (x, look) => svg("line", { x1: x, x2: x, y1: TOP, y2: FOOT, class: look });

/** @param {Drawn} line */
const look = ({ tone, dashed }) => `petwidgets-${tone}${dashed ? " petwidgets-dashed" : ""}`;

/**
 * The places whose labels have room, from the first one on.
 *
 * @param {[at: number, label: string][]} places
 * @param {(at: number) => number} x
 */
function apart(places, x) {
  let end = Number.NEGATIVE_INFINITY;
  return places.filter(([at, label]) => {
    const half = (LETTER * label.length) / 2;
    if (x(at) - half < end + GAP) return false;
    end = x(at) + half;
    return true;
  });
}

/**
 * Ticks, hairs and names of both axes.
 *
 * @param {Model} model
 * @param {Axes} axes
 * @param {Scale} scale
 */
export function frame(model, axes, { lowX, highX, lowY, highY, right, x, y }) {
  const heights = model.get("log_y")
    ? decades(lowY, highY, (at) => short(axes.down(at)))
    : ticks(lowY, highY);
  const places = model.get("log_x")
    ? decades(lowX, highX, (at) => `1e${at}`)
    : ticks(lowX, highX, model.get("whole"));
  const hair = (/** @type {number} */ at) =>
    svg("line", { x1: LEFT, x2: right, y1: y(at), y2: y(at), class: "petwidgets-hair" });
  return [
    ...heights.flatMap(([at, label]) => [hair(at), text(LEFT - 8, y(at) + 4, "end", label)]),
    ...apart(places, x).map(([at, label]) => text(x(at), FOOT + 18, "middle", label)),
    text((LEFT + right) / 2, HEIGHT - 6, "middle", model.get("across")),
    text(LEFT, 12, "start", model.get("up")),
  ];
}

/**
 * Bands behind the lines, with their names above.
 *
 * @param {Model} model
 * @param {Axes} axes
 * @param {Scale} scale
 */
export function bands(model, axes, { lowX, highX, x }) {
  return model.get("bands").flatMap((band) => {
    const from = x(Math.max(lowX, axes.there(band.from)));
    const width = Math.max(2, x(Math.min(highX, axes.there(band.to))) - from);
    const box = { x: from, y: TOP, width, height: FOOT - TOP, class: "petwidgets-chart-band" };
    return [svg("rect", box), text(from + width / 2, TOP - 5, "middle", band.label)];
  });
}

/**
 * A line with its intervals, and its dots where it has some or is a single one.
 *
 * @param {Drawn} line
 * @param {Axes} axes
 * @param {Scale} scale
 */
export function curve(line, axes, { x, y }) {
  const { points, dots, joined = true, spans = [], tone } = line;
  const path = points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  const intervals = spans.map(([at, from, to]) => {
    const [a, y1, y2] = [x(axes.there(at)), y(axes.up(from)), y(axes.up(to))];
    return svg("line", { x1: a, x2: a, y1, y2, class: `petwidgets-chart-span petwidgets-${tone}` });
  });
  const dot = (/** @type {[number, number]} */ [a, b]) =>
    svg("circle", { cx: x(a), cy: y(b), r: joined ? 3 : 5, class: `petwidgets-${tone}` });
  return [
    ...intervals,
    ...(joined ? [svg("polyline", { points: path, class: look(line) })] : []),
    ...(dots || points.length === 1 ? points.map(dot) : []),
  ];
}

/**
 * Of two lines the higher one at their end; where they meet there, at their beginning.
 *
 * @param {Drawn} a
 * @param {Drawn} b
 */
function higher({ points: a }, { points: b }) {
  return b[b.length - 1][1] - a[a.length - 1][1] || b[0][1] - a[0][1];
}

/**
 * The names of lines beside their ends, none over another.
 *
 * @param {Drawn[]} lines
 * @param {Scale} scale
 */
export function names(lines, { right, y }) {
  let above = Number.NEGATIVE_INFINITY;
  const lowest = FOOT - ROW * (lines.length - 1);
  return [...lines].sort(higher).flatMap((line) => {
    const end = y(line.points[line.points.length - 1][1]) + 4;
    above = Math.max(above + ROW, Math.min(end, lowest));
    const points = `${right + 4},${above - 4} ${right + 14},${above - 4}`;
    const key = svg("polyline", { points, class: look(line) });
    return [key, svg("text", { x: right + 19, y: above }, line.name)];
  });
}

/**
 * Marks along x, with their labels one under another.
 *
 * @param {Model} model
 * @param {Axes} axes
 * @param {Scale} scale
 */
export function marks(model, axes, { lowX, highX, right, x }) {
  return model
    .get("marks")
    .map(({ x: value, label }) => ({ u: axes.there(value), label }))
    .filter(({ u }) => u >= lowX && u <= highX)
    .sort((a, b) => a.u - b.u)
    .flatMap(({ u, label }, i) => {
      const [at, height] = [x(u), TOP + 12 + LINE * i];
      const turned = at > (LEFT + right) / 2;
      return [
        upright(at, "petwidgets-chart-mark"),
        text(at + (turned ? -4 : 4), height, turned ? "end" : "start", label),
      ];
    });
}

/**
 * What moves along x: a line, with a dot on each of those that are not dashed.
 *
 * @param {Model} model
 * @param {Drawn[]} lines
 * @param {Axes} axes
 * @param {Scale} scale
 */
export function handle(model, lines, axes, { lowX, highX, x, y }) {
  const value = model.get("at");
  const at = Math.max(lowX, Math.min(highX, axes.there(value)));
  const dots = lines
    .filter((line) => !line.dashed)
    .map(({ points, tone }) => {
      const [, height] = nearest(points, at);
      return svg("circle", { cx: x(at), cy: y(height), r: 7, class: `petwidgets-${tone}` });
    });
  const own = {
    class: "petwidgets-chart-point",
    tabindex: 0,
    role: "slider",
    "aria-label": model.get("across"),
    "aria-valuemin": decimal(axes.back(lowX)),
    "aria-valuemax": decimal(axes.back(highX)),
    "aria-valuenow": decimal(value),
    "aria-valuetext": short(value),
  };
  return svg("g", own, svg("line", { x1: x(at), x2: x(at), y1: TOP, y2: FOOT }), ...dots);
}
