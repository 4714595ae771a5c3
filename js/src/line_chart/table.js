// The figures of a chart, under a fold.

import { el, tr } from "../lib/dom.js";
import { short } from "../lib/formatting.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Line, Traits } from "./scale.js" */

const DIGITS = 6;

/**
 * A line's figure at x, with its interval where it has one; empty where the line has no point.
 *
 * @param {Line} line
 * @param {number} x
 */
function written({ points, spans = [] }, x) {
  const y = points.find((point) => point[0] === x)?.[1] ?? null;
  const span = spans.find((one) => one[0] === x);
  const reach = span ? ` (${short(span[1], DIGITS)} to ${short(span[2], DIGITS)})` : "";
  return y === null ? "" : short(y, DIGITS) + reach;
}

/**
 * The figures of all lines, by x; made when somebody opens it.
 *
 * @param {AnyModel<Traits>} model
 */
export function figures(model) {
  const table = el("table");
  const view = el("div", { tabIndex: 0 }, table);
  const fold = el("details", {}, el("summary", {}, "Table"), view);
  const fill = () => {
    if (!fold.open) return;
    const lines = model.get("lines");
    const all = new Set(lines.flatMap((line) => line.points.map(([x]) => x)));
    const names = [model.get("across"), ...lines.map((line) => line.title ?? line.name)];
    const row = (/** @type {number} */ x) =>
      tr("td", [short(x, DIGITS), ...lines.map((line) => written(line, x))]);
    view.setAttribute("aria-label", `${model.get("up")}: table`);
    view.setAttribute("role", "group");
    table.replaceChildren(
      el("thead", {}, tr("th", names)),
      el("tbody", {}, ...[...all].sort((a, b) => a - b).map(row)),
    );
  };
  fold.addEventListener("toggle", fill);
  return { fold, fill };
}
