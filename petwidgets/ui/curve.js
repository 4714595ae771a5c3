const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [520, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 116, 12, 40];

function drawn(tag, attributes, text) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

function ticks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) found.push(i * step);
  return found.map((x) => Number(x.toPrecision(6)));
}

const range = (values) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
};

/* Of two lines the higher one at their end; where they meet there, at their beginning. */
const higher = (a, b) =>
  b.points.at(-1)[1] - a.points.at(-1)[1] || b.points[0][1] - a.points[0][1];

const nearest = (points, x) =>
  points.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));

function render({ model, el }) {
  el.classList.add("petwidgets-curve");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group" });
  el.append(svg);
  let [lowX, highX] = [0, 1];
  let handle = null;

  const place = (low, high, from, to) => (v) => from + ((v - low) / (high - low)) * (to - from);
  const bounded = (x) => Math.max(lowX, Math.min(highX, x));
  const move = (x) => {
    model.set("at", Number(bounded(x).toPrecision(4)));
    model.save_changes();
  };
  const point = (lines, x, y) => {
    const at = model.get("at");
    const group = drawn("g", {
      class: "petwidgets-curve-point", tabindex: 0, role: "slider", "aria-label": model.get("across"),
      "aria-valuemin": lowX, "aria-valuemax": highX, "aria-valuenow": at,
    });
    group.append(drawn("line", { x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM }));
    for (const { points, tone } of lines) {
      const [, height] = nearest(points, at);
      group.append(drawn("circle", { cx: x(at), cy: y(height), r: 7, class: `petwidgets-${tone}` }));
    }
    return group;
  };
  const draw = () => {
    const lines = model.get("lines").filter((line) => line.points.length);
    const held = handle && handle === document.activeElement;
    svg.replaceChildren();
    svg.setAttribute("aria-label", `${model.get("up")} over ${model.get("across")}`);
    if (!lines.length) return;
    const finite = lines.flatMap((line) => line.points).filter((p) => p.every(Number.isFinite));
    [lowX, highX] = range(finite.map((p) => p[0]));
    const [lowY, highY] = range(finite.map((p) => p[1]));
    const x = place(lowX, highX, LEFT, WIDTH - RIGHT);
    const y = place(lowY, highY, HEIGHT - BOTTOM, TOP);
    for (const at of ticks(lowY, highY)) {
      svg.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(at), y2: y(at), class: "petwidgets-hair" }));
      svg.append(drawn("text", { x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, at));
    }
    for (const at of ticks(lowX, highX))
      svg.append(drawn("text", { x: x(at), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, at));
    svg.append(drawn("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, model.get("across")));
    let above = -Infinity;
    for (const { name, tone, points } of [...lines].sort(higher)) {
      const path = points.filter((p) => p.every(Number.isFinite)).map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`);
      svg.append(drawn("polyline", { points: path.join(" "), class: `petwidgets-${tone}` }));
      above = Math.max(above + 16, y(points.at(-1)[1]) + 4);
      const mark = { points: `${WIDTH - RIGHT + 4},${above - 4} ${WIDTH - RIGHT + 14},${above - 4}` };
      svg.append(drawn("polyline", { ...mark, class: `petwidgets-${tone}` }));
      svg.append(drawn("text", { x: WIDTH - RIGHT + 19, y: above }, name));
    }
    handle = model.get("moves") ? point(lines, x, y) : null;
    if (!handle) return;
    svg.append(handle);
    if (held) handle.focus();
  };
  const pointed = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - RIGHT - LEFT);
    move(lowX + share * (highX - lowX));
  };
  svg.addEventListener("pointerdown", (event) => {
    if (!handle) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    handle.focus();
    pointed(event);
    svg.addEventListener("pointermove", pointed);
    const end = () => svg.removeEventListener("pointermove", pointed);
    svg.addEventListener("lostpointercapture", end, { once: true });
  });
  svg.addEventListener("keydown", (event) => {
    const [at, step] = [model.get("at"), model.get("step") * (event.shiftKey ? 10 : 1)];
    const to = {
      ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
      PageDown: at / 10, PageUp: at * 10, Home: lowX, End: highX,
    }[event.key];
    if (!handle || to === undefined) return;
    event.preventDefault();
    move(to);
  });
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
