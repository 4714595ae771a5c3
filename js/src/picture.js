import "./picture.css";
import { blobUrls, el, listen, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/** @typedef {{ png?: Bytes, caption: string }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const image = el("img");
  const caption = el("figcaption");
  const figure = el("figure", { className: "petwidgets-picture" }, image, caption);
  root.append(figure);
  const urls = blobUrls();
  const draw = () => {
    urls.free();
    const url = urls.make(model.get("png"), "image/png");
    figure.hidden = !url;
    image.alt = caption.textContent = model.get("caption");
    if (url) image.src = url;
    else image.removeAttribute("src");
  };
  draw();
  return together(listen(model, { change: draw }), urls.free);
}

export default { render };
