import { expect, test } from "vitest";
import { Numbers } from "../src/number_table/numbers.js";
import numberTable from "../src/number_table.js";
import { makeModel, show } from "./model.js";

const COLUMN = { kind: "column", formula: "" };
const GROUPS = [
  { ...COLUMN, name: "targ", title: "target" },
  { kind: "table", name: "acts", title: "activations", formula: "" },
  { kind: "table", name: "exps", title: "exp", formula: "exp({acts})" },
  { ...COLUMN, name: "sums", title: "sum", formula: "{acts@row}" },
  { ...COLUMN, name: "own", title: "own", formula: "{acts@target} of {targ}" },
  { kind: "one", name: "mean", title: "mean", formula: "({sums@all|, })" },
];

/** @param {number[]} targets */
function made(...targets) {
  const acts = targets.flatMap((_, i) => [i, -1, 0.5]);
  const rest = Array(targets.length * 5 + 1).fill(0);
  const all = new Float32Array([...targets, ...acts, ...rest]);
  const { model } = makeModel({
    groups: GROUPS,
    rows: targets.map(String),
    columns: ["a", "b", "c"],
    numbers: new DataView(all.buffer),
  });
  return new Numbers(model);
}

test.each([
  ["exps", 1, 1, "exp(-1.0000)", [["acts", 1, 1]]],
  [
    "sums",
    0,
    0,
    "0.0000 + (-1.0000) + 0.5000",
    [
      ["acts", 0, 0],
      ["acts", 0, 1],
      ["acts", 0, 2],
    ],
  ],
  [
    "own",
    1,
    0,
    "0.5000 of 2",
    [
      ["acts", 1, 2],
      ["targ", 1, 0],
      ["targ", 1, 0],
    ],
  ],
])("a number of %s says where it came from", (name, r, c, text, sources) => {
  const numbers = made(0, 2);
  const origin = numbers.origin(numbers.group(/** @type {string} */ (name)), Number(r), Number(c));
  expect(origin).toEqual({ text, sources });
});

test("a long sum is cut off, and its sources are all there", () => {
  const numbers = made(0, 1, 2, 0, 1, 2, 0, 1);
  const { text, sources } = numbers.origin(numbers.group("mean"), 0, 0);
  expect(text).toBe(`(${Array(6).fill("0.0000").join(", ")}, ... (2 more))`);
  expect(sources).toHaveLength(8);
});

/** A table of one number that can be changed. */
function editable() {
  const { root, sent, hear } = show(numberTable, {
    groups: [{ kind: "table", name: "acts", title: "activations", formula: "", editable: true }],
    rows: ["0"],
    columns: ["a"],
    numbers: new DataView(new Float32Array([0.5]).buffer),
    pictures: [],
    changed: [],
    begun: [1, 1],
    hidden: [],
    source: "",
    shown: 1,
    row: 0,
  });
  const td = /** @type {HTMLElement} */ (root.querySelector("td"));
  const fire = (/** @type {string} */ type, clientX = 0) =>
    td.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX }));
  return { td, fire, sent, hear };
}

test("a press opens the editor of a number, a finger that scrolls does not", () => {
  const { td, fire } = editable();
  fire("pointerdown");
  fire("pointercancel");
  fire("pointermove", 50);
  fire("pointerup");
  expect(td.querySelector("input")).toBeNull();
  expect(td.textContent).toBe("0.5000");
  fire("pointerdown");
  fire("pointerup");
  expect(td.querySelector("input")?.value).toBe("0.5000");
});

test("a drag that becomes a scroll changes no number", () => {
  const { td, fire, sent, hear } = editable();
  td.setPointerCapture = () => {};
  fire("pointerdown");
  fire("pointermove", 50);
  fire("pointercancel");
  hear({ done: true });
  expect(sent).toEqual([{ edits: [["acts", 0, 0, 1.5]] }, { edits: [["acts", 0, 0, 0.5]] }]);
});
