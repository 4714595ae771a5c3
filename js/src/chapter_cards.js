import "./chapter_cards.css";
import { follow, open } from "./course/course.js";
import { count, firstUnseen } from "./course/progress.js";
import { button, el } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Chapter, Traits } from "./course/course.js" */

/**
 * @param {AnyModel<Traits>} course
 * @param {Chapter} chapter
 */
function cardOf(course, chapter) {
  const seen = course.get("seen");
  const card = button("", () => open(course, firstUnseen(chapter, seen)), { className: "" });
  card.append(
    el("strong", {}, chapter.title),
    el("span", { className: "petwidgets-count" }, count(chapter, seen)),
    el("span", {}, chapter.lead),
    el("small", {}, chapter.steps.map(({ tab }) => tab).join(" · ")),
  );
  return card;
}

/** @param {RenderProps<{ course: string }>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-cards");
  const row = el("div");
  root.append(el("h3", {}, "How does it do that?"), row);
  return follow(model, (course) => {
    const [, ...chapters] = course.get("chapters"); // the first is this page
    row.replaceChildren(...chapters.map((chapter) => cardOf(course, chapter)));
  });
}

export default { render };
