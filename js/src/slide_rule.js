import "./slide_rule.css";
import { clamp, closest, listen, save, svg } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ a: number, b: number }} Traits two numbers that are multiplied */
/** @typedef {keyof Traits} Name */

const [WIDTH, HEIGHT, SIDE] = [620, 140, 24];
const DECADES = 3; // on each side of 1
const LEAST = 10 ** -DECADES;
const [SCALE, A, B] = [108, 76, 36]; // heights of the scale and of the arrows
const TIP = ".petwidgets-rule-tip";

/** @type {Record<string, number>} */
const FACTORS = {
  ArrowLeft: 1 / 1.1,
  ArrowDown: 1 / 1.1,
  ArrowRight: 1.1,
  ArrowUp: 1.1,
  PageDown: 0.1,
  PageUp: 10,
};

/** @param {number} x */
const place = (x) => SIDE + ((Math.log10(x) + DECADES) / (2 * DECADES)) * (WIDTH - 2 * SIDE);

/** @param {number} at */
const number = (at) => 10 ** (((at - SIDE) / (WIDTH - 2 * SIDE)) * 2 * DECADES - DECADES);

/** @param {number} x */
const bounded = (x) => Number(clamp(x, LEAST, 1 / LEAST).toPrecision(2));

/**
 * The next number at a key: a tenth of a small one may be rounded away, then the last digit moves.
 *
 * @param {number} now
 * @param {number} factor
 */
export function stepped(now, factor) {
  const next = now * factor;
  const digit = 10 ** (Math.floor(Math.log10(now)) - 1);
  return bounded(next) === now ? now + Math.sign(factor - 1) * digit : next;
}

/** The scale, with its numbers. */
function scale() {
  const ticks = [];
  for (let decade = -DECADES; decade <= DECADES; decade++) {
    for (let digit = 1; digit < (decade < DECADES ? 10 : 2); digit++) {
      const x = place(digit * 10 ** decade);
      const y2 = digit === 1 ? 94 : 102;
      ticks.push(svg("line", { x1: x, x2: x, y1: SCALE, y2, class: "petwidgets-rule-tick" }));
    }
    const label = { x: place(10 ** decade), y: 126, "text-anchor": "middle" };
    ticks.push(svg("text", label, String(Number((10 ** decade).toPrecision(1)))));
  }
  const [x1, x2] = [SIDE, WIDTH - SIDE];
  const line = { x1, x2, y1: SCALE, y2: SCALE, class: "petwidgets-rule-tick" };
  return [...ticks, svg("line", line)];
}

/**
 * An arrow from one number to another, at a height.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} y
 * @param {string} tone
 */
function arrow(from, to, y, tone) {
  const [x1, x2] = [place(from), place(to)];
  const tip = Math.sign(x2 - x1) * 8;
  const line = svg("line", { x1, x2, y1: y, y2: y });
  const head = svg("path", { d: `M${x2},${y} l${-tip},-6 v12 z` });
  return svg("g", { class: `petwidgets-rule-${tone}` }, line, head);
}

/**
 * An arrow whose tip can be moved.
 *
 * @param {Name} name
 * @param {number} value
 * @param {number} from
 * @param {number} y
 */
function handle(name, value, from, y) {
  const x = place(from * value);
  const said = `${name === "b" ? "× " : ""}${value}`;
  return svg(
    "g",
    {
      class: "petwidgets-rule-tip",
      tabindex: 0,
      role: "slider",
      "aria-label": name,
      "aria-valuemin": LEAST,
      "aria-valuemax": 1 / LEAST,
      "aria-valuenow": value,
      "data-name": name,
    },
    arrow(from, from * value, y, name),
    svg("circle", { cx: x, cy: y, r: 9 }),
    svg("text", { x, y: y - 13, "text-anchor": "middle" }, said),
  );
}

/**
 * @param {SVGSVGElement} rule
 * @param {Name} name
 */
function focus(rule, name) {
  /** @type {SVGElement | null} */
  const tip = rule.querySelector(`[data-name="${name}"]`);
  tip?.focus();
}

/**
 * The number whose tip an event is about.
 *
 * @param {Event} event
 */
const named = (event) => /** @type {Name | undefined} */ (closest(event, TIP)?.dataset.name);

/**
 * @param {SVGSVGElement} rule
 * @param {AnyModel<Traits>} model
 */
function listenForDrags(rule, model) {
  rule.addEventListener("pointerdown", (event) => {
    const name = named(event);
    if (!name) return;
    event.preventDefault();
    rule.setPointerCapture(event.pointerId);
    focus(rule, name);
    const move = (/** @type {PointerEvent} */ moved) => {
      const box = rule.getBoundingClientRect();
      const at = number(((moved.clientX - box.left) / box.width) * WIDTH);
      save(model, name, bounded(name === "a" ? at : at / model.get("a")));
    };
    const end = () => rule.removeEventListener("pointermove", move);
    rule.addEventListener("pointermove", move);
    rule.addEventListener("lostpointercapture", end, { once: true });
  });
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-rule");
  const own = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": "A slide rule" };
  const rule = svg("svg", own);
  root.append(rule);
  const draw = () => {
    const active = document.activeElement;
    const held = active instanceof SVGElement && rule.contains(active) && active.dataset.name;
    const [a, b] = [model.get("a"), model.get("b")];
    const end = { x1: place(a * b), x2: place(a * b), y1: 45, y2: SCALE };
    rule.replaceChildren(
      ...scale(),
      handle("a", a, 1, A),
      handle("b", b, a, B),
      svg("line", { ...end, class: "petwidgets-rule-end" }),
    );
    if (held) focus(rule, /** @type {Name} */ (held));
  };
  rule.addEventListener("keydown", (event) => {
    const name = named(event);
    const factor = FACTORS[event.key];
    if (!name || (!factor && event.key !== "Home")) return;
    event.preventDefault();
    save(model, name, factor ? bounded(stepped(model.get(name), factor)) : 1);
  });
  listenForDrags(rule, model);
  draw();
  return listen(model, { change: draw });
}

export default { render };
