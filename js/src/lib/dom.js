// What all widgets do with the page and with their model.

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Attributes, Bytes, Given, Handlers } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Given<HTMLElementTagNameMap[Tag]>} [given] properties; what is none becomes an attribute
 * @param {...(Node | string)} children
 */
export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "style") Object.assign(node.style, value);
    else if (name in node) Object.assign(node, { [name]: value });
    else node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/**
 * Make an element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * Make a button, in Jupyter's look unless it is given another class.
 *
 * @param {string} text
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {Given<HTMLButtonElement>} [given]
 */
export function button(text, onclick, given = {}) {
  const own = { type: /** @type {const} */ ("button"), className: "jupyter-button" };
  return el("button", { ...own, textContent: text, onclick, ...given });
}

/**
 * Make a row of a table.
 *
 * @param {"td" | "th"} tag
 * @param {Iterable<string>} texts
 */
export function tr(tag, texts) {
  return el("tr", {}, ...Array.from(texts, (textContent) => el(tag, { textContent })));
}

/**
 * The nearest element around an event's target that a selector names.
 *
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/**
 * Write a text only if it is another one: a screen reader would read the same words again.
 *
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Which of some elements has the focus; -1 if none.
 *
 * @param {(Element | null)[]} nodes
 */
export const focusedAt = (nodes) => nodes.indexOf(document.activeElement);

/**
 * An address for a picture's bytes, empty if there are none.
 *
 * @param {Bytes | DataView | null | undefined} bytes
 * @param {string} [type]
 */
export function blobUrl(bytes, type = "image/jpeg") {
  if (!bytes?.byteLength) return "";
  return URL.createObjectURL(new Blob([/** @type {Bytes} */ (bytes)], { type }));
}

/** Addresses that are given back together: at the next drawing, and when the view goes. */
export function blobUrls() {
  /** @type {string[]} */
  const urls = [];
  return {
    /** @type {typeof blobUrl} */
    make(bytes, type) {
      const url = blobUrl(bytes, type);
      if (url) urls.push(url);
      return url;
    },
    free() {
      for (const url of urls.splice(0)) URL.revokeObjectURL(url);
    },
  };
}

/**
 * Hear a model.
 *
 * @param {AnyModel<any>} model
 * @param {Handlers} handlers by the names of their events, several parted by spaces
 * @returns {() => void} takes them off: for when the view goes
 */
export function listen(model, handlers) {
  const pairs = Object.entries(handlers).flatMap(([names, act]) =>
    names.split(" ").map((name) => /** @type {const} */ ([name, act])),
  );
  for (const [name, act] of pairs) model.on(name, act);
  return () => {
    for (const [name, act] of pairs) model.off(name, act);
  };
}

/**
 * One function that calls several: what `render` returns, for when the view goes.
 *
 * @param {...(() => void)} ends
 */
export function together(...ends) {
  return () => {
    for (const end of ends) end();
  };
}

/**
 * Set a trait, and tell Python.
 *
 * @template {Record<string, any>} Traits
 * @template {keyof Traits} Name
 * @param {AnyModel<Traits>} model
 * @param {Name} name
 * @param {Traits[Name]} value
 */
export function save(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

/**
 * Put a cell's text to the left, unless it is a number.
 *
 * @param {HTMLTableCellElement} cell
 * @param {RegExp} number how one begins
 */
export function columnAlign(cell, number) {
  if (!number.test(cell.textContent ?? "")) cell.className = "petwidgets-words";
}

/**
 * Let the keyboard reach a box while it is wider than its place: arrow keys scroll it then.
 *
 * @param {HTMLElement} box
 * @returns {() => void} ends it
 */
export function scrollByKeyboard(box) {
  box.classList.add("petwidgets-wide");
  box.tabIndex = -1;
  const sizes = new ResizeObserver(() => {
    box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  });
  sizes.observe(box);
  return () => sizes.disconnect();
}

/** A name for a question; crypto.randomUUID is missing on plain http pages. */
export function newId() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
export function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

/** @param {KeyboardEvent} event */
export const isShortcut = (event) => event.ctrlKey || event.metaKey || event.altKey;
