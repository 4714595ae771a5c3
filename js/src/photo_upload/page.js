// What reaches the widget by the page: photographs that are dropped or pasted.

import { closest } from "../lib/dom.js";
import { isShown } from "./parts.js";

/** @import { Taker } from "./camera.js" */

const NO_FILE = "That was not a file; save the picture, then drop it here.";
const EDITABLE = "input:not([type=file]), textarea, select, [contenteditable=true], .cm-editor";

/**
 * @param {DragEvent} event
 * @param {"none" | "copy"} effect
 */
function offer(event, effect) {
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = effect;
}

/**
 * @param {HTMLElement} zone
 * @param {Taker} sender
 */
export function listenForDrops(zone, sender) {
  const over = (/** @type {boolean} */ is) =>
    zone.classList.toggle("petwidgets-upload-over", is && !sender.disabled);
  zone.addEventListener("dragover", (event) => {
    offer(event, sender.disabled ? "none" : "copy");
    over(true);
  });
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(/** @type {Node | null} */ (event.relatedTarget))) over(false);
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    sender.take(files);
    if (!files.length) sender.note("drop", NO_FILE);
  });
}

/**
 * A drop that misses the zone would make the browser leave the page for the photograph.
 *
 * @param {DragEvent} event
 */
function guard(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  offer(event, "none");
}

/**
 * Another of these widgets that has the focus comes first; text fields keep their own paste.
 *
 * @param {Event} event
 * @param {HTMLElement} root
 */
function isForUs(event, root) {
  const focused = document.activeElement?.closest(".petwidgets-upload");
  if (event.defaultPrevented || (focused && focused !== root)) return false;
  return isShown(root) && !closest(event, EDITABLE);
}

/**
 * @param {HTMLElement} root
 * @param {Taker} sender
 * @returns {() => void} ends it
 */
export function listenToPage(root, sender) {
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !isForUs(event, root)) return;
    event.preventDefault();
    sender.take(files);
  };
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", guard);
  document.addEventListener("drop", guard);
  return () => {
    document.removeEventListener("paste", paste);
    document.removeEventListener("dragover", guard);
    document.removeEventListener("drop", guard);
  };
}
