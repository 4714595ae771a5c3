import "./crop_overlay.css";
import { blobUrls, el, listen, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/** @typedef {{ label: string, box: number[], tone: string }} Crop left, top, right, bottom of 1 */
/** @typedef {{ jpeg: Bytes, caption: string, boxes: Crop[] }} Traits */

/** @param {Crop} crop */
function outline({ label, box, tone }) {
  const [left, top, right, bottom] = box.map((part) => 100 * part);
  return el("i", {
    className: `petwidgets-crop-${tone}`,
    "data-label": label,
    style: {
      left: `${left}%`,
      top: `${top}%`,
      width: `${right - left}%`,
      height: `${bottom - top}%`,
    },
  });
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-crops");
  const frame = el("div");
  const image = el("img");
  const caption = el("p");
  root.append(frame, caption);
  const urls = blobUrls();
  const draw = () => {
    urls.free();
    const url = urls.make(model.get("jpeg"));
    root.hidden = !url;
    if (url) image.src = url;
    else image.removeAttribute("src");
    image.alt = caption.textContent = model.get("caption");
    frame.replaceChildren(image, ...model.get("boxes").map(outline));
  };
  draw();
  return together(listen(model, { change: draw }), urls.free);
}

export default { render };
