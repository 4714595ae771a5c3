import "./step_tabs.css";
import { chapterOf, follow, open } from "./course/course.js";
import { button, el } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Step, Traits } from "./course/course.js" */

/**
 * @param {AnyModel<Traits>} course
 * @param {Step} step
 */
function tabOf(course, { key, title, tab }) {
  const own = { className: "", title, "data-lesson": key };
  const choice = button(tab, () => open(course, key), own);
  if (key === course.get("chosen")) choice.setAttribute("aria-current", "step");
  else if (course.get("seen").includes(key))
    choice.append(" ", el("span", { role: "img", "aria-label": "opened" }, "✓"));
  return choice;
}

/** @param {RenderProps<{ course: string }>} props */
function render({ model, el: root }) {
  const nav = el("nav", { "aria-label": "Steps of this chapter" });
  root.classList.add("petwidgets-steptabs");
  root.append(nav);
  return follow(model, (course) => {
    const hadFocus = nav.contains(document.activeElement);
    const steps = chapterOf(course)?.steps ?? [];
    nav.replaceChildren(...steps.map((step) => tabOf(course, step)));
    /** @type {HTMLElement | null} */
    const current = nav.querySelector("[aria-current]");
    if (hadFocus) current?.focus();
    if (current) nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  });
}

export default { render };
