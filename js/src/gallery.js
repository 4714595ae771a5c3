import "./gallery.css";
import { blobUrls, el, listen, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/** @typedef {{ name: string, label: string, jpeg?: Bytes, problem?: string }} Picture */
/**
 * @typedef {object} Traits
 * @property {string} caption
 * @property {Picture[]} pictures
 * @property {number} columns 0: as many as there is room for
 * @property {boolean} wide
 */

/**
 * @param {Picture} picture
 * @param {ReturnType<typeof blobUrls>} urls
 */
function figure({ name, label, jpeg, problem }, urls) {
  return el(
    "figure",
    {},
    jpeg
      ? el("img", { src: urls.make(jpeg), alt: `${label}: ${name}` })
      : el("p", { textContent: problem ?? "" }),
    el("figcaption", { textContent: label, title: name }),
  );
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const caption = el("p");
  const grid = el("div", { className: "petwidgets-grid" });
  root.classList.add("petwidgets-gallery");
  root.append(caption, grid);
  const urls = blobUrls();
  const draw = () => {
    urls.free();
    caption.textContent = model.get("caption");
    const columns = model.get("columns");
    grid.classList.toggle("petwidgets-grid-wide", model.get("wide"));
    grid.style.gridTemplateColumns = columns ? `repeat(${columns}, minmax(0, 1fr))` : "";
    grid.replaceChildren(...model.get("pictures").map((picture) => figure(picture, urls)));
  };
  draw();
  return together(listen(model, { change: draw }), urls.free);
}

export default { render };
