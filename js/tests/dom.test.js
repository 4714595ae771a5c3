import { describe, expect, test, vi } from "vitest";
import * as dom from "../src/lib/dom.js";
import { makeModel } from "./model.js";

describe("el", () => {
  test("sets properties, and attributes that are none", () => {
    const onclick = vi.fn();
    const made = dom.el(
      "button",
      { type: "button", "aria-pressed": true, "data-key": 3, style: { left: "5%" }, onclick },
      "a",
      dom.el("b", { textContent: "<i>" }),
    );
    made.click();
    expect(onclick).toHaveBeenCalledOnce();
    expect(made.outerHTML).toBe(
      '<button type="button" aria-pressed="true" data-key="3" style="left: 5%;">a<b>&lt;i&gt;</b></button>',
    );
  });

  test("draws in SVG's own names", () => {
    const made = dom.svg("g", { class: "a", x1: 1 }, dom.svg("line"), "b");
    expect(made.namespaceURI).toBe("http://www.w3.org/2000/svg");
    expect(made.getAttribute("x1")).toBe("1");
    expect(made.textContent).toBe("b");
  });
});

test("a view hears each event until it goes", () => {
  const { model, hear, heard } = makeModel({ a: 1, b: 2 });
  const [draw, message] = [vi.fn(), vi.fn()];
  const end = dom.listen(model, { "change:a change:b": draw, "msg:custom": message });
  expect(heard()).toEqual(["change:a", "change:b", "msg:custom"]);
  model.set("b", 3);
  hear({ kind: "done" });
  expect(draw).toHaveBeenCalledOnce();
  expect(message).toHaveBeenCalledWith({ kind: "done" }, []);
  end();
  expect(heard()).toEqual([]);
});

test("what goes together ends together", () => {
  const [one, other] = [vi.fn(), vi.fn()];
  dom.together(one, other)();
  expect([one, other].map((end) => end.mock.calls.length)).toEqual([1, 1]);
});

test("addresses of pictures are given back once", () => {
  const made = vi.spyOn(URL, "createObjectURL").mockImplementation(() => "blob:a");
  const freed = vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
  const urls = dom.blobUrls();
  expect(urls.make(new DataView(new ArrayBuffer(3)), "image/png")).toBe("blob:a");
  expect(/** @type {Blob} */ (made.mock.calls[0][0]).type).toBe("image/png");
  expect(urls.make(new DataView(new ArrayBuffer(0)))).toBe("");
  expect(urls.make(undefined)).toBe("");
  urls.free();
  urls.free();
  expect(freed.mock.calls).toEqual([["blob:a"]]);
});

test("words stand to the left, numbers keep their place", () => {
  const row = dom.tr("td", ["12", "pug"]);
  for (const cell of row.cells) dom.columnAlign(cell, /^\d/);
  expect([...row.cells].map((cell) => cell.className)).toEqual(["", "petwidgets-words"]);
});
