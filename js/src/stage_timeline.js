import "./stage_timeline.css";
import { clamp, el, focusedAt, listen } from "./lib/dom.js";
import { count } from "./lib/formatting.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {{ said: string, epochs: number, frozen: boolean }} Stage */
/** @typedef {{ stages: Stage[] }} Traits */

const MOST = 200;
const SPARE = 1.25; // room behind the last stage, to drag it into
const FEWEST = 6; // epochs that have room, so that one is not as wide as the page

/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };

/**
 * How many epochs have room.
 *
 * @param {number[]} epochs
 */
export const room = (epochs) =>
  Math.max(
    FEWEST,
    epochs.reduce((a, b) => a + b, 0),
  ) * SPARE;

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-timeline");
  const row = el("div");
  root.append(row);
  /** @type {number | null} while one drags, a pixel stands for as much as at the beginning */
  let held = null;
  const own = () => model.get("stages").map(({ epochs }) => epochs);
  /**
   * @param {number} i
   * @param {number} epochs
   */
  const say = (i, epochs) => {
    const next = clamp(Math.round(epochs), 0, MOST);
    if (own()[i] !== next) model.send([i, next]);
  };
  /**
   * @param {Stage} stage
   * @param {number} i
   */
  const drawn = ({ said, epochs, frozen }, i) => {
    const end = el("span", {
      role: "slider",
      tabIndex: 0,
      "aria-label": `Epochs of stage ${i + 1}`,
      "aria-valuemin": 0,
      "aria-valuemax": MOST,
      "aria-valuenow": epochs,
    });
    end.onkeydown = (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      event.stopPropagation();
      say(i, own()[i] + KEYS[event.key]);
    };
    end.onpointerdown = (event) => {
      event.preventDefault();
      end.focus();
      held = room(own());
      const pixels = row.clientWidth / held;
      const [x, began] = [event.clientX, own()[i]];
      const move = (/** @type {PointerEvent} */ now) => say(i, began + (now.clientX - x) / pixels);
      const stop = () => {
        held = null;
        window.removeEventListener("pointermove", move);
        draw();
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", stop, { once: true });
      window.addEventListener("pointercancel", stop, { once: true });
    };
    const many = el("strong", {}, `${count(epochs)} ${epochs === 1 ? "epoch" : "epochs"}`);
    const box = el("div", { "data-frozen": frozen, title: said }, many, el("span", {}, said), end);
    box.style.width = `${(100 * epochs) / (held ?? room(own()))}%`;
    return box;
  };
  function draw() {
    const at = focusedAt([...row.querySelectorAll("[role=slider]")]);
    row.replaceChildren(...model.get("stages").map(drawn));
    const again = row.querySelectorAll("[role=slider]")[at];
    if (again instanceof HTMLElement) again.focus();
  }
  draw();
  return listen(model, { "change:stages": draw });
}

export default { render };
