// The head of a network, as petwidgets.inference.head computes it: pooling, linear layers with batch
// norms, and where the maps speak for a breed.

/**
 * @typedef {object} Layer
 * @property {Float32Array} scale of the batch norm
 * @property {Float32Array} shift
 * @property {Float32Array} weights (k, c) by rows
 * @property {Float32Array} bias
 */
/**
 * @typedef {object} Maps of one photograph
 * @property {number} channels
 * @property {number} height
 * @property {number} width
 * @property {Float32Array} data
 */

/**
 * @param {Layer} layer
 * @param {Float64Array} inputs
 */
const normed = ({ scale, shift }, inputs) => inputs.map((v, i) => v * scale[i] + shift[i]);

/**
 * @param {Layer} layer
 * @param {Float64Array} inputs
 */
function linear({ weights, bias }, inputs) {
  return Float64Array.from(bias, (b, k) => {
    let sum = b;
    for (let i = 0; i < inputs.length; i++) sum += weights[k * inputs.length + i] * inputs[i];
    return sum;
  });
}

/** @param {Float64Array} v */
const positive = (v) => v.map((x) => Math.max(0, x));

/**
 * The means of maps; where the first layer is twice as wide, the largest values come first.
 *
 * @param {Maps} maps
 * @param {Layer} first
 */
export function pooled({ channels, height, width, data }, { scale }) {
  const places = height * width;
  const parts = Array.from({ length: channels }, (_, c) =>
    data.subarray(c * places, (c + 1) * places),
  );
  const means = parts.map((part) => part.reduce((a, b) => a + b, 0) / places);
  if (scale.length === channels) return Float64Array.from(means);
  return Float64Array.from([...parts.map((part) => Math.max(...part)), ...means]);
}

/**
 * Features, the inputs of the last layer, and activations.
 *
 * @param {Layer[]} layers
 * @param {Maps} maps
 */
export function head(layers, maps) {
  let inputs = pooled(maps, layers[0]);
  for (const layer of layers.slice(0, -1)) inputs = positive(linear(layer, normed(layer, inputs)));
  const last = layers[layers.length - 1];
  const features = normed(last, inputs);
  return { features, activations: linear(last, features) };
}

/**
 * Nine overlapping windows of the maps, each side four sevenths of theirs.
 *
 * @param {Maps} maps
 * @returns {Maps[]}
 */
export function windows(maps) {
  const [h, w] = [maps.height, maps.width].map((n) => Math.max(1, Math.round((4 / 7) * n)));
  const starts = (/** @type {number} */ n, /** @type {number} */ k) => [
    0,
    Math.floor((n - k) / 2),
    n - k,
  ];
  return starts(maps.height, h).flatMap((y) =>
    starts(maps.width, w).map((x) => part(maps, y, x, h, w)),
  );
}

/**
 * @param {Maps} maps
 * @param {number} top
 * @param {number} left
 * @param {number} height
 * @param {number} width
 */
function part(maps, top, left, height, width) {
  const data = new Float32Array(maps.channels * height * width);
  for (let i = 0; i < maps.channels * height; i++) {
    const row = Math.floor(i / height) * maps.height + top + (i % height);
    const start = row * maps.width + left;
    data.set(maps.data.subarray(start, start + width), i * width);
  }
  return { channels: maps.channels, height, width, data };
}

/**
 * Where maps are evidence for a breed (Grad-CAM): (height, width), at least 0.
 *
 * @param {Layer[]} layers
 * @param {Maps} maps
 * @param {number} breed
 */
export function heat(layers, maps, breed) {
  const gradient = gradientOf(layers, pooled(maps, layers[0]), breed);
  const places = maps.height * maps.width;
  const sum = new Float64Array(places);
  for (let i = 0; i < gradient.length; i++) {
    const c = i % maps.channels; // the largest values' gradients come before the means'
    for (let p = 0; p < places; p++) sum[p] += (gradient[i] / places) * maps.data[c * places + p];
  }
  return Float32Array.from(positive(sum));
}

/**
 * @param {Layer[]} layers
 * @param {Float64Array} inputs
 * @param {number} breed
 */
function gradientOf(layers, inputs, breed) {
  const hidden = layers.slice(0, -1);
  const last = layers[layers.length - 1];
  const outputs = hidden.map((layer) => {
    const output = linear(layer, normed(layer, inputs));
    inputs = positive(output);
    return output;
  });
  const n = last.scale.length;
  const row = Float64Array.from(last.weights.subarray(breed * n, (breed + 1) * n));
  return hidden.reduceRight(
    (gradient, layer, i) => back(layer, gradient, outputs[i]),
    row.map((w, j) => w * last.scale[j]),
  );
}

/**
 * @param {Layer} layer
 * @param {Float64Array} gradient
 * @param {Float64Array} output
 */
function back({ scale, weights }, gradient, output) {
  const sums = new Float64Array(scale.length);
  for (let k = 0; k < gradient.length; k++) {
    if (output[k] <= 0) continue;
    for (let j = 0; j < sums.length; j++) sums[j] += gradient[k] * weights[k * sums.length + j];
  }
  return sums.map((v, j) => v * scale[j]);
}
