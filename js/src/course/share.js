import { button, el, listen, together } from "../lib/dom.js";

/** @import { AnyModel } from "@anywidget/types" */

const COPIED = "Copied. It opens this lesson with these settings.";
const BY_HAND = "Copy it from here:";

/**
 * What stands in the address beside the visit's own id, and is somebody's link if it says more than
 * the lesson.
 *
 * @param {URLSearchParams} state
 */
export function linkIn(state) {
  const link = new URLSearchParams(state);
  link.delete("session");
  return link.has("lesson") && new Set(link.keys()).size > 1 ? `${link}` : "";
}

/**
 * @param {string} text
 * @param {HTMLInputElement} field
 */
async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text); // it is missing on plain http pages
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

/**
 * A button that copies a link to the lesson and its settings. The address's own parameters stay
 * out of it: one of them may be a token.
 *
 * @param {AnyModel<any>} model the list of chapters
 * @param {HTMLElement} root
 */
export function shares(model, root) {
  const said = el("small", { role: "status" });
  const field = el("input", { readOnly: true, hidden: true, "aria-label": "Link to this lesson" });
  const ask = button("Copy a link to this lesson", () => model.send({ share: true }), {
    className: "petwidgets-run",
  });
  root.append(el("div", { className: "petwidgets-share" }, ask, said, field));
  const forget = () => {
    said.textContent = "";
    field.hidden = true;
  };
  /** @param {{ link?: string }} message */
  const hear = async ({ link }) => {
    if (!link) return;
    field.value = `${location.origin}${location.pathname}#${link}`;
    field.hidden = false;
    const done = await copy(field.value, field);
    field.hidden = done;
    said.textContent = done ? COPIED : BY_HAND;
    if (!done) field.select();
  };
  return together(listen(model, { "msg:custom": hear, "change:chosen": forget }), forget);
}
