import "./step_tabs.css";
import { button, el, listen, save } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Step } from "./course/progress.js" */
/** @typedef {{ steps: Step[], chosen: string, seen: string[] }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const nav = el("nav", { "aria-label": "Steps of this chapter" });
  root.classList.add("petwidgets-steptabs");
  root.append(nav);
  const draw = () => {
    const seen = model.get("seen");
    const tabs = model.get("steps").map(({ key, title, tab }) => {
      const own = { className: "", title, "data-lesson": key };
      const choice = button(tab, () => save(model, "chosen", key), own);
      if (key === model.get("chosen")) choice.setAttribute("aria-current", "step");
      else if (seen.includes(key)) choice.append(el("span", { "aria-label": "opened" }, " ✓"));
      return choice;
    });
    const hadFocus = nav.contains(document.activeElement);
    nav.replaceChildren(...tabs);
    /** @type {HTMLElement | null} */
    const current = nav.querySelector("[aria-current]");
    if (hadFocus) current?.focus();
    if (current) nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  };
  draw();
  return listen(model, { "change:steps change:chosen change:seen": draw });
}

export default { render };
