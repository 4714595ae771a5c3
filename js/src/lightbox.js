import "./lightbox.css";
import { blobUrls, button, el, isShortcut, listen, save, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/**
 * @typedef {object} Traits
 * @property {boolean} opened
 * @property {string} title
 * @property {string} problem
 * @property {Bytes} jpeg
 * @property {[string, string][]} facts names and values
 * @property {[string, string][]} ways keys of lessons, and what they show of it
 */

/** @param {[string, string]} fact */
const fact = ([name, value]) =>
  el("tr", {}, el("th", { textContent: name }), el("td", { textContent: value }));

/**
 * A key opens the menu, where a browser would take the next entry at once and leave the lesson.
 *
 * @param {HTMLSelectElement} menu
 * @param {KeyboardEvent} event
 */
function openByKey(menu, event) {
  if (isShortcut(event) || !/^(Arrow\w+|Home|End|Page\w+|\S)$/.test(event.key)) return;
  const leafs = /^Arrow(Left|Right)$/.test(event.key); // through photographs, see below
  if (!leafs && !menu.showPicker) return;
  event.preventDefault();
  if (!leafs) menu.showPicker();
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const title = el("h3");
  const image = el("img");
  const problem = el("p");
  const table = el("table");
  const dialog = el("dialog", { className: "petwidgets-viewer" });
  const row = el("p");
  row.append(
    button("Previous", () => model.send(-1)),
    button("Next", () => model.send(1)),
    button("Close", () => dialog.close()),
  );
  const menu = el("select", {
    "aria-label": "Follow this photograph",
    onchange: () => model.send(menu.value),
  });
  menu.addEventListener("keydown", (event) => openByKey(menu, event));
  row.append(menu);
  dialog.append(title, row, image, problem, table);
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Jupyter listens to keys, too.
    if (event.key === "ArrowLeft") model.send(-1);
    if (event.key === "ArrowRight") model.send(1);
  });
  dialog.addEventListener("close", () => save(model, "opened", false));
  root.append(dialog);
  const urls = blobUrls();
  const draw = () => {
    urls.free();
    image.src = urls.make(model.get("jpeg"));
    image.hidden = !model.get("jpeg").byteLength;
    image.alt = title.textContent = model.get("title");
    problem.textContent = model.get("problem");
    table.replaceChildren(...model.get("facts").map(fact));
    const ways = model.get("ways");
    const none = el("option", { value: "", textContent: "Follow this photograph ..." });
    const options = ways.map(([value, textContent]) => el("option", { value, textContent }));
    menu.replaceChildren(none, ...options);
    menu.hidden = !ways.length;
    if (model.get("opened") && !dialog.open) dialog.showModal();
    if (!model.get("opened") && dialog.open) dialog.close();
  };
  draw();
  return together(listen(model, { change: draw }), urls.free);
}

export default { render };
