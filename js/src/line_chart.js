import "./line_chart.css";
import { clamp, el, listen, save, svg, together } from "./lib/dom.js";
import { short } from "./lib/formatting.js";
import { bands, curve, frame, handle, marks, names } from "./line_chart/drawing.js";
import { Axes, HEIGHT, nearest, Scale, WIDTH } from "./line_chart/scale.js";
import { figures } from "./line_chart/table.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Drawn, Traits } from "./line_chart/scale.js" */

const NARROWEST = 280; // pixels

class Chart {
  /** @type {Drawn[]} */
  lines = [];
  /** @type {Scale | null} */
  scale = null; // there are no lines
  /** @type {SVGElement | null} */
  handle = null; // nothing moves
  readout = el("p");

  /**
   * @param {AnyModel<Traits>} model
   * @param {HTMLElement} root
   */
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.axes = new Axes(model);
    this.width = WIDTH;
    this.svg = svg("svg", { role: "group" });
    this.table = figures(model);
    root.append(this.svg, this.readout, this.table.fold);
  }

  draw() {
    const { model, axes } = this;
    const held = this.handle && this.handle === document.activeElement;
    this.lines = axes.lines();
    this.handle = this.scale = null;
    this.svg.replaceChildren();
    this.svg.setAttribute("aria-label", `${model.get("up")} over ${model.get("across")}`);
    this.root.hidden = !this.lines.length;
    if (!this.lines.length) return;
    this.table.fill();
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.scale = new Scale(this.lines, model.get("from_zero"), this.width);
    this.svg.append(...this.pieces(this.scale));
    if (!model.get("moves")) return;
    this.handle = handle(model, this.lines, axes, this.scale);
    this.svg.append(this.handle);
    if (held) this.handle.focus();
  }

  /** @param {Scale} scale */
  pieces(scale) {
    const { model, axes, lines } = this;
    return [
      ...bands(model, axes, scale),
      ...frame(model, axes, scale),
      ...lines.flatMap((line) => curve(line, axes, scale)),
      ...names(lines, scale),
      ...marks(model, axes, scale),
    ];
  }

  /** Draw at the width that the page gives, so that letters have their size on a phone, too. */
  fit() {
    const width = Math.max(NARROWEST, Math.round(this.svg.clientWidth));
    if (!this.svg.clientWidth || width === this.width) return;
    this.width = width;
    this.draw();
  }

  /** The points of all lines. */
  get points() {
    return this.lines.flatMap((line) => line.points);
  }

  /**
   * @param {Scale} scale
   * @param {PointerEvent} event
   */
  position(scale, event) {
    const box = this.svg.getBoundingClientRect();
    return scale.at((event.clientX - box.left) / box.width);
  }

  /**
   * Say the figures of the point that is nearest to the pointer.
   *
   * @param {PointerEvent} event
   */
  read(event) {
    if (!this.scale) return;
    const [at] = nearest(this.points, this.position(this.scale, event));
    const said = this.lines
      .map(({ name, points }) => /** @type {const} */ ([name, nearest(points, at)]))
      .filter(([, point]) => point[0] === at)
      .map(([name, point]) => `${name} ${short(this.axes.down(point[1]))}`);
    const where = `${this.model.get("across")} ${short(this.axes.back(at))}`;
    this.readout.textContent = `${where}: ${said.join(", ")}`;
  }

  /**
   * @param {Scale} scale
   * @param {number} u
   */
  move({ lowX, highX }, u) {
    const to = this.model.get("whole") ? nearest(this.points, u)[0] : clamp(u, lowX, highX);
    save(this.model, "at", Number(this.axes.back(to).toPrecision(4)));
  }

  /** @param {PointerEvent} event */
  grip(event) {
    if (!this.handle) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.handle.focus();
    const follow = (/** @type {PointerEvent} */ moved) => {
      if (this.scale) this.move(this.scale, this.position(this.scale, moved));
    };
    follow(event);
    this.svg.addEventListener("pointermove", follow);
    const end = () => this.svg.removeEventListener("pointermove", follow);
    this.svg.addEventListener("lostpointercapture", end, { once: true });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { model, axes, scale } = this;
    if (!this.handle || !scale) return;
    const at = axes.there(model.get("at"));
    const step = model.get("step") * (event.shiftKey ? 10 : 1);
    const decade = (/** @type {number} */ by) =>
      model.get("log_x") ? at + by : axes.back(at) * 10 ** by;
    const left = { ArrowLeft: at - step, ArrowDown: at - step, PageDown: decade(-1) };
    const right = { ArrowRight: at + step, ArrowUp: at + step, PageUp: decade(1) };
    const to = { ...left, ...right, Home: scale.lowX, End: scale.highX }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.move(scale, to);
  }
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-chart");
  const chart = new Chart(model, root);
  chart.svg.addEventListener("pointermove", (event) => chart.read(event));
  chart.svg.addEventListener("pointerleave", () => {
    chart.readout.textContent = "";
  });
  chart.svg.addEventListener("pointerdown", (event) => chart.grip(event));
  chart.svg.addEventListener("keydown", (event) => chart.press(event));
  chart.draw();
  const sizes = new ResizeObserver(() => chart.fit());
  sizes.observe(chart.svg);
  const deafen = listen(model, { change: () => chart.draw() });
  return together(deafen, () => sizes.disconnect());
}

export default { render };
