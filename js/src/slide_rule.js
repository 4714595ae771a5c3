import "./slide_rule.css";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, SIDE] = [620, 140, 24];
const DECADES = 3; // on each side of 1
const LEAST = 10 ** -DECADES;

function drawn(tag, attributes, text) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

const place = (x) => SIDE + ((Math.log10(x) + DECADES) / (2 * DECADES)) * (WIDTH - 2 * SIDE);
const number = (at) => 10 ** (((at - SIDE) / (WIDTH - 2 * SIDE)) * 2 * DECADES - DECADES);
const bounded = (x) => Number(Math.max(LEAST, Math.min(1 / LEAST, x)).toPrecision(2));

/* An arrow from one number to another, at a height. */
function arrow(from, to, y, tone) {
  const [x1, x2] = [place(from), place(to)];
  const tip = Math.sign(x2 - x1) * 8;
  const group = drawn("g", { class: `petwidgets-rule-${tone}` });
  group.append(drawn("line", { x1, x2, y1: y, y2: y }));
  group.append(drawn("path", { d: `M${x2},${y} l${-tip},-6 v12 z` }));
  return group;
}

function render({ model, el }) {
  el.classList.add("petwidgets-rule");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": "A slide rule" });
  el.append(svg);
  const set = (name, x) => {
    model.set(name, bounded(x));
    model.save_changes();
  };
  const tip = (name, from, y) => {
    const value = model.get(name);
    const group = drawn("g", {
      class: "petwidgets-rule-tip", tabindex: 0, role: "slider", "aria-label": name,
      "aria-valuemin": LEAST, "aria-valuemax": 1 / LEAST, "aria-valuenow": value,
    });
    group.dataset.name = name;
    group.append(arrow(from, from * value, y, name));
    group.append(drawn("circle", { cx: place(from * value), cy: y, r: 9 }));
    group.append(drawn("text", { x: place(from * value), y: y - 13, "text-anchor": "middle" }, `${name === "b" ? "× " : ""}${value}`));
    return group;
  };
  const draw = () => {
    const held = svg.contains(document.activeElement) && document.activeElement.dataset.name;
    const [a, b] = [model.get("a"), model.get("b")];
    svg.replaceChildren();
    for (let decade = -DECADES; decade <= DECADES; decade++) {
      for (let digit = 1; digit < (decade < DECADES ? 10 : 2); digit++) {
        const x = place(digit * 10 ** decade);
        svg.append(drawn("line", { x1: x, x2: x, y1: 108, y2: digit === 1 ? 94 : 102, class: "petwidgets-rule-tick" }));
      }
      const label = { x: place(10 ** decade), y: 126, "text-anchor": "middle" };
      svg.append(drawn("text", label, Number((10 ** decade).toPrecision(1))));
    }
    svg.append(drawn("line", { x1: SIDE, x2: WIDTH - SIDE, y1: 108, y2: 108, class: "petwidgets-rule-tick" }));
    svg.append(tip("a", 1, 76), tip("b", a, 36));
    const end = place(a * b);
    svg.append(drawn("line", { x1: end, x2: end, y1: 45, y2: 108, class: "petwidgets-rule-end" }));
    if (held) svg.querySelector(`[data-name="${held}"]`).focus();
  };
  svg.addEventListener("pointerdown", (event) => {
    const name = event.target.closest(".petwidgets-rule-tip")?.dataset.name;
    if (!name) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    svg.querySelector(`[data-name="${name}"]`).focus();
    const move = (moved) => {
      const box = svg.getBoundingClientRect();
      const at = number(((moved.clientX - box.left) / box.width) * WIDTH);
      set(name, name === "a" ? at : at / model.get("a"));
    };
    svg.addEventListener("pointermove", move);
    svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", move), { once: true });
  });
  svg.addEventListener("keydown", (event) => {
    const name = event.target.closest(".petwidgets-rule-tip")?.dataset.name;
    const factor = {
      ArrowLeft: 1 / 1.1, ArrowDown: 1 / 1.1, ArrowRight: 1.1, ArrowUp: 1.1, PageDown: 0.1, PageUp: 10,
    }[event.key];
    if (!name || (!factor && event.key !== "Home")) return;
    event.preventDefault();
    const [now, next] = [model.get(name), model.get(name) * (factor ?? 1)];
    // A tenth of a small number may be rounded away: then the last digit moves.
    const digit = 10 ** (Math.floor(Math.log10(now)) - 1);
    set(name, !factor ? 1 : bounded(next) === now ? now + Math.sign(factor - 1) * digit : next);
  });
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
