import { describe, expect, test } from "vitest";
import { cooled, likeness, percent } from "../src/web_page/decision.js";
import { head, heat, windows } from "../src/web_page/head.js";
import { prepared, sharpness } from "../src/web_page/preparation.js";
import { BILINEAR, LANCZOS, reduce, resize } from "../src/web_page/resample.js";
import json from "./web_page.json"; // tests/logic/web_page_cases.py has it of Pillow

/** @typedef {Record<string, any>} Case */
/** @typedef {Record<"resized" | "reduced" | "sharpness" | "prepared", Case[]>} Lists */
const cases = /** @type {Lists & Record<"enlarged" | "head", any>} */ (/** @type {any} */ (json));

/**
 * As web_page_cases.py draws it.
 *
 * @param {[number, number]} size
 */
function pattern([width, height]) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    data[i] = (x * x * 7 + y * 53 + c * 91 + x * y) % 256;
  }
  return { width, height, channels: 3, data };
}

/** @type {Record<string, import("../src/web_page/resample.js").Filter>} */
const FILTERS = { BILINEAR, LANCZOS };

/**
 * Differ by no more than float32 does.
 *
 * @param {ArrayLike<number>} found
 * @param {number[]} wanted
 */
function expectClose(found, wanted, digits = 5) {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, digits);
}

describe("as Pillow", () => {
  test.each(cases.resized)("resizes $size to $to by $filter", (one) => {
    const [width, height] = one.to;
    const done = resize(pattern(one.size), width, height, FILTERS[one.filter], one.box);
    expect([...done.data]).toEqual(one.levels);
  });
  test.each(cases.reduced)("reduces $size by $by", ({ size, by, levels }) => {
    expect([...reduce(pattern(size), by[0], by[1]).data]).toEqual(levels);
  });
  test("resizes fractions", () => {
    const data = Float32Array.from(cases.enlarged.heat);
    const done = resize({ width: 3, height: 2, channels: 1, data }, 5, 4, BILINEAR);
    expectClose(done.data, cases.enlarged.levels);
  });
});

describe("as petwidgets", () => {
  test.each(cases.sharpness)("measures the sharpness of $size", (one) => {
    expect(sharpness(pattern(one.size))).toBeCloseTo(one.sharpness, 5);
  });
  test.each(cases.prepared)("prepares $size", ({ size, presize, side, taps, sources, sums }) => {
    const [mean, std] = [
      [0.5, 0.4, 0.3],
      [0.5, 0.2, 0.3],
    ];
    const tensors = { taps: Float32Array.from(taps), sources: Float32Array.from(sources) };
    const model = /** @type {any} */ ({ presize, size: side, mean, std, tensors });
    const input = prepared(pattern(size), model);
    const rows = sums.map((/** @type {number} */ _, /** @type {number} */ i) =>
      input.slice(i * side, (i + 1) * side).reduce((a, b) => a + b, 0),
    );
    expectClose(rows, sums, 3);
  });
  test("computes a head, its windows and its heat", () => {
    const layers = cases.head.layers.map((/** @type {Record<string, number[]>} */ layer) =>
      Object.fromEntries(Object.entries(layer).map(([k, v]) => [k, Float32Array.from(v)])),
    );
    const data = Float32Array.from(cases.head.maps);
    const maps = { channels: 3, height: 7, width: 5, data };
    const { features, activations } = head(layers, maps);
    expectClose(features, cases.head.features, 4);
    expectClose(activations, cases.head.activations, 4);
    const parts = windows(maps).flatMap((part) => [...head(layers, part).activations]);
    expectClose(parts, cases.head.windows, 4);
    expectClose(heat(layers, maps, 2), cases.head.heat, 4);
  });
});

test("probabilities are cooled by the temperature", () => {
  expectClose(
    cooled(Float64Array.of(1.02, 0.08, 3.49).map(Math.log), 1),
    [0.2222, 0.0174, 0.7603],
    4,
  );
  expectClose(cooled(Float64Array.of(2, 0), 2), [0.731059, 0.268941]);
});

test("the likeness is the cosine of the nearest breed; without means it is 1", () => {
  expect(likeness(Float64Array.of(3, 4), Float32Array.of(1, 0, 0, 1))).toBeCloseTo(0.8, 6);
  expect(likeness(Float64Array.of(3, 4), undefined)).toBe(1);
});

test.each([
  [0.99999, "> 99.9 %"],
  [0.071, "7.1 %"],
  [0.0001, "< 0.1 %"],
  [0, "0.0 %"],
  [1, "100.0 %"],
])("a share of %s is %s", (share, said) => {
  expect(percent(share)).toBe(said);
});
