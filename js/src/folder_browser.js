import "./folder_browser.css";
import { button, clamp, el, focusedAt, isShortcut, listen, save } from "./lib/dom.js";

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

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-folders");
  const parts = build(model);
  const { up, ways, path, holds, list, state, choose, toggle, inside } = parts;
  const entries = new List(list);
  root.append(toggle, inside);

  /** @param {object} message */
  const send = (message) => model.send({ ...message, version: model.get("version") });
  // Where the keyboard goes on once the next list is there: into a folder, or back out of one.
  /** @type {string | null} */
  let came = null;
  /** @param {number} at */
  const into = (at) => {
    came = "";
    send({ into: at });
  };
  /** @param {string} way */
  const go = (way) => {
    came = way === "up" ? (model.get("place").path?.split(/[\\/]/).pop() ?? "") : "";
    send({ go: way });
  };
  up.onclick = () => go("up");
  choose.onclick = () => send({ choose: true });
  toggle.onclick = () => (model.get("opened") ? save(model, "opened", false) : go("start"));
  list.onkeydown = (event) => entries.press(event, () => up.disabled || go("up"));

  const follow = () => {
    if (came === null) return;
    const all = entries.buttons;
    entries.focus(all.find((one) => one.textContent === `${came}/`) ?? all[0]);
    if (!all.length) choose.focus();
    came = null;
  };
  const lay = () => {
    const { path: shown = "", text = "", top = true } = model.get("place");
    path.textContent = shown;
    holds.textContent = text;
    up.disabled = top;
    ways.replaceChildren(...model.get("ways").map(([key, label]) => button(label, () => go(key))));
    list.replaceChildren(...model.get("rows").map((name, at) => row(name, at, into)));
    list.hidden = !model.get("rows").length;
    list.setAttribute("aria-label", `Folders in ${shown}`);
    list.scrollTop = 0;
    tell();
    follow();
  };
  const tell = () => {
    state.textContent = model.get("state");
    const texts = model.get("texts");
    entries.buttons.forEach((open, at) => {
      const { text = "...", closed = false } = texts[at] ?? {};
      if (open.nextSibling) open.nextSibling.textContent = text;
      open.setAttribute("aria-description", text);
      open.setAttribute("aria-disabled", String(closed));
    });
  };
  const open = () => {
    const opened = model.get("opened");
    const had = inside.contains(document.activeElement);
    inside.hidden = !opened;
    toggle.textContent = opened ? "Close the list of folders" : "Browse folders";
    toggle.setAttribute("aria-expanded", String(opened));
    if (!opened && had) toggle.focus();
  };
  lay();
  open();
  return listen(model, {
    "change:version": lay,
    "change:texts change:state": tell,
    "change:opened": open,
  });
}

export default { render };
