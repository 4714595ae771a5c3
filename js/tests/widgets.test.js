import { describe, expect, test, vi } from "vitest";
import transfer from "../src/file_transfer.js";
import filmstrip from "../src/filmstrip.js";
import tree from "../src/folder_tree.js";
import form from "../src/form.js";
import lightbox from "../src/lightbox.js";
import questions from "../src/questions.js";
import regexText, { meaning, pieces } from "../src/regex_text.js";
import { stepped } from "../src/slide_rule.js";
import stepper from "../src/stepper.js";
import table from "../src/table.js";
import thumbnails from "../src/thumbnail_grid.js";
import { show } from "./model.js";

describe("a form", () => {
  const FIELDS = [
    { kind: "number", name: "rows", label: "Rows", least: 1, most: 6, step: 1 },
    { kind: "text", name: "rate", label: "Rate" },
    { kind: "button", name: "go", label: "Go" },
  ];
  const begun = () =>
    show(form, {
      fields: FIELDS,
      values: { rows: 3, rate: "0.1" },
      edits: {},
      taken: 0,
      said: {},
    });

  /** @param {HTMLElement} root */
  const inputs = (root) => [...root.querySelectorAll("input")];

  test("keeps a number where none is given", () => {
    const { root, model } = begun();
    const [rows] = inputs(root);
    rows.value = "";
    rows.dispatchEvent(new Event("change"));
    expect(model.get("values").rows).toBe(3);
    expect(root.textContent).toContain("That is not a number: 3 is kept.");
    expect(rows.value).toBe("3");
  });

  test("keeps a word that is half typed, while other fields change", () => {
    const { root, model } = begun();
    const [, rate] = inputs(root);
    rate.focus();
    rate.value = "0.";
    rate.dispatchEvent(new Event("input"));
    model.set("values", { rows: 4, rate: "0.1" });
    model.set("fields", [{ ...FIELDS[0], most: 9 }, ...FIELDS.slice(1)]);
    expect(inputs(root)[1]).toBe(rate);
    expect(rate.value).toBe("0.");
    expect(inputs(root)[0].value).toBe("4");
  });

  test("calls a field by another label without making it anew", () => {
    const { root, model } = begun();
    const before = [...inputs(root), root.querySelector("button")];
    inputs(root)[1].focus();
    model.set(
      "fields",
      FIELDS.map((field) => ({ ...field, label: `${field.label} of classes` })),
    );
    expect([...inputs(root), root.querySelector("button")]).toEqual(before);
    expect(document.activeElement).toBe(before[1]);
    expect(root.textContent).toBe("Rows of classesRate of classesGo of classes");
    expect(before[1]?.getAttribute("aria-label")).toBe("Rate of classes");
  });

  /**
   * @param {HTMLInputElement} input
   * @param {string} value
   */
  const enter = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("change"));
  };

  test("sends its edits along when a button is pressed", () => {
    const { root, sent } = begun();
    const [rows, rate] = inputs(root);
    enter(rows, "4");
    enter(rate, "0.2");
    root.querySelector("button")?.click();
    expect(sent).toEqual([{ edits: { rows: [4, 1], rate: ["0.2", 2] } }, { press: "go" }]);
  });

  test("sends the edits of other forms before a press", () => {
    const [one, other] = [begun(), begun()];
    enter(inputs(one.root)[0], "4");
    other.root.querySelector("button")?.click();
    expect(one.sent).toEqual([{ edits: { rows: [4, 1] } }]);
    expect(other.sent).toEqual([{ press: "go" }]);
    one.model.set("taken", 1);
    other.root.querySelector("button")?.click();
    expect(one.sent).toHaveLength(1);
  });

  test("shows an edit until Python has taken it, and then what Python made of it", () => {
    const { root, model } = begun();
    const [rows] = inputs(root);
    enter(rows, "9");
    model.set("values", { rows: 1, rate: "a preset, set before Python heard of the edit" });
    expect(rows.value).toBe("9");
    model.set("values", { rows: 6, rate: "0.1" });
    model.set("taken", 1);
    expect(rows.value).toBe("6");
    enter(rows, "2");
    expect(model.get("edits")).toEqual({ rows: [2, 2] });
  });
});

test("a character belongs to the innermost group", () => {
  const text = "pug_1.jpg";
  const spans = /** @type {[number, number, number][]} */ ([
    [0, 0, 9],
    [1, 0, 3],
  ]);
  expect(pieces(text, spans)).toEqual([
    { group: 1, text: "pug" },
    { group: 0, text: "_1.jpg" },
  ]);
  expect(meaning(text, spans)).toBe("Label: pug");
  expect(meaning(text, [])).toBe("No match: this photograph would be left out.");
});

