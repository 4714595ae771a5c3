import { beforeEach, expect, test, vi } from "vitest";
import { invitation } from "../src/photo_upload/parts.js";
import { Sender } from "../src/photo_upload/sender.js";
import { shotView } from "../src/photo_upload/shot.js";
import { makeModel } from "./model.js";

const TRAITS = { max_bytes: 8, message: "", disabled: false, holds: false, compact: false };

/** @param {string} name */
const photograph = (name, bytes = 4) => new File([new Uint8Array(bytes)], name);

beforeEach(() => {
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => "blob:a");
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
});

function made(traits = {}) {
  const { model, sent, hear } = makeModel({ ...TRAITS, ...traits });
  const sender = new Sender(model);
  const answer = (/** @type {string} */ kind, more = {}) =>
    hear({ kind, id: sender.shot?.id, ...more });
  return { model, sent, sender, answer };
}

test("what can't be taken is said, and not sent", () => {
  const { sender, sent } = made();
  sender.take([photograph("large", 9), photograph("empty", 0)]);
  expect(sent).toEqual([]);
  expect([...sender.notes.values()]).toEqual([
    "large is larger than 1 kB; choose a smaller photograph.",
    "empty is empty; choose another photograph.",
  ]);
});

test("Python names the piece that it wants", async () => {
  const { sender, sent, answer } = made();
  sender.take([photograph("a")]);
  answer("next", { from: 0, to: 4 });
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent).toMatchObject([
    { kind: "start", name: "a", size: 4 },
    { kind: "piece", from: 0 },
  ]);
  answer("arrived");
  expect(sender.shot).toMatchObject({ phase: "arrived", sent: 4, done: false });
});

test("the next one waits until this one is looked at", () => {
  const { sender, sent, answer, model } = made();
  sender.take([photograph("a"), photograph("b"), photograph("c")]);
  answer("arrived");
  expect(sent).toHaveLength(1);
  model.set("holds", true);
  answer("done");
  expect(sent).toHaveLength(1);
  model.set("holds", false);
  expect(sent).toMatchObject([{ name: "a" }, { name: "b" }]);
  sender.cancel();
  expect(sender.queue).toEqual([]);
  expect(sender.shot?.phase).toBe("cancelled");
});

test("another page's answers are not heard", () => {
  const { sender, answer } = made();
  sender.take([photograph("a")]);
  answer("dropped", { id: "another", sentence: "no" });
  expect(sender.sending).toBe(true);
  answer("dropped", { sentence: "It is no photograph." });
  expect([...sender.notes.values()]).toEqual(["It is no photograph."]);
});

test("nothing of a photograph stays when it is to be forgotten", () => {
  const { sender, answer } = made();
  sender.take([photograph("a")]);
  answer("forget");
  expect(sender.shot).toBe(null);
  expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:a");
});

test("where the page shows it, one that was looked at is not shown twice", () => {
  const { sender, answer, model } = made({ compact: true });
  const { node, paint } = shotView(sender);
  sender.views.add(paint);
  sender.take([photograph("a")]);
  answer("arrived");
  expect(node.hidden).toBe(false); // Python may still say what is wrong with it
  answer("done");
  expect(node.hidden).toBe(true);
  model.set("compact", false);
  expect(node.hidden).toBe(false);
  sender.take([photograph("b")]);
  model.set("compact", true);
  sender.cancel();
  expect(node.hidden).toBe(false);
});

test.each([
  [true, "Choose a photograph, or take one"],
  [false, "Drop a photograph here, paste it, or choose one"],
])("a touch screen alone: %s", (matches, said) => {
  vi.spyOn(window, "matchMedia").mockImplementation(
    () => /** @type {MediaQueryList} */ ({ matches }),
  );
  expect(invitation().textContent).toBe(said);
});
