import { el, listen, say } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {{ title: string, lead: string, problem: string }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-heading");
  const title = el("h2", { className: "petwidgets-title" });
  const lead = el("p", { className: "petwidgets-lead" });
  const problem = el("p", { className: "petwidgets-problem", role: "alert" });
  root.append(title, lead, problem);
  const draw = () => {
    title.textContent = model.get("title");
    lead.textContent = model.get("lead");
    say(problem, model.get("problem"));
    problem.hidden = !model.get("problem");
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
