import "./folder_browser.css";
import { button, clamp, el, focusedAt, isShortcut, listen, save, say } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {boolean} opened
 * @property {{ path?: string, text?: string, top?: boolean }} place the folder, and what it holds
 * @property {string[]} rows names of the folders in it
 * @property {{ text: string, closed?: boolean }[]} texts of each, as it is counted
 * @property {[key: string, label: string][]} ways shortcuts
 * @property {string} state
 * @property {number} version
 */

/**
 * @param {string} name
 * @param {number} at
 * @param {(at: number) => void} into
 */
function row(name, at, into) {
  const own = { className: "", tabIndex: at ? -1 : 0, "data-at": at };
  return el(
    "li",
    {},
    button(`${name}/`, () => into(at), own),
    el("span"),
  );
}

/**
 * The next one after a place that begins with a letter, around the end if need be.
 *
 * @param {HTMLButtonElement[]} all
 * @param {number} at
 * @param {string} key
 */
function found(all, at, key) {
  const turn = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  return turn.find((one) => one.textContent?.toLowerCase().startsWith(key.toLowerCase()));
}

/** @param {AnyModel<Traits>} model */
function build(model) {
  const up = button("Up", () => {}, { "aria-label": "Up to the folder around this one" });
  const parts = {
    up,
    ways: el("span"),
    path: el("code"),
    holds: el("span"),
    list: el("ul"),
    state: el("p", { role: "status" }),
    choose: button("Show this folder", () => {}, { className: "jupyter-button mod-primary" }),
    toggle: button("Browse folders", () => {}),
  };
  const inside = el(
    "section",
    { "aria-label": "Folders of this machine", hidden: !model.get("opened") },
    el("div", {}, up, parts.ways),
    el("p", {}, parts.path, " ", parts.holds),
    parts.list,
    parts.state,
    el("div", {}, parts.choose),
  );
  return { ...parts, inside };
}

/** The list of folders, one of which the keyboard reaches by Tab. */
class List {
  /** @param {HTMLUListElement} node */
  constructor(node) {
    this.node = node;
  }

  get buttons() {
    return [...this.node.querySelectorAll("button")];
  }

  /** @param {HTMLButtonElement | undefined} one */
  focus(one) {
    for (const other of this.buttons) other.tabIndex = other === one ? 0 : -1;
    one?.focus();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {() => void} goUp
   */
  press(event, goUp) {
    const all = this.buttons;
    const at = focusedAt(all);
    if (at < 0 || isShortcut(event)) return;
    const { key } = event;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key];
    const named = key.length === 1 && key !== " " ? found(all, at, key) : undefined;
    if (to !== undefined) this.focus(all[clamp(to, 0, all.length - 1)]);
    else if (key === "ArrowRight") all[at].click();
    else if (key === "ArrowLeft" || key === "Backspace") goUp();
    else if (named) this.focus(named);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Folders to go into, and the ways out of them. */
class Browser {
  /** @type {string | null} */
  came = null; // where the keyboard goes on in the next list: into a folder, or back out of one

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    this.parts = build(model);
    this.list = new List(this.parts.list);
    const { up, choose, toggle, list } = this.parts;
    up.onclick = () => this.go("up");
    choose.onclick = () => this.send({ choose: true });
    toggle.onclick = () => (model.get("opened") ? save(model, "opened", false) : this.go("start"));
    list.onkeydown = (event) => this.list.press(event, () => up.disabled || this.go("up"));
  }

  /** @param {object} message */
  send(message) {
    this.model.send({ ...message, version: this.model.get("version") });
  }

  /** @param {number} at */
  into(at) {
    this.came = "";
    this.send({ into: at });
  }

  /** @param {string} way */
  go(way) {
    const here = this.model.get("place").path?.split(/[\\/]/).pop() ?? "";
    this.came = way === "up" ? here : "";
    this.send({ go: way });
  }

  follow() {
    if (this.came === null) return;
    const all = this.list.buttons;
    this.list.focus(all.find((one) => one.textContent === `${this.came}/`) ?? all[0]);
    if (!all.length) this.parts.choose.focus();
    this.came = null;
  }

  lay() {
    const { model } = this;
    const { up, ways, path, holds, list } = this.parts;
    const { path: shown = "", text = "", top = true } = model.get("place");
    const rows = model.get("rows");
    path.textContent = shown;
    holds.textContent = text;
    up.disabled = top;
    ways.replaceChildren(
      ...model.get("ways").map(([way, label]) => button(label, () => this.go(way))),
    );
    list.replaceChildren(...rows.map((name, at) => row(name, at, (one) => this.into(one))));
    list.hidden = !rows.length;
    list.setAttribute("aria-label", `Folders in ${shown}`);
    list.scrollTop = 0;
    this.tell();
    this.follow();
  }

  tell() {
    say(this.parts.state, this.model.get("state"));
    const texts = this.model.get("texts");
    this.list.buttons.forEach((open, at) => {
      const { text = "...", closed = false } = texts[at] ?? {};
      if (open.nextSibling) open.nextSibling.textContent = text;
      open.setAttribute("aria-description", text);
      open.setAttribute("aria-disabled", String(closed));
    });
  }

  open() {
    const { inside, toggle } = this.parts;
    const opened = this.model.get("opened");
    const had = inside.contains(document.activeElement);
    inside.hidden = !opened;
    toggle.textContent = opened ? "Close the list of folders" : "Browse folders";
    toggle.setAttribute("aria-expanded", String(opened));
    if (!opened && had) toggle.focus();
  }
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-folders");
  const browser = new Browser(model);
  root.append(browser.parts.toggle, browser.parts.inside);
  browser.lay();
  browser.open();
  return listen(model, {
    "change:version": () => browser.lay(),
    "change:texts change:state": () => browser.tell(),
    "change:opened": () => browser.open(),
  });
}

export default { render };
