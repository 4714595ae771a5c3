import { describe, expect, test, vi } from "vitest";
import { Axes, decades, Scale, ticks } from "../src/line_chart/scale.js";
import chart from "../src/line_chart.js";
import { makeModel, show } from "./model.js";

const TRAITS = {
  lines: [{ name: "train", tone: "blue", points: /** @type {number[][]} */ ([]) }],
  marks: [],
  bands: [],
  across: "epoch",
  up: "loss",
  whole: false,
  log_x: false,
  log_y: false,
  from_zero: false,
  most: null,
  moves: false,
  at: 1,
  step: 1,
};

describe("ticks", () => {
  test.each([
    [0, 1],
    [1.8, 1.803],
    [1e-5, 4e-5],
    [123456, 153456],
  ])("from %s to %s read differently", (low, high) => {
    const labels = ticks(low, high).map(([, label]) => label);
    expect(labels.length).toBeGreaterThan(1);
    expect(new Set(labels).size).toBe(labels.length);
  });

  test("of what is counted are whole", () => {
    expect(ticks(1, 3, true).map(([, label]) => label)).toEqual(["1", "2", "3"]);
  });

  test("of a logarithm stand at the decades", () => {
    expect(decades(-3.5, -1, (at) => `1e${at}`)).toEqual([
      [-3, "1e-3"],
      [-2, "1e-2"],
      [-1, "1e-1"],
    ]);
  });
});

test("what has no logarithm has no place", () => {
  const points = [
    [0, 1],
    [10, 2],
    [100, null],
  ];
  const { model } = makeModel({ ...TRAITS, log_x: true, lines: [{ ...TRAITS.lines[0], points }] });
  expect(new Axes(model).lines().map((line) => line.points)).toEqual([[[1, 2]]]);
});

test("a place leads back to its value", () => {
  const points = /** @type {[number, number][]} */ ([
    [0, 1],
    [4, 3],
  ]);
  const scale = new Scale([{ name: "train", tone: "blue", points }], true);
  expect([scale.lowY, scale.highY]).toEqual([0, 3]);
  expect(scale.at(scale.x(3) / 560)).toBeCloseTo(3);
  expect(scale.y(3)).toBe(30);
});

test("a chart without a point is not there", () => {
  const { root, model } = show(chart, { ...TRAITS });
  expect(root.hidden).toBe(true);
  model.set("lines", [{ name: "train", tone: "blue", points: [[1, 0.5]] }]);
  expect(root.hidden).toBe(false);
  expect(root.querySelectorAll("circle")).toHaveLength(1);
});

test("a handle moves by keys, within the lines", () => {
  const points = [
    [1, 0.5],
    [3, 0.25],
  ];
  const lines = [{ ...TRAITS.lines[0], points }];
  const { root, model } = show(chart, { ...TRAITS, lines, moves: true, at: 2 });
  const press = (/** @type {string} */ key) =>
    root.querySelector("svg")?.dispatchEvent(new KeyboardEvent("keydown", { key }));
  for (const key of ["ArrowRight", "ArrowRight", "PageUp"]) press(key);
  expect(model.get("at")).toBe(3);
  press("Home");
  expect(model.get("at")).toBe(1);
});

test("a narrow chart is drawn at its width, and labels leave each other room", () => {
  let resize = () => {};
  class Sizes {
    /** @param {() => void} heard */
    constructor(heard) {
      resize = heard;
    }
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal("ResizeObserver", Sizes);
  const points = [
    [1e-7, 4],
    [10, 1],
  ];
  const lines = [{ ...TRAITS.lines[0], points }];
  const { root } = show(chart, { ...TRAITS, lines, log_x: true });
  const drawn = /** @type {SVGElement} */ (root.querySelector("svg"));
  const labels = () =>
    [...drawn.querySelectorAll("text")].flatMap(({ textContent }) =>
      textContent?.startsWith("1e") ? [textContent] : [],
    );
  expect(drawn.getAttribute("viewBox")).toBe("0 0 560 260");
  expect(labels()).toHaveLength(9);
  Object.defineProperty(drawn, "clientWidth", { value: 300 });
  resize();
  expect(drawn.getAttribute("viewBox")).toBe("0 0 300 260");
  expect(labels().slice(0, 2)).toEqual(["1e-7", "1e-5"]);
  vi.unstubAllGlobals();
});
