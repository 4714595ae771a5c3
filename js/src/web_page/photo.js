// Decodes a photograph as petwidgets does: upright, transparency on white, no colour management.

import { el } from "../lib/dom.js";

/** @import { Pixels } from "./resample.js" */

const MOST = 64_000_000;
const TOO_LARGE = "This picture has more than 64 million pixels: make it smaller.";
const UNREADABLE =
  "This browser can't read it as a picture: choose a JPEG, PNG, WebP or GIF file that is whole.";

/** @type {ImageBitmapOptions} */
const AS_STORED = {
  imageOrientation: "from-image",
  premultiplyAlpha: "none",
  colorSpaceConversion: "none",
};

/**
 * @param {Blob} file
 * @returns {Promise<{ canvas: HTMLCanvasElement, pixels: Pixels }>}
 */
export async function read(file) {
  const bitmap = await createImageBitmap(file, AS_STORED).catch(() => {
    throw new Error(UNREADABLE);
  });
  const { width, height } = bitmap;
  if (width * height > MOST) throw new Error(TOO_LARGE);
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error(TOO_LARGE);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { canvas, pixels: { width, height, channels: 4, data } };
}
