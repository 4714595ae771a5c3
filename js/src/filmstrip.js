import "./filmstrip.css";
import { blobUrl, button, el, focusedAt, listen, save, together } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ key: number, name: string, label: string, tone: string }} Told */
/** @typedef {Told & { url: string }} Item */
/** @typedef {{ chosen: number, named: string, small: boolean }} Traits `chosen`: the key of the one that is shown */

/**
 * @param {Item} item
 * @param {AnyModel<Traits>} model
 */
function picture({ key, name, label, tone, url }, model) {
  const made = button("", () => save(model, "chosen", key), {
    className: "",
    title: `${name}: ${label}`,
    "data-tone": tone,
    "aria-pressed": model.get("chosen") === key,
  });
  if (url) made.append(el("img", { src: url, alt: "" }));
  made.append(el("span", { textContent: label }));
  return made;
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-album");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", model.get("named"));
  /** @type {Map<number, Item>} */
  const items = new Map();
  /** @param {number} key */
  const forget = (key) => {
    URL.revokeObjectURL(items.get(key)?.url ?? "");
    items.delete(key);
  };
  const forgetAll = () => [...items.keys()].forEach(forget);
  const draw = () => {
    const at = focusedAt([...root.children]);
    const sorted = [...items.values()].sort((a, b) => a.key - b.key);
    root.replaceChildren(...sorted.map((item) => picture(item, model)));
    root.classList.toggle("petwidgets-album-small", model.get("small"));
    root.hidden = items.size < 2; // a single one is what is shown anyway
    const again = root.children[at];
    if (again instanceof HTMLElement) again.focus();
    root.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  };
  /**
   * @param {{ kind: string, items: Told[] }} message
   * @param {DataView[]} buffers
   */
  const hear = ({ kind, items: told }, buffers) => {
    if (kind === "all") forgetAll();
    told.forEach((item, i) => {
      forget(item.key);
      items.set(item.key, { ...item, url: blobUrl(buffers[i]) });
    });
    draw();
  };
  const deafen = listen(model, { "msg:custom": hear, "change:chosen": draw, "change:small": draw });
  draw();
  model.send("all");
  return together(deafen, forgetAll);
}

export default { render };