test("a part of an expression is explained where it is pointed at, or has the focus", () => {
  const spans = [
    [0, 0, 9],
    [1, 0, 3],
  ];
  const traits = { text: "pug_1.jpg", spans, parts: ["(.+)", "_", "\\d+.jpg"], told: [] };
  const { root, model, sent } = show(regexText, traits);
  const parts = [...root.querySelectorAll("button")];
  const told = () => root.querySelector("p")?.textContent;
  const here = () => root.querySelector('[data-here="true"]')?.textContent;
  expect(told()).toContain("Point at a part");
  parts[1].dispatchEvent(new Event("pointerenter"));
  expect(sent).toEqual(["parts"]);
  model.set("told", [
    ["Captures.", 0, 3],
    ["Matches _.", 3, 4],
    ["Not explained.", -1, -1],
  ]);
  expect([told(), here()]).toEqual(["Matches _.", "_"]);
  root.querySelector("code")?.dispatchEvent(new Event("pointerleave"));
  expect([told(), here()]).toEqual([expect.stringContaining("Point at"), undefined]);
  parts[0].focus();
  expect([told(), here()]).toEqual(["Captures.", "pug"]);
  parts[0].dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
  expect(document.activeElement).toBe(parts[2]);
  expect([told(), here()]).toEqual(["Not explained.", undefined]);
  expect(parts.map((one) => one.tabIndex)).toEqual([-1, -1, 0]);
  expect(sent).toEqual(["parts"]);
  expect(root.querySelectorAll("code")[1].textContent).toBe("pug_1.jpg");
});

test("a key moves a small number by its last digit at least", () => {
  expect(stepped(2, 1.1)).toBeCloseTo(2.2);
  expect(stepped(0.0013, 1.1)).toBeCloseTo(0.00143);
  expect(stepped(1e-3, 1 / 1.1)).toBeLessThan(1e-3);
});

test("numbers of a table stand to the right", () => {
  const rows = [["pug", "12.5 %", "-3", "> 99.9 %", "nan", ".5"]];
  const { root } = show(table, { caption: "", header: [], rows });
  const words = [...root.querySelectorAll("td")].filter((cell) => cell.className);
  expect(words.map((cell) => cell.textContent)).toEqual(["pug"]);
});

test("steps go by keys, within their number", () => {
  const { root, model } = show(stepper, { titles: ["a", "b", "c"], at: 0, says: "", code: "" });
  const row = root.querySelector(".petwidgets-strip-row");
  const press = (/** @type {string} */ key, more = {}) =>
    row?.dispatchEvent(new KeyboardEvent("keydown", { key, ...more }));
  press("End");
  press("ArrowRight");
  expect(model.get("at")).toBe(2);
  press("Home", { ctrlKey: true });
  expect(model.get("at")).toBe(2);
});

describe("a grid of thumbnails", () => {
  const grid = (/** @type {boolean} */ leaves) => {
    vi.useFakeTimers();
    vi.stubGlobal("ResizeObserver", Idle);
    const { sent, end } = show(thumbnails, { count: 9, lines: 1, version: 1, caption: "" });
    if (leaves) dispatchEvent(new Event("beforeunload"));
    vi.runAllTimers();
    vi.useRealTimers();
    end();
    return sent;
  };
  class Idle {
    observe() {}
    disconnect() {}
  }

  test("asks for what is in sight", () => {
    expect(grid(false)).toEqual([{ kind: "want", version: 1, from: 0, to: 2 }]);
  });

  test("asks for nothing once the page is left", () => {
    expect(grid(true)).toEqual([]);
  });
});

test("a key opens the menu of a large photograph, and takes no entry of it", () => {
  const { root, model } = show(lightbox, {
    opened: false,
    title: "pug",
    problem: "",
    jpeg: new DataView(new ArrayBuffer(0)),
    facts: [],
    ways: [["presize", "Its crop"]],
  });
  const menu = root.querySelector("select");
  if (!menu) throw new Error("no menu");
  menu.showPicker = vi.fn();
  const press = (/** @type {string} */ key) =>
    menu.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
  expect(press("ArrowDown")).toBe(false);
  expect(menu.showPicker).toHaveBeenCalledTimes(1);
  expect(press("ArrowRight")).toBe(false); // the next photograph
  expect(press("Tab")).toBe(true);
  expect(menu.showPicker).toHaveBeenCalledTimes(1);
  expect(model.get("opened")).toBe(false);
});

test("a filmstrip of one photograph, which is shown anyway, is not", () => {
  const { root, hear } = show(filmstrip, { chosen: 1 });
  const told = (/** @type {number} */ key) => ({ key, name: "a", label: "pug", tone: "first" });
  hear({ kind: "add", items: [told(1)] }, [new DataView(new ArrayBuffer(0))]);
  expect(root.hidden).toBe(true);
  hear({ kind: "add", items: [told(2)] }, [new DataView(new ArrayBuffer(0))]);
  expect(root.hidden).toBe(false);
  expect(root.children).toHaveLength(2);
});

