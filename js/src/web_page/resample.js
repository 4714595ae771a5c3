// Resizes pictures as Pillow does, level by level: a probability must not depend on where it is
// computed. After Pillow's Resample.c and Reduce.c: two passes, weights of 22 binary digits.

/**
 * @typedef {object} Pixels
 * @property {number} width
 * @property {number} height
 * @property {number} channels beside each other
 * @property {Uint8Array | Uint8ClampedArray | Float32Array} data by rows
 */
/** @typedef {{ support: number, weight: (x: number) => number }} Filter */
/** @typedef {{ first: Int32Array, weights: Float64Array[] }} Taps of each output pixel */

const DIGITS = 22;

/** @param {number} x */
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** @type {Filter} */
export const BILINEAR = { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

/** @type {Filter} */
export const LANCZOS = {
  support: 3,
  weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0),
};

/**
 * @param {number} from pixels of the side
 * @param {[number, number]} part of it that is resized
 * @param {number} to pixels
 * @param {Filter} filter
 * @param {boolean} fixed whether weights are whole numbers
 * @returns {Taps}
 */
function tapsOf(from, [begin, end], to, filter, fixed) {
  const scale = (end - begin) / to;
  const wide = Math.max(1, scale);
  const reach = filter.support * wide;
  const first = new Int32Array(to);
  const weights = Array.from(first, (_, i) => {
    const centre = begin + (i + 0.5) * scale;
    first[i] = Math.max(0, Math.trunc(centre - reach + 0.5));
    const past = Math.min(from, Math.trunc(centre + reach + 0.5));
    const row = new Float64Array(past - first[i]);
    for (let x = 0; x < row.length; x++) {
      row[x] = filter.weight((x + first[i] - centre + 0.5) * (1 / wide));
    }
    const sum = row.reduce((a, b) => a + b, 0);
    const share = (/** @type {number} */ w) => (sum === 0 ? w : w / sum);
    return row.map((w) => (fixed ? whole(share(w) * 2 ** DIGITS) : share(w)));
  });
  return { first, weights };
}

/** @param {number} x */
const whole = (x) => Math.trunc(x < 0 ? x - 0.5 : x + 0.5);

/**
 * Weigh along one side. Lines lie beside each other at `step`, their pixels at `stride`.
 *
 * @param {Pixels["data"]} data
 * @param {Pixels["data"]} into
 * @param {Taps} taps
 * @param {{ lines: number, step: number, width: number, stride: number, row: number }} shape
 *   of a line `width` values are side by side; `row` parts lines in `into`
 */
function pass(data, into, { first, weights }, { lines, step, width, stride, row }) {
  const isFloat = data instanceof Float32Array;
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < weights.length; i++) {
      const taps = weights[i];
      const start = line * step + first[i] * stride;
      const target = line * row + i * stride;
      for (let c = 0; c < width; c++) {
        let sum = isFloat ? 0 : 2 ** (DIGITS - 1);
        for (let x = 0; x < taps.length; x++) sum += data[start + x * stride + c] * taps[x];
        into[target + c] = isFloat ? sum : Math.max(0, Math.min(255, sum >> DIGITS));
      }
    }
  }
}

/**
 * Resize a picture, or a part of it.
 *
 * @param {Pixels} picture
 * @param {number} width
 * @param {number} height
 * @param {Filter} filter
 * @param {[number, number, number, number]} [box] left, top, right and bottom; may be fractions
 * @returns {Pixels}
 */
export function resize(picture, width, height, filter, box) {
  const { channels, data } = picture;
  const [left, top, right, bottom] = box ?? [0, 0, picture.width, picture.height];
  const Numbers = data instanceof Float32Array ? Float32Array : Uint8Array;
  const fixed = Numbers === Uint8Array;
  const across = new Numbers(width * picture.height * channels);
  const rows = { lines: picture.height, step: picture.width * channels, row: width * channels };
  const byRow = { ...rows, width: channels, stride: channels };
  pass(data, across, tapsOf(picture.width, [left, right], width, filter, fixed), byRow);
  const done = new Numbers(width * height * channels);
  const line = width * channels; // complete rows are weighted and added
  const byColumn = { lines: 1, step: 0, row: 0, width: line, stride: line };
  pass(across, done, tapsOf(picture.height, [top, bottom], height, filter, fixed), byColumn);
  return { width, height, channels, data: done };
}

/**
 * Means of blocks; those at the right and at the bottom may be smaller.
 *
 * @param {Pixels} picture
 * @param {number} across pixels of a block
 * @param {number} down
 * @returns {Pixels}
 */
export function reduce(picture, across, down) {
  const { channels, data } = picture;
  const [width, height] = [Math.ceil(picture.width / across), Math.ceil(picture.height / down)];
  const done = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(picture.height, (y + 1) * down);
    for (let x = 0; x < width; x++) {
      const right = Math.min(picture.width, (x + 1) * across);
      const n = (right - x * across) * (bottom - y * down);
      const factor = Math.floor(Math.fround(2 ** 32 / (256 * n)));
      for (let c = 0; c < channels; c++) {
        let sum = Math.floor(n / 2);
        for (let v = y * down; v < bottom; v++) {
          for (let u = x * across; u < right; u++)
            sum += data[(v * picture.width + u) * channels + c];
        }
        done[(y * width + x) * channels + c] = Math.floor((sum * factor) / 2 ** 24);
      }
    }
  }
  return { width, height, channels, data: done };
}

/**
 * A rectangle of a picture.
 *
 * @param {Pixels} picture
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @returns {Pixels}
 */
export function crop(picture, left, top, width, height) {
  const { channels, data } = picture;
  const done = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * channels;
    done.set(data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, data: done };
}

/**
 * Grey levels of red, green and blue, as Pillow weighs them.
 *
 * @param {Pixels} picture
 * @returns {Pixels}
 */
export function grey({ width, height, channels, data }) {
  const done = new Uint8Array(width * height);
  for (let i = 0; i < done.length; i++) {
    const [r, g, b] = data.subarray(i * channels, i * channels + 3);
    done[i] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: done };
}
