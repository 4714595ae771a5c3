import "./next_step.css";
import { button, el, listen, save } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {{ key: string, title: string, why: string, chosen: string }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-next");
  const go = button("", () => save(model, "chosen", model.get("key")), { className: "" });
  const why = el("p");
  root.append(go, why);
  const draw = () => {
    go.textContent = `Next: ${model.get("title")}`;
    why.textContent = model.get("why");
    root.hidden = !model.get("key");
  };
  draw();
  return listen(model, { "change:key change:title change:why": draw });
}

export default { render };