describe("a tree of folders", () => {
  const pug = { name: "pug", path: "pug", text: "2 .jpg", files: 2, folders: [] };
  const root = { name: "pets", path: "", text: "", files: 2, folders: [pug] };

  test("folds by a button of its own, and chooses by another", () => {
    const { root: view, model } = show(tree, { root, chosen: "" });
    const [twig, top, below] = view.querySelectorAll("button");
    expect(twig.getAttribute("aria-expanded")).toBe("true");
    twig.click();
    expect(twig.getAttribute("aria-expanded")).toBe("false");
    expect(view.querySelectorAll("ul")[1].hidden).toBe(true);
    expect(top.getAttribute("aria-pressed")).toBe("true");
    twig.click();
    below.click();
    expect(model.get("chosen")).toBe("pug");
    expect(view.querySelector("summary button")).toBe(null);
  });
});

describe("a transfer of files", () => {
  const traits = { save: "", saves: true, choose: "Read", accept: ".json", making: "" };

  test("sends files that are chosen together one after the other", () => {
    const { root, sent, hear } = show(transfer, { ...traits, several: true });
    const input = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    expect(input.multiple).toBe(true);
    const files = ["Ada", "Bo", "Cy"].map((name) => new File([name], `${name}.json`));
    Object.defineProperty(input, "files", { value: files });
    input.dispatchEvent(new Event("change"));
    const begun = () => /** @type {{ id: string, name: string }[]} */ (sent);
    /** @param {object} answer */
    const reply = (answer) => hear({ ...answer, id: begun().at(-1)?.id });
    expect(begun().map(({ name }) => name)).toEqual(["Ada.json"]);
    reply({ kind: "taken", sentence: "Ada: 1 of 23 answered." });
    reply({ kind: "refused", sentence: "This is no sheet." });
    expect(begun().map(({ name }) => name)).toEqual(["Ada.json", "Bo.json", "Cy.json"]);
    reply({ kind: "taken", sentence: "Cy: 2 of 23 answered." });
    expect(root.querySelector("p")?.textContent).toBe(
      "Bo.json: This is no sheet. Cy: 2 of 23 answered.",
    );
    expect(begun()).toHaveLength(3);
  });

  test("leaves none out that is chosen while others are sent", () => {
    const { root, sent, hear } = show(transfer, { ...traits, several: true });
    const input = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    const files = ["Ada", "Bo", "Cy"].map((name) => new File([name], `${name}.json`));
    const begun = () => /** @type {{ id: string, name: string }[]} */ (sent);
    for (const chosen of [files.slice(0, 2), files.slice(2)]) {
      Object.defineProperty(input, "files", { value: chosen, configurable: true });
      input.dispatchEvent(new Event("change"));
    }
    for (const _ of files) hear({ kind: "taken", id: begun().at(-1)?.id, sentence: "Taken." });
    expect(begun().map(({ name }) => name)).toEqual(["Ada.json", "Bo.json", "Cy.json"]);
  });

  test("names a file once, and a lost connection once for all", () => {
    const { root, model, sent, hear } = show(transfer, { ...traits, several: true });
    const input = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    const files = ["Ada", "Bo", "Cy"].map((name) => new File([name], `${name}.json`));
    Object.defineProperty(input, "files", { value: files });
    input.dispatchEvent(new Event("change"));
    const { id } = /** @type {{ id: string }} */ (sent[0]);
    model.send = () => {
      throw new Error("closed");
    };
    hear({ kind: "refused", id, sentence: "Ada.json could not be read; choose it again." });
    expect(root.querySelector("p")?.textContent).toBe(
      "Ada.json could not be read; choose it again. " +
        "Bo.json: The page has lost its connection; please reload it.",
    );
  });
});

test("a verdict is written once, whatever is answered elsewhere", () => {
  const item = { task: "?", options: [], free: false, answer: "x", model: "" };
  const right = { ...item, number: 1, state: "right", said: "That is right." };
  const open = { ...item, number: 2, state: "open", said: "" };
  const { root, model } = show(questions, { caption: "", items: [right, open] });
  const verdicts = [...root.querySelectorAll('[role="status"]')];
  const [written] = verdicts[0].childNodes;
  model.set("items", [right, { ...open, state: "wrong", said: "Not yet." }]);
  expect(verdicts.map((one) => one.textContent)).toEqual(["That is right.", "Not yet."]);
  expect(verdicts[0].firstChild).toBe(written);
});
