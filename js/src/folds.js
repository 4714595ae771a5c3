import "./folds.css";
import { button, el, listen } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {string} source_title empty: there is no source
 * @property {{ code: string, source: string, why: string }} opened texts that come when they are asked for
 */

/** @param {HTMLElement} code */
function copyButton(code) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      made.textContent = "Copied";
    } catch {
      // A page without https has no clipboard: select the text, so that Ctrl-C does it.
      getSelection()?.selectAllChildren(code);
      made.textContent = "Press Ctrl-C";
    }
  };
  const made = button("Copy", copy, { className: "" });
  return made;
}

/**
 * @param {string} label
 * @param {"code" | "p"} tag
 */
function fold(label, tag) {
  const text = el(tag);
  const summary = el("summary", { textContent: label });
  const body = el("div", {}, text);
  const details = el("details", { className: "petwidgets-fold" }, summary, body);
  return { text, summary, details };
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const [code, source, why] = [fold("Code", "code"), fold("", "code"), fold("Why", "p")];
  root.append(code.details, source.details, why.details);
  code.text.after(copyButton(code.text));
  for (const [name, { details }] of Object.entries({ code, source, why }))
    details.addEventListener("toggle", () => details.open && model.send(name));
  const draw = () => {
    code.text.textContent = model.get("opened").code;
    why.text.textContent = model.get("opened").why;
    source.text.textContent = model.get("opened").source;
    source.details.hidden = !model.get("source_title");
    source.summary.textContent = model.get("source_title");
  };
  draw();
  return listen(model, { change: draw });
}

export default { render };
