import "./thumbnail_grid.css";
import { blobUrl, button, clamp, el, isShortcut, listen, together } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ name: string, label: string, problem: string }} Told */
/** @typedef {Told & { url: string }} Item */
/** @typedef {{ count: number, version: number, caption: string, lines: number }} Traits `lines` of a label */
/** @typedef {{ kind: string, version: number, from: number, items: Told[] }} Message */

const CELL = [116, 152]; // pixels that a column is wide at least, the second for longer labels
const PICTURE = 118; // pixels that it and the gap take
const LINE = 22;
const KEPT = 360; // thumbnails that the page holds; those longest out of sight go first
const [SOON, LATER] = [30, 300]; // milliseconds until what is in sight is asked for

/**
 * @param {number} at
 * @param {Item | undefined} item
 * @param {(at: number) => void} open
 */
function cell(at, item, open) {
  const own = { className: "petwidgets-cell", "data-at": at };
  const made = button("", () => open(at), { ...own, "aria-label": `Photograph ${at + 1}` });
  if (!item) return made;
  const { name, label, problem, url } = item;
  made.append(
    url ? el("img", { src: url, alt: "" }) : el("span", { textContent: problem }),
    el("small", { textContent: label || name }),
  );
  made.title = name;
  made.setAttribute("aria-label", `${label.replaceAll("\n", ", ")}: ${name}`);
  return made;
}

/** What Python sent of photographs, by their places, the least recently seen first. */
class Known {
  /** @type {Map<number, Item>} */
  items = new Map();

  /** @param {number} at */
  see(at) {
    const item = this.items.get(at);
    if (!item) return undefined;
    this.items.delete(at);
    this.items.set(at, item);
    return item;
  }

  /**
   * @param {number} at
   * @param {Told} told
   * @param {DataView} jpeg
   */
  take(at, told, jpeg) {
    URL.revokeObjectURL(this.items.get(at)?.url ?? "");
    this.items.set(at, { ...told, url: blobUrl(jpeg) });
  }

  forget(keep = 0) {
    for (const [at, item] of this.items) {
      if (this.items.size <= keep) return;
      URL.revokeObjectURL(item.url);
      this.items.delete(at);
    }
  }
}

/** The places of cells in the box that scrolls; only those in sight are made. */
class Grid {
  known = new Known();
  columns = 1;
  focused = 0;
  waiting = 0;

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    this.rowHeight = PICTURE + LINE * model.get("lines");
    this.all = el("div");
    const own = { tabIndex: 0, role: "group", "aria-label": "Thumbnails" };
    this.view = el("div", own, this.all);
    this.caption = el("p");
  }

  /** @param {number} at */
  open(at) {
    this.focused = at;
    this.model.send({ kind: "open", at });
  }

  /** The first place in sight, and the one behind the last. */
  sight() {
    const { view, columns, rowHeight } = this;
    const first = Math.max(0, Math.floor(view.scrollTop / rowHeight) - 1) * columns;
    const rows = Math.ceil(view.clientHeight / rowHeight) + 2;
    return [first, Math.min(this.model.get("count"), first + rows * columns)];
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  ask(from, to) {
    const { items } = this.known;
    while (from < to && items.has(from)) from++;
    while (from < to && items.has(to - 1)) to--;
    const version = this.model.get("version");
    if (from < to) this.model.send({ kind: "want", version, from, to });
  }

  draw() {
    const [from, to] = this.sight();
    const held = this.all.contains(document.activeElement);
    const cells = [];
    for (let at = from; at < to; at++) cells.push(this.placed(at));
    this.all.replaceChildren(...cells);
    if (held) this.focus();
    return [from, to];
  }

  /** @param {number} at */
  placed(at) {
    const { columns, rowHeight } = this;
    const made = cell(at, this.known.see(at), (one) => this.open(one));
    made.tabIndex = at === this.focused ? 0 : -1;
    Object.assign(made.style, {
      width: `${100 / columns}%`,
      left: `${(100 * (at % columns)) / columns}%`,
      height: `${rowHeight}px`,
      top: `${Math.floor(at / columns) * rowHeight}px`,
    });
    return made;
  }

  focus() {
    /** @type {HTMLElement | null} */
    const one = this.all.querySelector('[tabindex="0"]');
    one?.focus({ preventScroll: true });
  }

  /** Asked a little later than scrolled: who flies by wants no pictures of what is on the way. */
  look() {
    clearTimeout(this.waiting);
    const [from, to] = this.draw();
    this.waiting = setTimeout(() => this.ask(from, to), SOON);
  }

  lay() {
    const { model, view, all } = this;
    const width = CELL[Number(model.get("lines") > 1)];
    this.columns = Math.max(1, Math.floor(view.clientWidth / width));
    all.style.height = `${Math.ceil(model.get("count") / this.columns) * this.rowHeight}px`;
    view.style.height = `${Math.min(440, all.offsetHeight + 2)}px`;
    view.hidden = !model.get("count");
    this.caption.textContent = model.get("caption");
    this.look();
  }

  begin() {
    this.known.forget();
    this.focused = 0;
    this.view.scrollTop = 0;
    this.lay();
  }

  /**
   * @param {Message} message
   * @param {DataView[]} buffers
   */
  hear({ kind, version, from, items }, buffers) {
    if (kind !== "here" || version !== this.model.get("version")) return;
    for (const [i, item] of items.entries()) this.known.take(from + i, item, buffers[i]);
    const [first, last] = this.draw();
    this.known.forget(Math.max(KEPT, last - first));
    // A newer wish may have pushed aside a part of this one.
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const [from, to] = this.sight();
      this.ask(from, to);
    }, LATER);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { view, columns, focused, rowHeight, model } = this;
    const page = columns * Math.floor(view.clientHeight / rowHeight);
    const across = { ArrowRight: 1, ArrowLeft: -1, Home: -focused, End: model.get("count") };
    const along = { ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page };
    const step = { ...across, ...along }[event.key];
    if (step === undefined || isShortcut(event)) return;
    event.preventDefault();
    this.focused = clamp(focused + step, 0, Math.max(0, model.get("count") - 1));
    const top = Math.floor(this.focused / columns) * rowHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    if (top + rowHeight > view.scrollTop + view.clientHeight)
      view.scrollTop = top + rowHeight - view.clientHeight;
    this.look();
    this.focus();
  }

  end() {
    clearTimeout(this.waiting);
    this.known.forget();
  }
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-scroller");
  const grid = new Grid(model);
  root.append(grid.caption, grid.view);
  grid.view.addEventListener("keydown", (event) => grid.press(event));
  grid.view.addEventListener("scroll", () => grid.look(), { passive: true });
  const sizes = new ResizeObserver(() => grid.lay());
  sizes.observe(grid.view);
  /** @type {typeof grid.hear} */
  const hear = (message, buffers) => grid.hear(message, buffers);
  const deafen = listen(model, {
    "change:count": () => grid.lay(), // more have arrived
    "change:version": () => grid.begin(),
    "msg:custom": hear,
  });
  const leave = () => clearTimeout(grid.waiting); // a page that is left has no kernel to ask
  addEventListener("beforeunload", leave);
  grid.lay();
  return together(
    () => removeEventListener("beforeunload", leave),
    () => sizes.disconnect(),
    deafen,
    () => grid.end(),
  );
}

export default { render };
