import "./loupe.css";
import { blobUrls, clamp, closest, el, listen, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/** @typedef {{ title: string, text: string, png: Bytes }} Picture */
/** @typedef {{ pictures: Picture[], power: number }} Traits `power`: how much it enlarges */

const STEP = 0.02; // of a side, for an arrow key

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {Picture} picture
 * @param {ReturnType<typeof blobUrls>} urls
 * @param {() => void} onload
 */
function figure({ title, text, png }, urls, onload) {
  const image = el("img", {
    src: urls.make(png, "image/png"),
    alt: title,
    draggable: false,
    onload,
  });
  const glass = el("i", { style: { backgroundImage: `url(${image.src})` } });
  const words = [el("b", { textContent: title }), el("span", { textContent: text })];
  return el("figure", {}, el("div", {}, image, glass), el("figcaption", {}, ...words));
}

/**
 * Put a frame's glass at a spot, with the picture behind it enlarged.
 *
 * @param {HTMLElement} frame
 * @param {[number, number]} spot shares of width and height
 * @param {number} enlarged how much, of the picture's own pixels
 */
function place(frame, [x, y], enlarged) {
  const image = frame.querySelector("img");
  const glass = frame.querySelector("i");
  if (!image || !glass) return;
  const { clientWidth: w, clientHeight: h } = frame;
  // Whole pixels of the picture, however large it is shown.
  const power = (enlarged * (image.naturalWidth || w)) / w;
  const r = glass.offsetWidth / 2;
  Object.assign(glass.style, {
    left: `${x * w - r}px`,
    top: `${y * h - r}px`,
    backgroundSize: `${w * power}px ${h * power}px`,
    backgroundPosition: `${r - x * w * power}px ${r - y * h * power}px`,
  });
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-loupe");
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Pictures to compare; arrow keys move the loupe");
  let urls = blobUrls();
  /** @type {[number, number]} */
  let spot = [0.5, 0.5];
  const placeAll = () => {
    for (const frame of root.querySelectorAll("div")) place(frame, spot, model.get("power"));
  };
  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    spot = [clamp(x, 0, 1), clamp(y, 0, 1)];
    placeAll();
  };
  root.addEventListener("pointermove", (event) => {
    const frame = closest(event, ".petwidgets-loupe div");
    if (!frame) return;
    const box = frame.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    move(spot[0] + STEP * step[0], spot[1] + STEP * step[1]);
  });
  const draw = () => {
    const before = urls;
    urls = blobUrls();
    root.replaceChildren(
      ...model.get("pictures").map((picture) => figure(picture, urls, placeAll)),
    );
    before.free(); // only now: the old pictures stood there until the new ones did
  };
  const sizes = new ResizeObserver(placeAll);
  sizes.observe(root);
  draw();
  return together(
    () => sizes.disconnect(),
    listen(model, { change: draw }),
    () => urls.free(),
  );
}

export default { render };
