import "./stepper.css";
import { button, clamp, el, isShortcut, listen, save } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {string[]} titles
 * @property {number} at
 * @property {string} says
 * @property {string} code
 */

const STEPS = { className: "petwidgets-strip-steps", role: "group", "aria-label": "Steps" };

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-strip");
  const go = (/** @type {number} */ to) => {
    const at = clamp(to, 0, model.get("titles").length - 1);
    if (at !== model.get("at")) save(model, "at", at);
  };
  const back = button("Back", () => go(model.get("at") - 1));
  const on = button("Next", () => go(model.get("at") + 1));
  on.classList.add("mod-primary");
  const list = el("div", STEPS);
  const says = el("p", { "aria-live": "polite" });
  const code = el("code");
  const row = el("div", { className: "petwidgets-strip-row" }, back, list, on);
  root.append(row, says);

  const steps = () => [...list.querySelectorAll("button")];
  const lay = (/** @type {string[]} */ titles) => {
    const there = steps().map((one) => one.textContent);
    if (titles.join("|") === there.join("|")) return;
    const step = (/** @type {string} */ title, /** @type {number} */ i) =>
      button(title, () => go(i), { className: "" });
    list.replaceChildren(...titles.map(step));
  };
  const draw = () => {
    const [at, titles] = [model.get("at"), model.get("titles")];
    const held = list.contains(document.activeElement);
    lay(titles);
    steps().forEach((one, i) => {
      one.tabIndex = i === at ? 0 : -1;
      one.dataset.done = String(i < at);
      if (i === at) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    });
    const present = steps()[at];
    if (held) present?.focus();
    if (present)
      list.scrollLeft = present.offsetLeft - (list.clientWidth - present.offsetWidth) / 2;
    back.disabled = at <= 0;
    on.disabled = at >= titles.length - 1;
    code.textContent = model.get("code");
    code.hidden = !model.get("code");
    says.replaceChildren(`${model.get("says")} `, code);
  };
  row.addEventListener("keydown", (event) => {
    const at = model.get("at");
    const ends = { Home: 0, End: Number.POSITIVE_INFINITY };
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ...ends }[event.key];
    if (to === undefined || isShortcut(event)) return;
    event.preventDefault();
    go(to);
  });
  draw();
  return listen(model, { change: draw });
}

export default { render };
