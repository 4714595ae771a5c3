import { describe, expect, test } from "vitest";
import { count, figure, fileSize, short, tickLabel } from "../src/lib/formatting.js";
import cases from "./formatting.json"; // what Python writes, too: tests/logic/test_formatting.py

const NUMBERS = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};

/** @param {string | number} given JSON has neither nan nor infinity */
const number = (given) =>
  typeof given === "number" ? given : NUMBERS[/** @type {keyof typeof NUMBERS} */ (given)];

describe("as Python writes it", () => {
  test.each(cases.figure)("figure %s is %s", (x, said) => {
    expect(figure(number(x))).toBe(said);
  });
  test.each(cases.file_size)("a size of %s bytes is %s", (bytes, said) => {
    expect(fileSize(number(bytes))).toBe(said);
  });
  test.each(cases.count)("a count of %s is %s", (n, said) => {
    expect(count(number(n))).toBe(said);
  });
});

test.each([
  [0.5, "0.5"],
  [0.123456, "0.1235"],
  [4e-7, "4.0e-7"],
  [123456, "1.2e+5"],
  [0, "0"],
])("%s is %s in short", (x, said) => {
  expect(short(x)).toBe(said);
});

test.each([
  [0.002, 0.001, "0.002"],
  [1.8000004, 1e-6, "1.8"],
  [1.800001, 1e-6, "1.800001"],
  [2e-5, 1e-5, "2e-5"],
  [123000, 1000, "1.23e+5"],
])("a tick at %s with a step of %s is %s", (at, step, said) => {
  expect(tickLabel(at, step)).toBe(said);
});
