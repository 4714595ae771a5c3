import "./blocker.css";
import { button, el, listen } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {{ sentence: string, label: string }} Traits `label` of the button, if there is one */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-lead-there");
  const sentence = el("span");
  const go = button("", () => model.send("go"), { className: "jupyter-button mod-primary" });
  root.append(sentence, go);
  const draw = () => {
    sentence.textContent = model.get("sentence");
    root.hidden = !model.get("sentence");
    go.textContent = model.get("label");
    go.hidden = !model.get("label");
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
