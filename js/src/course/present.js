import { button, isShortcut } from "../lib/dom.js";

const PRESENT = "petwidgets-present";
const TYPED =
  "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])";

/**
 * Have the key P show the lesson alone, in large type, for a class; P or Escape ends it.
 *
 * @param {HTMLElement} root the list of chapters, within the app
 */
export function presents(root) {
  const leave = button("End the presentation (P)", () => set(false), {
    className: "petwidgets-leave",
  });
  const app = () => root.closest(".petwidgets-app");
  const set = (/** @type {boolean} */ on) => {
    app()?.classList.toggle(PRESENT, on);
    if (on) app()?.append(leave);
    else leave.remove();
    dispatchEvent(new Event("resize")); // charts take the new width
  };
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const target = /** @type {Element} */ (event.target);
    // A notebook has keys of its own: there the key counts within the app alone.
    const ours = document.body.dataset.voila ? true : app()?.contains(target);
    if (!ours || isShortcut(event) || target.closest(TYPED)) return;
    const on = app()?.classList.contains(PRESENT) ?? false;
    if (event.key.toLowerCase() === "p") set(!on);
    else if (event.key === "Escape" && on) set(false);
  };
  document.addEventListener("keydown", press);
  return () => {
    set(false);
    document.removeEventListener("keydown", press);
  };
}
