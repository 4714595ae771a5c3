import "./questions.css";
import { button, el, listen, newId, say } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/**
 * @typedef {{ number: number, task: string, options: string[], free: boolean, answer: string,
 *   state: "open" | "right" | "wrong" | "compared", said: string, model: string,
 *   lesson?: string }} Item
 */
/** @typedef {{ caption: string, items: Item[] }} Traits */

const MARKS = { open: "", right: "✓", wrong: "✗", compared: "✓" };
const STATES = { open: "open", right: "right", wrong: "not right yet", compared: "compared" };
const LONGEST = 600; // characters of an answer

/** One question: made once, and drawn anew when its state changes. */
class Question {
  /**
   * @param {AnyModel<Traits>} model
   * @param {Item} item
   */
  constructor(model, item) {
    const send = (/** @type {string} */ answer) =>
      model.send({ kind: "answer", number: item.number, answer });
    this.mark = el("span", { className: "petwidgets-state", role: "img" });
    this.said = el("p", { className: "petwidgets-said", role: "status" });
    this.model = el("p", { className: "petwidgets-model" });
    const id = newId();
    const task = el("p", {}, this.mark, el("span", { id }, `${item.number}. ${item.task}`));
    this.field = item.options.length ? choices(item, id, send) : written(item, id, send);
    this.node = el("li", {}, task, this.field.node, this.said, this.model);
    if (item.lesson)
      task.append(" ", el("a", { href: `#lesson=${item.lesson}` }, "See the lesson"));
  }

  /** @param {Item} item */
  draw({ state, said, model, answer }) {
    this.node.dataset.state = state;
    this.mark.textContent = MARKS[state];
    this.mark.hidden = state === "open";
    this.mark.setAttribute("aria-label", STATES[state]);
    say(this.said, said);
    this.model.textContent = model && `In our words: ${model}`;
    this.field.show(answer);
  }
}

/**
 * @param {Item} item
 * @param {string} label
 * @param {(answer: string) => void} send
 */
function choices({ options }, label, send) {
  const name = newId();
  const inputs = options.map((value) => {
    const own = { type: "radio", name, value, onchange: () => send(value) };
    return el("input", own);
  });
  const rows = inputs.map((input) => el("label", {}, input, input.value));
  const node = el("div", { role: "radiogroup" }, ...rows);
  node.setAttribute("aria-labelledby", label);
  const show = (/** @type {string} */ answer) => {
    for (const input of inputs) input.checked = input.value === answer;
  };
  return { node, show };
}

/**
 * @param {Item} item
 * @param {string} label
 * @param {(answer: string) => void} send
 */
function written({ free, answer }, label, send) {
  const own = { maxLength: LONGEST, value: answer };
  const input = free ? el("textarea", { ...own, rows: 2 }) : el("input", { ...own, type: "text" });
  input.setAttribute("aria-labelledby", label);
  if (!free)
    Object.assign(input, { spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  const check = () => send(input.value);
  input.addEventListener("keydown", (event) => {
    const key = /** @type {KeyboardEvent} */ (event);
    if (key.key === "Enter" && !key.shiftKey && !key.isComposing) {
      event.preventDefault();
      check();
    }
  });
  input.addEventListener("change", check); // who leaves the field, or the lesson, loses nothing
  const node = el("div", {}, input, button(free ? "Compare" : "Check", check));
  const show = (/** @type {string} */ kept) => {
    if (document.activeElement !== input) input.value = kept; // who types goes on
  };
  return { node, show };
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-questions");
  const caption = el("h3");
  const list = el("ol");
  root.append(caption, list);
  /** @type {Map<number, Question>} */
  let made = new Map();
  const draw = () => {
    const items = model.get("items");
    if (items.map(({ number }) => number).join() !== [...made.keys()].join()) {
      made = new Map(items.map((item) => [item.number, new Question(model, item)]));
      list.replaceChildren(...[...made.values()].map(({ node }) => node));
    }
    for (const item of items) made.get(item.number)?.draw(item);
    caption.textContent = model.get("caption");
    root.hidden = !items.length;
  };
  draw();
  return listen(model, { "change:items change:caption": draw });
}

export default { render };
