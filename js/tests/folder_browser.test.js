import { beforeEach, expect, test } from "vitest";
import browser from "../src/folder_browser.js";
import { show } from "./model.js";

const TRAITS = {
  opened: true,
  place: { path: "/srv/pets", text: "2 folders", top: false },
  rows: ["cats", "dogs"],
  texts: [{ text: "12 photographs" }],
  ways: [["home", "Home"]],
  state: "",
  version: 7,
};

/** @type {ReturnType<typeof show>} */
let shown;

beforeEach(() => {
  shown = show(browser, { ...TRAITS });
});

const folders = () => [...shown.root.querySelectorAll("li button")];
const press = (/** @type {string} */ key) =>
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

test("a folder says what it holds, once that is counted", () => {
  const said = () => folders().map((one) => one.getAttribute("aria-description"));
  expect(said()).toEqual(["12 photographs", "..."]);
  shown.model.set("texts", [{ text: "12 photographs" }, { text: "closed", closed: true }]);
  expect(said()).toEqual(["12 photographs", "closed"]);
  expect(folders()[1].getAttribute("aria-disabled")).toBe("true");
});

test("keys go through the list, into a folder and up", () => {
  /** @type {HTMLElement} */ (folders()[0]).focus();
  press("d");
  expect(document.activeElement).toBe(folders()[1]);
  press("Home");
  press("ArrowRight");
  press("Backspace");
  expect(shown.sent).toEqual([
    { into: 0, version: 7 },
    { go: "up", version: 7 },
  ]);
});

test("who comes back up stands at the folder that was left", () => {
  /** @type {HTMLElement} */ (folders()[0]).focus();
  press("Backspace");
  shown.model.set("place", { path: "/srv", top: true });
  shown.model.set("rows", ["photos", "pets"]);
  shown.model.set("version", 8);
  expect(document.activeElement?.textContent).toBe("pets/");
});

test("a view that is gone hears nothing", () => {
  expect(shown.heard()).toHaveLength(4);
  shown.end();
  expect(shown.heard()).toEqual([]);
});
