// Elements as this widget names them, and its two drawings.

import { el, button as made, svg } from "../lib/dom.js";

/** @import { Given } from "../types.js" */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} name of its class, without what all of them begin with
 * @param {Given<HTMLElementTagNameMap[Tag]>} [given]
 * @param {...(Node | string)} children
 */
export function make(tag, name, given, ...children) {
  const node = el(tag, given, ...children);
  node.className = `petwidgets-upload-${name}`;
  return node;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => unknown} onclick
 */
export const button = (name, text, onclick) =>
  made(text, onclick, { className: `petwidgets-upload-${name}` });

/** @param {...SVGElement} shapes */
const icon = (...shapes) =>
  svg("svg", { viewBox: "0 0 24 24", fill: "currentColor", "aria-hidden": true }, ...shapes);

/**
 * @param {number} cx
 * @param {number} cy
 * @param {number} rx
 * @param {number} ry
 */
const toe = (cx, cy, rx, ry) => svg("ellipse", { cx, cy, rx, ry });

const PAD =
  "M12 11.5c-3 0-5.8 3.1-5.8 5.8 0 1.7 1.2 2.7 2.7 2.7 1.2 0 2-.6 3.1-.6s1.9.6 3.1.6" +
  "c1.5 0 2.7-1 2.7-2.7 0-2.7-2.8-5.8-5.8-5.8z";
const CAMERA =
  "M9 4 7.5 6H5a3 3 0 0 0-3 3v8a3 3 0 0 0 3 3h14a3 3 0 0 0 3-3V9a3 3 0 0 0-3-3h-2.5L15 4z" +
  "m3 4.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z";

export const paw = () =>
  icon(
    toe(5, 11, 1.9, 2.5),
    toe(9.4, 6.4, 2, 2.7),
    toe(14.6, 6.4, 2, 2.7),
    toe(19, 11, 1.9, 2.5),
    svg("path", { d: PAD }),
  );

export const camera = () => icon(svg("path", { "fill-rule": "evenodd", d: CAMERA }));

/** What can be done here: a phone drops and pastes nothing, and its list of photographs has its camera. */
export const invitation = () => {
  const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const text = touch
    ? "Choose a photograph, or take one"
    : "Drop a photograph here, paste it, or choose one";
  return make("p", "invite", {}, text);
};

/** @param {Element} node */
export const isShown = (node) => node.getClientRects().length > 0;
