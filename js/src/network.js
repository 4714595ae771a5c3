import "./network.css";
import { blobUrls, button, el, focusedAt, listen, save, together } from "./lib/dom.js";
import { rate } from "./lib/formatting.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/** @typedef {{ name: string, said: string, side: number }} Block `side`: how large, 0 to 1 */
/** @typedef {{ name: string, said: string, state: string, blocks: Block[] }} Group */
/** @typedef {{ groups: Group[], rates: number[], maps: Bytes, tiles: number, chosen: number }} Traits */

const [SMALLEST, LARGEST] = [26, 76]; // pixels
const ENLARGED = 168;
const [LOWEST, HIGHEST] = [-7, -1]; // powers of ten: a rate's colour lies between them

/**
 * How blue a group is, in per cent.
 *
 * @param {number | undefined} value its learning rate
 */
export function blueness(value) {
  if (!value) return 45; // it trains, at a rate that nobody knows yet
  const share = (Math.log10(value) - LOWEST) / (HIGHEST - LOWEST);
  return Math.round(12 + 78 * Math.min(1, Math.max(0, share)));
}

/**
 * A square, with the map of its block if there is one.
 *
 * @param {number} at the block's position
 * @param {number} side in pixels
 * @param {string} url of the maps
 * @param {number} tiles
 */
function square(at, side, url, tiles) {
  const box = el("span", { style: { width: `${side}px`, height: `${side}px` } });
  if (url && at >= 0 && at < tiles) {
    const part = (100 * at) / Math.max(1, tiles - 1);
    box.style.background = `url(${url}) ${part}% 0 / ${100 * tiles}% 100%`;
  }
  return box;
}

/**
 * @param {Block} block
 * @param {number} at its position among all blocks
 * @param {string} url of the maps
 * @param {AnyModel<Traits>} model
 */
function drawn({ name, said, side }, at, url, model) {
  const made = button("", () => save(model, "chosen", model.get("chosen") === at ? -1 : at), {
    className: "",
    title: said,
    "aria-label": `${name}: ${said}`,
    "aria-pressed": model.get("chosen") === at,
  });
  const pixels = Math.round(SMALLEST + (LARGEST - SMALLEST) * side);
  made.append(square(at, pixels, url, model.get("tiles")), el("small", { textContent: name }));
  return made;
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-network");
  const list = el("ol", { "aria-label": "Layer groups, from the photograph to the answer" });
  const told = el("p", { "aria-live": "polite" });
  root.append(list, told);
  const urls = blobUrls();
  const paint = () => {
    const rates = model.get("rates");
    // Not of the model's groups: of both that change at once, the rates may be told first.
    list.querySelectorAll("li").forEach((item, i) => {
      const frozen = item.dataset.state === "frozen";
      item.style.setProperty("--blue", `${blueness(frozen ? 0 : rates[i])}%`);
      const output = item.querySelector("output");
      if (output) output.textContent = i < rates.length ? `rate ${rate(rates[i])}` : "";
    });
  };
  const draw = () => {
    const at = focusedAt([...list.querySelectorAll("button")]);
    urls.free();
    const url = urls.make(model.get("maps"), "image/webp");
    const groups = model.get("groups");
    root.hidden = !groups.length;
    let n = 0;
    const items = groups.map(({ name, said, state, blocks }) => {
      const row = el("div", {}, ...blocks.map((block) => drawn(block, n++, url, model)));
      const now = el("strong", {}, name);
      const made = el("li", { "data-state": state }, row, now, el("output"), el("span", {}, said));
      made.style.flexGrow = String(blocks.length);
      return made;
    });
    list.replaceChildren(...items);
    const all = groups.flatMap(({ blocks }) => blocks);
    const chosen = model.get("chosen");
    const { name = "", said = "" } = all[chosen] ?? {};
    const large = url && chosen >= 0 && chosen < model.get("tiles");
    told.replaceChildren(
      ...(large ? [square(chosen, ENLARGED, url, model.get("tiles"))] : []),
      name && `${name}: ${said}`,
    );
    list.querySelectorAll("button")[at]?.focus();
    paint();
  };
  draw();
  const heard = { "change:groups": draw, "change:maps": draw, "change:chosen": draw };
  return together(listen(model, { ...heard, "change:rates": paint }), urls.free);
}

export default { render };
