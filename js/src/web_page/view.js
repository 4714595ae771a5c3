// Shows an answer: the photograph, the square that the network saw, and breeds or a doubt.

import bars from "../bars.js";
import { el, say } from "../lib/dom.js";
import { percent } from "./decision.js";
import { heat } from "./head.js";
import { centre, seen } from "./preparation.js";
import { BILINEAR, grey, resize } from "./resample.js";
import { traits } from "./traits.js";

/** @import { Decision } from "./decision.js" */
/** @import { Maps } from "./head.js" */
/** @import { Model } from "./model.js" */
/** @import { Pixels } from "./resample.js" */

const NOT_RECOGNISED = "I don't recognise this.";
const LONGEST = 512; // pixels of the photograph as it is shown
const LEVELS = 256;

/** @param {Pixels} picture */
function drawn({ width, height, channels, data }) {
  const canvas = el("canvas", { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    image.data.set([...data.subarray(i * channels, i * channels + 3), 255], 4 * i);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/**
 * The photograph, with a frame around what the network saw of it.
 *
 * @param {HTMLCanvasElement} photo
 * @param {number} presize
 */
function framed(photo, presize) {
  const scale = Math.min(1, LONGEST / Math.max(photo.width, photo.height));
  const [width, height] = [photo.width, photo.height].map((n) =>
    Math.max(1, Math.round(n * scale)),
  );
  const canvas = el("canvas", { width, height });
  const [left, top, side] = centre(photo.width, photo.height, presize).map((n) => n * scale);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.drawImage(photo, 0, 0, width, height);
  for (const [colour, line] of /** @type {const} */ ([
    ["#000", 4],
    ["#56b4e9", 2],
  ])) {
    Object.assign(context, { strokeStyle: colour, lineWidth: line });
    context.strokeRect(left + 2, top + 2, side - 4, side - 4);
  }
  return canvas;
}

/**
 * The square in grey with what speaks for a breed in colours, as petwidgets.inference.overlay has it.
 *
 * @param {Pixels} square
 * @param {Maps} maps
 * @param {number} breed
 * @param {Model} model
 * @returns {Pixels}
 */
function overlaid(square, maps, breed, { layers, size, tensors }) {
  const { width, height } = maps;
  const small = { width, height, channels: 1, data: heat(layers, maps, breed) };
  const large = resize(small, size, size, BILINEAR).data;
  let most = 0;
  for (const warm of large) most = Math.max(most, warm);
  const levels = grey(square).data;
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    const warm = large[i] / (most || 1);
    const share = 0.25 + 0.45 * warm; // hot places show the photograph, too
    const colour = 3 * Math.trunc(Math.min(warm * LEVELS, LEVELS - 1));
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = Math.round((1 - share) * levels[i] + share * tensors.palette[colour + c]);
    }
  }
  return { width: size, height: size, channels: 3, data };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} caption
 */
function picture(canvas, caption) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", caption);
  return el("figure", {}, canvas, el("figcaption", {}, caption));
}

/** @param {Model} model */
const sourceOf = ({ run, worth }) =>
  `Live: computed just now in this browser by the run ${run}; ${worth}.`;

/** @param {Model} model */
export function answerView(model) {
  const words = el("h2");
  const reason = el("p");
  const table = el("div");
  const five = traits({ caption: "The most probable, five at most", items: [], longest: 1 });
  bars.render(/** @type {any} */ ({ model: five, el: table }));
  const photograph = el("div", { className: "photograph" });
  const squares = el("div", { className: "squares" });
  const source = el("p", { className: "soft" }, sourceOf(model));
  const text = el("div", {}, words, reason, table, squares, source);
  const root = el("section", { className: "answer", hidden: true }, photograph, text);
  root.setAttribute("aria-label", "Answer");
  /**
   * @param {string} name of the file
   * @param {HTMLCanvasElement} photo
   * @param {Float32Array} input
   * @param {Maps} maps
   * @param {Decision} decision
   */
  const show = (name, photo, input, maps, { top, probabilities, doubt, reason: why }) => {
    const breed = model.breeds[top[0]];
    root.hidden = false;
    root.dataset.doubt = doubt;
    say(words, doubt ? NOT_RECOGNISED : `${breed}, ${percent(probabilities[top[0]])}`);
    say(reason, why);
    const items = top.map((i, rank) => ({
      label: model.breeds[i],
      value: probabilities[i],
      text: percent(probabilities[i]),
      tone: rank || doubt ? "quiet" : "first",
    }));
    five.set("items", items);
    five.save_changes();
    photograph.replaceChildren(picture(framed(photo, model.presize), name));
    const square = seen(input, model);
    squares.replaceChildren(
      picture(drawn(square), "What the network saw of it"),
      picture(drawn(overlaid(square, maps, top[0], model)), `What speaks for ${breed}`),
    );
    return `${words.textContent} ${why}`;
  };
  const hide = () => {
    root.hidden = true;
  };
  return { root, show, hide };
}
