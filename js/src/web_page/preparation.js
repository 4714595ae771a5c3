// A photograph as the network sees it, and how sharp it is: as petwidgets.inference.preparation and
// petwidgets.data.checks.measure compute both.

import { BILINEAR, crop, grey, LANCZOS, reduce, resize } from "./resample.js";

/** @import { Model } from "./model.js" */
/** @import { Pixels } from "./resample.js" */

const SIDE = 256; // pixels of the longer side at which the sharpness is measured
const GAP = 2; // at least so many times larger is a picture after its reduction
const COARSER = 4; // how much smaller the picture is that the edges are compared with
const FAINT = 16; // levels of the steepest edges, below which there are too few to tell

/**
 * The centre square of a photograph: left, top and side.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} side that it is going to have
 */
export function centre(width, height, side) {
  const cut = Math.trunc(Math.min(width / side, height / side) * side);
  return [Math.trunc(0.5 * (width - cut)), Math.trunc(0.5 * (height - cut)), cut];
}

/**
 * The network's input: (3, size, size), normalised.
 *
 * @param {Pixels} photo
 * @param {Model} model
 */
export function prepared(photo, { presize, size, mean, std, tensors }) {
  const [left, top, cut] = centre(photo.width, photo.height, presize);
  const square = resize(crop(photo, left, top, cut, cut), presize, presize, BILINEAR);
  const { taps, sources } = tensors;
  const input = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++) {
    const rows = shrunkRows(square, c, taps, sources, size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let k = x; k < taps.length; k += size) sum += taps[k] * rows[y * presize + sources[k]];
        input[(c * size + y) * size + x] = (sum - mean[c]) / std[c];
      }
    }
  }
  return input;
}

/**
 * (size, presize): rows of one channel, weighted and added.
 *
 * @param {Pixels} square
 * @param {number} c
 * @param {Float32Array} taps (k, size)
 * @param {Float32Array} sources likewise
 * @param {number} size
 */
function shrunkRows({ width, channels, data }, c, taps, sources, size) {
  const rows = new Float32Array(size * width);
  for (let k = 0; k < taps.length; k++) {
    const [from, to] = [sources[k] * width * channels + c, (k % size) * width];
    if (!taps[k]) continue;
    for (let x = 0; x < width; x++) rows[to + x] += (taps[k] * data[from + x * channels]) / 255;
  }
  return rows;
}

/**
 * What the network saw, as levels: (size, size, 3).
 *
 * @param {Float32Array} input
 * @param {Model} model
 * @returns {Pixels}
 */
export function seen(input, { size, mean, std }) {
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      const level = input[c * size * size + i] * std[c] + mean[c];
      data[3 * i + c] = Math.round(Math.max(0, Math.min(1, level)) * 255);
    }
  }
  return { width: size, height: size, channels: 3, data };
}

/**
 * The steepness of the steepest edges, divided by that at a quarter of the size.
 *
 * @param {Pixels} photo
 */
export function sharpness(photo) {
  const small = grey(thumbnail(photo));
  const coarse = steepest(reduce(small, COARSER, COARSER));
  return coarse >= FAINT ? steepest(small) / coarse : 1;
}

/**
 * As Pillow's `thumbnail((256, 256), LANCZOS, reducing_gap=2.0)`.
 *
 * @param {Pixels} photo
 */
function thumbnail(photo) {
  const { width, height } = photo;
  if (Math.max(width, height) <= SIDE) return photo;
  const shape = width / height;
  const x = shape > 1 ? SIDE : nearest(SIDE * shape, (n) => Math.abs(shape - n / SIDE));
  const y = shape > 1 ? nearest(SIDE / shape, (n) => (n ? Math.abs(shape - SIDE / n) : 0)) : SIDE;
  const across = Math.trunc(width / x / GAP) || 1;
  const down = Math.trunc(height / y / GAP) || 1;
  const reduced = across > 1 || down > 1 ? reduce(photo, across, down) : photo;
  return resize(reduced, x, y, LANCZOS, [0, 0, width / across, height / down]);
}

/**
 * @param {number} side
 * @param {(n: number) => number} away how far off the shape is
 */
function nearest(side, away) {
  const [low, high] = [Math.floor(side), Math.ceil(side)];
  return Math.max(1, away(high) < away(low) ? high : low);
}

/** @param {Pixels} levels */
function steepest({ width, height, data }) {
  if (Math.min(width, height) < 2) return 0;
  const steps = [];
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const at = y * width + x;
      steps.push(Math.hypot(data[at] - data[at - 1], data[at] - data[at - width]));
    }
  }
  return percentile(Float64Array.from(steps).sort(), 0.99);
}

/**
 * @param {Float64Array} sorted
 * @param {number} share
 */
function percentile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
