import "./folder_tree.css";
import { button, el, listen, save } from "./lib/dom.js";
import { count } from "./lib/formatting.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Folder
 * @property {string} name
 * @property {string} path
 * @property {string} text what it holds; empty: its files are those of the folders below
 * @property {number} files
 * @property {Folder[]} folders
 */
/** @typedef {{ root: Folder | Record<string, never>, chosen: string }} Traits path of the chosen */

/**
 * @param {Folder} folder
 * @param {AnyModel<Traits>} model
 * @param {number} depth
 * @returns {HTMLLIElement}
 */
function item(folder, model, depth) {
  const choose = () =>
    save(model, "chosen", model.get("chosen") === folder.path ? "" : folder.path);
  const open = button(`${folder.name}/`, choose, { className: "", "data-path": folder.path });
  const text = el("span", { textContent: folder.text });
  if (!folder.folders.length) return el("li", {}, open, text);
  if (!folder.text)
    text.textContent = `${count(folder.files)} ${folder.files === 1 ? "file" : "files"} below`;
  const below = el("ul", {}, ...folder.folders.map((one) => item(one, model, depth + 1)));
  return el("li", {}, fold(below, folder.name, depth > 0), open, text, below);
}

/**
 * A button that shows and hides what is below a folder. It stands beside the one that chooses: a
 * button within a summary can't be reached by every reader.
 *
 * @param {HTMLElement} below
 * @param {string} name
 * @param {boolean} hidden whether it is so at first
 */
function fold(below, name, hidden) {
  const flip = () => set(!below.hidden);
  const toggle = button("", flip, {
    className: "petwidgets-twig",
    "aria-label": `Folders in ${name}`,
  });
  const set = (/** @type {boolean} */ folded) => {
    below.hidden = folded;
    toggle.setAttribute("aria-expanded", String(!folded));
  };
  set(hidden);
  return toggle;
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-tree");
  const list = el("ul", { "aria-label": "Folders" });
  root.append(list);
  const mark = () => {
    for (const open of /** @type {NodeListOf<HTMLElement>} */ (
      list.querySelectorAll("[data-path]")
    ))
      open.setAttribute("aria-pressed", String(open.dataset.path === model.get("chosen")));
  };
  const draw = () => {
    const top = model.get("root");
    list.replaceChildren(...(top.name ? [item(/** @type {Folder} */ (top), model, 0)] : []));
    mark();
  };
  draw();
  return listen(model, { "change:root": draw, "change:chosen": mark });
}

export default { render };
