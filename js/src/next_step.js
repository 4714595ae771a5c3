import "./next_step.css";
import { follow, nextOf, open } from "./course/course.js";
import { button, el } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */

/** @param {RenderProps<{ course: string }>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-next");
  return follow(model, (course) => {
    const step = nextOf(course);
    root.hidden = !step;
    if (!step) return;
    const go = button(`Next: ${step.title}`, () => open(course, step.key), { className: "" });
    root.replaceChildren(go, el("p", {}, step.why));
  });
}

export default { render };
