import "./chapter_cards.css";
import { count, firstUnseen } from "./course/progress.js";
import { button, el, listen, save } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Chapter } from "./course/progress.js" */
/** @typedef {{ chapters: Chapter[], chosen: string, seen: string[] }} Traits */

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-cards");
  const row = el("div");
  root.append(el("h3", {}, "How does it do that?"), row);
  const draw = () => {
    const seen = model.get("seen");
    const cards = model.get("chapters").map((chapter) => {
      const go = () => save(model, "chosen", firstUnseen(chapter, seen));
      const card = button("", go, { className: "" });
      const tabs = chapter.steps.map(({ tab }) => tab).join(" · ");
      card.append(
        el("strong", {}, chapter.title),
        el("span", { className: "petwidgets-count" }, count(chapter, seen)),
        el("span", {}, chapter.lead),
        el("small", {}, tabs),
      );
      return card;
    });
    row.replaceChildren(...cards);
  };
  draw();
  return listen(model, { "change:chapters change:seen": draw });
}

export default { render };
