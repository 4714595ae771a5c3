import "./recipe_cards.css";
import { el, listen, newId, save } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @typedef {{ key: string, title: string, text: string, costs: string }} Card */
/** @typedef {{ cards: Card[], chosen: string }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-recipes");
  root.setAttribute("role", "radiogroup");
  root.setAttribute("aria-label", "What to train");
  const name = newId();
  const make = (/** @type {Card} */ { key, title }) => {
    const input = el("input", { type: "radio", name, value: key });
    input.onchange = () => save(model, "chosen", key);
    const [text, costs] = [el("span"), el("small")];
    return {
      input,
      text,
      costs,
      node: el("label", {}, input, el("strong", {}, title), text, costs),
    };
  };
  /** @type {ReturnType<typeof make>[]} */
  let cards = [];
  const draw = () => {
    const wanted = model.get("cards");
    if (wanted.map(({ key }) => key).join() !== cards.map(({ input }) => input.value).join()) {
      cards = wanted.map(make);
      root.replaceChildren(...cards.map(({ node }) => node));
    }
    wanted.forEach((card, i) => {
      cards[i].text.textContent = card.text;
      cards[i].costs.textContent = card.costs;
      cards[i].input.checked = card.key === model.get("chosen");
    });
  };
  draw();
  return listen(model, { "change:cards change:chosen": draw });
}

export default { render };
