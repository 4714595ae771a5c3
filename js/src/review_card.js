import "./review_card.css";
import { blobUrls, button, el, isShortcut, listen, say, together } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/**
 * @typedef {object} Item
 * @property {string} [title]
 * @property {string} [problem]
 * @property {string} [mark] what was decided
 * @property {string} [tone]
 * @property {string} [guess] the breed that is offered first
 * @property {[string, string][]} [facts]
 */
/**
 * @typedef {object} Traits
 * @property {Item} item
 * @property {Bytes} [jpeg]
 * @property {[value: string, text: string][]} breeds
 * @property {string} empty why there is no item
 * @property {string} where which of how many
 * @property {string} said what was done last
 * @property {boolean} undoes
 * @property {boolean} redoes
 */

const KEYS =
  "Review by keyboard: K keep, R relabel, D or X leave out, C undecided, arrows go on, U undo, Y redo";

/** @param {AnyModel<Traits>} model */
function build(model) {
  const decide = (/** @type {string} */ what, more = {}) => model.send({ do: what, ...more });
  const relabel = () => {
    decide("relabel", { breed: select.value });
    box.focus();
  };
  const select = el("select");
  const buttons = {
    keep: button("Keep (K)", () => decide("keep")),
    leave: button("Leave out (D)", () => decide("leave_out")),
    clear: button("Undecided (C)", () => decide("clear")),
    change: button("Relabel (Enter)", relabel),
    back: button("Previous (\u2190)", () => model.send({ go: -1 })),
    next: button("Next (\u2192)", () => model.send({ go: 1 })),
    undo: button("Undo (U)", () => decide("undo")),
    redo: button("Redo (Y)", () => decide("redo")),
  };
  const texts = {
    where: el("span"),
    mark: el("strong"),
    image: el("img"),
    problem: el("p"),
    title: el("h3"),
    table: el("table"),
    said: el("p", { className: "petwidgets-review-said", role: "status" }),
  };
  const { keep, leave, clear, change, back, next, undo, redo } = buttons;
  const { where, mark, image, problem, title, table, said } = texts;
  const label = el("label", {}, "New label (R) ", select);
  const side = [
    title,
    table,
    el("p", {}, keep, leave, clear),
    el("p", {}, label, change),
    el("p", {}, back, next, undo, redo),
    said,
  ];
  const box = el(
    "div",
    { tabIndex: 0, role: "group", "aria-label": KEYS },
    el("p", { className: "petwidgets-review-head" }, where, mark),
    el("div", { className: "petwidgets-review-picture" }, image, problem),
    el("div", { className: "petwidgets-review-side" }, ...side),
  );
  return { box, select, relabel, buttons, ...texts };
}

/**
 * @param {ReturnType<typeof build>} parts
 * @param {KeyboardEvent} event
 */
function press({ box, select, relabel, buttons }, event) {
  const { keep, leave, clear, undo, redo, back, next } = buttons;
  const { arrowleft, arrowright } = { arrowleft: back, arrowright: next };
  /** @type {Record<string, HTMLButtonElement>} */
  const keys = { k: keep, d: leave, x: leave, c: clear, u: undo, y: redo, arrowleft, arrowright };
  event.stopPropagation(); // Jupyter listens to keys, too.
  if (isShortcut(event)) return;
  const key = event.key.toLowerCase();
  if (event.target === select) {
    if (key === "enter") relabel();
    else if (key === "escape") box.focus();
    else return;
  } else if (key === "r") select.focus();
  else if (keys[key]) {
    if (!keys[key].disabled) keys[key].click();
  } else return;
  event.preventDefault();
}

/** @param {[string, string]} fact */
const fact = ([name, value]) =>
  el("tr", {}, el("th", { textContent: name, scope: "row" }), el("td", { textContent: value }));

/**
 * Offer the breeds, that of the guess first.
 *
 * @param {HTMLSelectElement} select
 * @param {[value: string, text: string][]} breeds
 * @param {string} guess
 */
function offer(select, breeds, guess) {
  const first = breeds.filter(([value]) => value === guess);
  const rest = breeds.filter(([value]) => value !== guess);
  select.replaceChildren(...[...first, ...rest].map(([value, text]) => new Option(text, value)));
  select.value = first.length ? guess : (rest[0]?.[0] ?? "");
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-review");
  const parts = build(model);
  const { box, select, buttons, where, mark, image, problem, title, table, said } = parts;
  const nothing = el("p");
  root.append(nothing, box);
  box.addEventListener("keydown", (event) => press(parts, event));
  const urls = blobUrls();
  const look = () => {
    urls.free();
    const url = urls.make(model.get("jpeg"));
    image.hidden = !url;
    if (url) image.src = url;
  };
  const disable = (/** @type {HTMLButtonElement} */ one, /** @type {boolean} */ off) => {
    // A button that is disabled would lose the focus to nowhere.
    if (off && one === document.activeElement) box.focus();
    one.disabled = off;
  };
  const draw = () => {
    const item = model.get("item");
    box.hidden = !item.title;
    nothing.textContent = model.get("empty");
    where.textContent = model.get("where");
    mark.textContent = item.mark ?? "";
    mark.className = item.tone ?? "";
    title.textContent = image.alt = item.title ?? "";
    problem.textContent = item.problem ?? "";
    table.replaceChildren(...(item.facts ?? []).map(fact));
    disable(buttons.clear, item.tone === "open");
    offer(select, model.get("breeds"), item.guess ?? "");
  };
  const tell = () => {
    say(said, model.get("said"));
    disable(buttons.undo, !model.get("undoes"));
    disable(buttons.redo, !model.get("redoes"));
  };
  look();
  draw();
  tell();
  const deafen = listen(model, {
    "change:jpeg": look,
    "change:item change:breeds change:where change:empty": draw,
    "change:said change:undoes change:redoes": tell,
  });
  return together(deafen, urls.free);
}

export default { render };
