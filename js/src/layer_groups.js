import "./layer_groups.css";
import { el, listen } from "./lib/dom.js";
import { rate, parameters as written } from "./lib/formatting.js";

/** @import { RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Group
 * @property {string} first name of its first layer
 * @property {string} last
 * @property {number} parameters
 * @property {number} trained how many of them
 * @property {number} norms batch norms
 * @property {number} norms_trained
 */
/** @typedef {{ groups: Group[], rates: number[] }} Traits a learning rate of each group */

/** @param {Group} group */
function state({ parameters, trained, norms_trained }) {
  if (!trained) return "frozen";
  if (trained === parameters) return "trains";
  return norms_trained ? "frozen, but for its batch norms" : "trains in part";
}

/**
 * @param {Group} group
 * @param {string} said its learning rate
 */
function item(group, said) {
  const { first, last, parameters, trained, norms, norms_trained } = group;
  return el(
    "li",
    { className: trained === parameters ? "" : "petwidgets-frozen" },
    el("strong", { textContent: state(group) }),
    el("span", { textContent: first === last ? first : `${first} to ${last}` }),
    el("span", {}, `${written(parameters)} parameters, ${written(trained)} trained`),
    el("span", {}, `${norms} batch norms, ${norms_trained} trained`),
    el("output", {}, said),
  );
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-groups");
  const list = el("ol");
  root.append(el("p", {}, "Layer groups, from the photograph to the answer"), list);
  /** @param {number} i */
  const said = (i) => {
    const rates = model.get("rates");
    return i < rates.length ? `rate ${rate(rates[i])}` : "";
  };
  const draw = () => {
    const groups = model.get("groups");
    root.hidden = !groups.length;
    list.replaceChildren(...groups.map((group, i) => item(group, said(i))));
  };
  const follow = () => {
    list.querySelectorAll("output").forEach((output, i) => {
      output.textContent = said(i);
    });
  };
  draw();
  return listen(model, { "change:groups": draw, "change:rates": follow });
}

export default { render };
