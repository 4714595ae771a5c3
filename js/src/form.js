import "./form.css";
import { button, el, listen, save, say, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {string | number | boolean} Value */
/**
 * @typedef {object} Field
 * @property {"choice" | "slider" | "number" | "switch" | "text" | "button"} kind
 * @property {string} name
 * @property {string} label
 * @property {string} [hint]
 * @property {[value: string, text: string][]} [options] of a choice
 * @property {number} [least] of a number
 * @property {number} [most]
 * @property {number} [step]
 * @property {string} [unit]
 * @property {string} [placeholder]
 * @property {boolean} [live] whether each key that is typed tells
 * @property {boolean} [primary] of a button
 * @property {boolean} [shows] of a button: what it begins is shown below it
 * @property {boolean} [hidden]
 * @property {boolean} [disabled]
 */
/**
 * @typedef {object} Traits
 * @property {Field[]} fields
 * @property {Record<string, Value>} values by name
 * @property {Record<string, [value: Value, count: number]>} edits by name, what the page gave last
 * @property {number} taken the count of the newest edit among the values
 * @property {Record<string, string>} said by name, why a value is another one than was given
 */
/**
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {Node} words what its label is written in
 * @property {HTMLInputElement | HTMLSelectElement | HTMLButtonElement} input
 * @property {(value: Value, said?: string) => void} [show]
 */
/** @typedef {(field: Field, value?: Value) => void} Tell */

const TYPES = { slider: "range", number: "number", switch: "checkbox", text: "text" };

/** @param {Field} field */
function box({ kind, options = [], placeholder = "", least, most, step }) {
  if (kind === "choice")
    return el("select", {}, ...options.map(([value, text]) => new Option(text, value)));
  const type = kind === "button" ? "button" : TYPES[kind];
  const input = el("input", { type, placeholder, spellcheck: false });
  if (least !== undefined) Object.assign(input, { min: least, max: most, step });
  return input;
}

/**
 * @param {Field} field
 * @param {HTMLInputElement | HTMLSelectElement} input
 */
function read({ kind, least }, input) {
  if (input instanceof HTMLSelectElement) return input.value;
  if (kind === "switch") return input.checked;
  return least === undefined ? input.value : input.valueAsNumber;
}

/**
 * Write a value, unless the person is about to: what is being typed is newer than what Python
 * knows; a number that was entered is not.
 *
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {Value} value
 * @param {boolean} typing
 */
function write(input, value, typing) {
  const held = input === document.activeElement;
  const typed = input.type === "text" || (input.type === "number" && typing);
  if (input instanceof HTMLInputElement && input.type === "checkbox")
    input.checked = Boolean(value);
  else if (!(held && typed)) input.value = String(value);
}

/**
 * @param {Field} field
 * @param {Node} words
 * @param {HTMLElement} input
 * @param {HTMLElement} amount a slider's
 * @param {HTMLElement} remark
 */
function labelled(field, words, input, amount, remark) {
  const label = el("span", {}, words);
  if (field.kind === "slider") label.append(" ", amount);
  const node = el("label", { className: `petwidgets-field petwidgets-field-${field.kind}` });
  node.append(...(field.kind === "switch" ? [input, label] : [label, input, remark]));
  if (field.hint) node.title = field.hint;
  return node;
}

/**
 * @param {Field} field
 * @param {Tell} tell
 * @returns {Control}
 */
function press(field, tell) {
  const className = `jupyter-button ${field.primary ? "mod-primary" : ""}`;
  const go = () => {
    // What it begins is shown below it: that is to be in sight.
    if (field.shows && node.getBoundingClientRect().bottom > innerHeight / 2)
      node.scrollIntoView({ block: "center" });
    tell(field);
  };
  const node = button(field.label, go, { className });
  return { node, words: node, input: node };
}

/**
 * @param {Field} field
 * @param {Tell} tell
 * @param {(name: string) => Value} now its value
 * @returns {Control}
 */
function control(field, tell, now) {
  if (field.kind === "button") return press(field, tell);
  const input = box(field);
  const [amount, words] = [el("b"), new Text()];
  const own = { className: "petwidgets-field-remark", hidden: true, "aria-live": "polite" };
  const remark = el("small", own);
  let typing = false;
  /** @param {string} sentence */
  const explain = (sentence) => {
    say(remark, sentence);
    remark.hidden = !sentence;
  };
  /** @param {Value} value */
  const show = (value, said = "") => {
    explain(said);
    amount.textContent = `${value}${field.unit ?? ""}`;
    write(input, value, typing);
  };
  input.addEventListener("input", () => {
    typing = true;
  });
  const live = field.live || field.kind === "slider";
  input.addEventListener(live ? "input" : "change", () => {
    const value = read(field, input);
    typing = false;
    if (Number.isNaN(value)) {
      show(now(field.name));
      return explain(`That is not a number: ${now(field.name)} is kept.`);
    }
    show(value);
    tell(field, value);
  });
  return { node: labelled(field, words, input, amount, remark), words, input, show };
}

/**
 * Let an element have these children, and leave alone those that are in place: one that is taken out
 * and put back loses the focus.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement[]} nodes
 */
function arrange(root, nodes) {
  for (const child of [...root.children]) if (!nodes.some((node) => node === child)) child.remove();
  for (const [at, node] of nodes.entries())
    if (root.children[at] !== node) root.insertBefore(node, root.children[at] ?? null);
}

/** @type {typeof globalThis & { petwidgetsEdits?: Set<() => void> }} */
const page = globalThis;

/**
 * Sends a form's edits that Python has not taken yet. The forms of a page know each other by it:
 * each has code of its own, and a press in one may follow an edit in another.
 *
 * @type {Set<() => void>}
 */
const senders = page.petwidgetsEdits ?? new Set();
page.petwidgetsEdits = senders;

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  /** @type {Map<string, Control & { name: string }>} */
  let controls = new Map();
  /** @type {Tell} */
  const tell = (field, value) => {
    const edits = model.get("edits");
    if (value === undefined) {
      // They go first: ipywidgets holds their own messages back while others are under way.
      for (const send of senders) send();
      return model.send({ press: field.name });
    }
    const count = 1 + Math.max(model.get("taken"), ...Object.values(edits).map(([, at]) => at));
    save(model, "edits", { ...edits, [field.name]: [value, count] });
  };
  /** @param {string} name */
  const now = (name) => {
    const edit = model.get("edits")[name];
    return edit && edit[1] > model.get("taken") ? edit[0] : model.get("values")[name];
  };
  // A field is made anew only when it is another one: focus and a half-typed word stay.
  const build = () => {
    const before = controls;
    controls = new Map();
    for (const { hidden = false, disabled = false, label, ...field } of model.get("fields")) {
      const key = JSON.stringify(field);
      const made = before.get(key) ?? control({ ...field, label }, tell, now);
      say(made.words, label);
      // Without the options, which stand in it.
      if (made.words !== made.input) made.input.setAttribute("aria-label", label);
      made.node.hidden = hidden;
      made.input.disabled = disabled;
      controls.set(key, Object.assign(made, { name: field.name }));
    }
    arrange(
      root,
      [...controls.values()].map(({ node }) => node),
    );
    draw();
  };
  const draw = () => {
    const said = model.get("said");
    for (const { name, show } of controls.values()) show?.(now(name), said[name]);
  };
  const send = () => {
    const edits = model.get("edits");
    const newest = Math.max(0, ...Object.values(edits).map(([, count]) => count));
    if (newest > model.get("taken")) model.send({ edits });
  };
  senders.add(send);
  build();
  const deafen = listen(model, {
    "change:fields": build,
    "change:values change:taken change:said": draw,
  });
  return together(deafen, () => senders.delete(send));
}

export default { render };
