// Whether a breed is named: the rule of petwidgets.metrics.abstention, with the run's thresholds.

import { head, windows } from "./head.js";

/** @import { Maps } from "./head.js" */
/** @import { Model } from "./model.js" */
/** @typedef {{ side: number, sharpness: number }} Look of the photograph: its shorter side, in pixels */
/**
 * @typedef {object} Decision
 * @property {number[]} top positions of the five most probable breeds
 * @property {number[]} probabilities of all
 * @property {number} likeness
 * @property {string} doubt why none is named; empty: the first is
 * @property {string} reason the same as a sentence
 */

const TOP = 5;

/**
 * A share in per cent; what only rounds to nothing or to all is not written so.
 *
 * @param {number} share
 */
export function percent(share) {
  if (share > 0.9995 && share < 1) return "> 99.9 %";
  return share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
}

/**
 * Calibrated probabilities.
 *
 * @param {Float64Array} activations
 * @param {number} temperature
 */
export function cooled(activations, temperature) {
  const most = Math.max(...activations);
  const powers = Array.from(activations, (a) => Math.exp((a - most) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/**
 * The cosine of features and those of the nearest breed; 1 where the run keeps no means.
 *
 * @param {Float64Array} features
 * @param {Float32Array | undefined} means (c, f) of length 1
 */
export function likeness(features, means) {
  if (!means) return 1;
  const n = features.length;
  const length = Math.hypot(...features) || 1;
  const cosines = Array.from({ length: means.length / n }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += means[k * n + i] * features[i];
    return sum / length;
  });
  return Math.max(...cosines);
}

/** @param {number[]} values */
const largest = (values) => values.indexOf(Math.max(...values));

/**
 * Breeds that single parts show with certainty.
 *
 * @param {Model} model
 * @param {Maps} maps
 */
function parts({ layers, limits, tensors }, maps) {
  const sure = windows(maps).flatMap((window) => {
    const { features, activations } = head(layers, window);
    const probabilities = cooled(activations, limits.temperature);
    const familiar = likeness(features, tensors.means) >= limits.least_likeness;
    const breed = largest(probabilities);
    return familiar && probabilities[breed] >= limits.sure ? [breed] : [];
  });
  return [...new Set(sure)];
}

/**
 * @param {Model} model
 * @param {Maps} maps
 * @param {Look} look
 * @returns {Decision}
 */
export function decide(model, maps, look) {
  const { breeds, layers, limits, tensors } = model;
  const { features, activations } = head(layers, maps);
  const probabilities = cooled(activations, limits.temperature);
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const top = order.slice(0, TOP);
  const alike = likeness(features, tensors.means);
  const shown = parts(model, maps);
  const doubtful = {
    small: look.side < limits.least_side,
    blurred: look.sharpness < limits.least_sharpness,
    unlike: alike < limits.least_likeness,
    two: shown.length > 1,
    unsure: probabilities[top[0]] < limits.least_probability,
  };
  const found = model.doubts.find(({ name }) => doubtful[name]);
  /** @type {Record<string, string>} */
  const words = {
    breed: breeds[top[0]],
    probability: `${(100 * probabilities[top[0]]).toFixed(0)}%`,
    likeness: alike.toFixed(2),
    side: String(look.side),
    parts: shown.map((i) => breeds[i]).join(" and "),
  };
  const reason = found?.sentence.replace(/\{(\w+)\}/g, (_, word) => words[word]);
  return { top, probabilities, likeness: alike, doubt: found?.name ?? "", reason: reason ?? "" };
}
