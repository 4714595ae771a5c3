import "./line_chart.css";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [560, 260];
const [LEFT, TOP, BOTTOM, LETTER] = [56, 30, 40, 6.6];

function drawn(tag, attributes, text) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

const power = (size) => Math.floor(Math.log10(size) + 1e-9);

/* With as many digits as neighbours differ in, so that no two ticks read alike. */
function labelled(value, step) {
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e5)) return value.toExponential(Math.max(0, power(size) - power(step)));
  return String(Number(value.toFixed(Math.max(0, -power(step)))));
}

/* Places and their labels; of what is counted, whole ones only. */
function ticks(low, high, whole) {
  const rough = (high - low) / 5 || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(unit * [1, 2, 5, 10].find((n) => n * unit >= rough), whole ? 1 : 0);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found.map((at) => [at, labelled(at, step)]);
}

function decades(low, high, label) {
  const found = [];
  for (let at = Math.ceil(low - 1e-9); at <= high + 1e-9; at++) found.push([at, label(at)]);
  return found;
}

const short = (value, digits = 4) => {
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e5)) return value.toExponential(digits - 3);
  return String(Number(value.toPrecision(digits)));
};

const range = (values) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
};

const look = (tone, dashed) => "petwidgets-" + tone + (dashed ? " petwidgets-dashed" : "");

/* Of two lines the higher one at their end; where they meet there, at their beginning. */
const higher = (a, b) =>
  b.points.at(-1)[1] - a.points.at(-1)[1] || b.points[0][1] - a.points[0][1];

const nearest = (points, x) =>
  points.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));

const made = (tag, ...children) => {
  const el = document.createElement(tag);
  el.append(...children);
  return el;
};

/* A line's figure at x, with its interval where it has one; empty where the line has no point. */
function written({ points, spans = [] }, x) {
  const y = points.find((point) => point[0] === x)?.[1] ?? null;
  const span = spans.find((one) => one[0] === x);
  const reach = span ? ` (${short(span[1], 6)} to ${short(span[2], 6)})` : "";
  return y === null ? "" : short(y, 6) + reach;
}

/* The figures of all lines, by x; made when somebody opens it. */
function tabled(model, el) {
  const table = made("table");
  const view = made("div", table);
  const fold = made("details", made("summary", "Table"), view);
  view.tabIndex = 0;
  el.append(fold);
  const fill = () => {
    if (!fold.open) return;
    const lines = model.get("lines");
    const all = [...new Set(lines.flatMap((line) => line.points.map((point) => point[0])))];
    const names = [model.get("across"), ...lines.map((line) => line.title ?? line.name)];
    const rows = all.sort((a, b) => a - b).map((x) => [short(x, 6), ...lines.map((line) => written(line, x))]);
    const row = (cells, tag) => made("tr", ...cells.map((text) => made(tag, text)));
    view.setAttribute("aria-label", `${model.get("up")}: table`);
    view.setAttribute("role", "group");
    table.replaceChildren(made("thead", row(names, "th")), made("tbody", ...rows.map((cells) => row(cells, "td"))));
  };
  fold.addEventListener("toggle", fill);
  return fill;
}

function render({ model, el }) {
  el.classList.add("petwidgets-chart");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group" });
  const readout = document.createElement("p");
  el.append(svg, readout);
  const fill = tabled(model, el);
  let [lowX, highX, right] = [0, 1, WIDTH];
  let [handle, lines] = [null, []];

  // Positions along x, by the logarithm where so asked.
  const there = (x) => (model.get("log_x") ? Math.log10(x) : x);
  const back = (u) => (model.get("log_x") ? 10 ** u : u);
  const up = (y) => (model.get("log_y") ? Math.log10(y) : y);
  const down = (v) => (model.get("log_y") ? 10 ** v : v);
  const place = (low, high, from, to) => (v) => from + ((v - low) / (high - low)) * (to - from);
  const move = (u) => {
    const to = model.get("whole") ? nearest(lines.flatMap((line) => line.points), u)[0] : Math.max(lowX, Math.min(highX, u));
    model.set("at", Number(back(to).toPrecision(4)));
    model.save_changes();
  };
  const point = (x, y) => {
    const at = Math.max(lowX, Math.min(highX, there(model.get("at"))));
    const group = drawn("g", {
      class: "petwidgets-chart-point", tabindex: 0, role: "slider", "aria-label": model.get("across"),
      "aria-valuemin": back(lowX), "aria-valuemax": back(highX), "aria-valuenow": model.get("at"),
      "aria-valuetext": short(model.get("at")),
    });
    group.append(drawn("line", { x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM }));
    for (const { points, tone } of lines.filter((line) => !line.dashed)) {
      const [, height] = nearest(points, at);
      group.append(drawn("circle", { cx: x(at), cy: y(height), r: 7, class: `petwidgets-${tone}` }));
    }
    return group;
  };
  const frame = (x, y, lowY, highY) => {
    const named = model.get("log_y") ? decades(lowY, highY, (at) => short(down(at))) : ticks(lowY, highY);
    for (const [at, text] of named) {
      svg.append(drawn("line", { x1: LEFT, x2: right, y1: y(at), y2: y(at), class: "petwidgets-hair" }));
      svg.append(drawn("text", { x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, text));
    }
    const found = model.get("log_x") ? decades(lowX, highX, (at) => `1e${at}`) : ticks(lowX, highX, model.get("whole"));
    for (const [at, text] of found) {
      svg.append(drawn("text", { x: x(at), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, text));
    }
    svg.append(drawn("text", { x: (LEFT + right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, model.get("across")));
    svg.append(drawn("text", { x: LEFT, y: 12, "text-anchor": "start" }, model.get("up")));
  };
  const shade = (x) => {
    for (const band of model.get("bands")) {
      const [from, to] = [x(Math.max(lowX, there(band.from))), x(Math.min(highX, there(band.to)))];
      const width = Math.max(2, to - from);
      svg.append(drawn("rect", { x: from, y: TOP, width, height: HEIGHT - BOTTOM - TOP, class: "petwidgets-chart-band" }));
      svg.append(drawn("text", { x: from + width / 2, y: TOP - 5, "text-anchor": "middle" }, band.label));
    }
  };
  const mark = (x) => {
    const marks = model.get("marks").filter((one) => there(one.x) >= lowX && there(one.x) <= highX);
    marks.sort((a, b) => a.x - b.x).forEach((one, i) => {
      const [at, y] = [x(there(one.x)), TOP + 12 + 14 * i];
      svg.append(drawn("line", { x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM, class: "petwidgets-chart-mark" }));
      const turned = at > (LEFT + right) / 2;
      svg.append(drawn("text", { x: at + (turned ? -4 : 4), y, "text-anchor": turned ? "end" : "start" }, one.label));
    });
  };
  const name = (y) => {
    let above = -Infinity;
    for (const { name, tone, points, dashed } of [...lines].sort(higher)) {
      above = Math.max(above + 16, Math.min(y(points.at(-1)[1]) + 4, HEIGHT - BOTTOM - 16 * (lines.length - 1)));
      const mark = { points: `${right + 4},${above - 4} ${right + 14},${above - 4}` };
      svg.append(drawn("polyline", { ...mark, class: look(tone, dashed) }));
      svg.append(drawn("text", { x: right + 19, y: above }, name));
    }
  };
  const draw = () => {
    const held = handle && handle === document.activeElement;
    const cut = (y) => (model.get("most") === null ? y : Math.min(y, model.get("most")));
    const scaled = ([x, y]) => [there(x), y === null ? NaN : up(cut(y))];
    lines = model.get("lines").map((line) => ({
      ...line, points: line.points.map(scaled).filter((p) => p.every(Number.isFinite)),
    })).filter((line) => line.points.length);
    svg.replaceChildren();
    svg.setAttribute("aria-label", `${model.get("up")} over ${model.get("across")}`);
    el.hidden = !lines.length;
    handle = null;
    if (!lines.length) return;
    fill();
    const all = lines.flatMap((line) => line.points);
    [lowX, highX] = range(all.map((p) => p[0]));
    const [lowY, highY] = range([...all.map((p) => p[1]), ...(model.get("from_zero") ? [0] : [])]);
    right = WIDTH - 26 - LETTER * Math.max(...lines.map((line) => line.name.length));
    const x = place(lowX, highX, LEFT, right);
    const y = place(lowY, highY, HEIGHT - BOTTOM, TOP);
    shade(x);
    frame(x, y, lowY, highY);
    for (const { tone, points, dashed, dots, spans = [] } of lines) {
      for (const [at, from, to] of spans) {
        const a = x(there(at));
        svg.append(drawn("line", { x1: a, x2: a, y1: y(up(from)), y2: y(up(to)), class: `petwidgets-chart-span petwidgets-${tone}` }));
      }
      const path = points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`);
      svg.append(drawn("polyline", { points: path.join(" "), class: look(tone, dashed) }));
      if (dots || points.length === 1)
        for (const [a, b] of points) svg.append(drawn("circle", { cx: x(a), cy: y(b), r: 3, class: `petwidgets-${tone}` }));
    }
    name(y);
    mark(x);
    if (!model.get("moves")) return;
    handle = point(x, y);
    svg.append(handle);
    if (held) handle.focus();
  };
  const position = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (right - LEFT);
    return lowX + share * (highX - lowX);
  };
  const read = (event) => {
    if (!lines.length) return;
    const at = nearest(lines.flatMap((line) => line.points), position(event))[0];
    const said = lines.map((line) => [line.name, nearest(line.points, at)]);
    const here = said.filter(([, p]) => p[0] === at).map(([name, p]) => `${name} ${short(down(p[1]))}`);
    readout.textContent = model.get("across") + ` ${short(back(at))}: ` + here.join(", ");
  };
  const pointed = (event) => move(position(event));
  svg.addEventListener("pointermove", read);
  svg.addEventListener("pointerleave", () => (readout.textContent = ""));
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
    const [at, step] = [there(model.get("at")), model.get("step") * (event.shiftKey ? 10 : 1)];
    const decade = (by) => (model.get("log_x") ? at + by : back(at) * 10 ** by);
    const to = {
      ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
      PageDown: decade(-1), PageUp: decade(1), Home: lowX, End: highX,
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
