import "./lesson_list.css";
import { button, el, listen, save } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ key: string, title: string, group?: string }} Lesson */
/** @typedef {{ lessons: Lesson[], chosen: string, run?: string }} Traits */

const inAddress = () => new URLSearchParams(location.hash.slice(1)).get("lesson");

/** @param {string} key */
function toAddress(key) {
  const state = new URLSearchParams(location.hash.slice(1));
  if (state.get("lesson") === key) return;
  state.set("lesson", key);
  history.replaceState(history.state, "", `#${state}`);
}

/**
 * @param {AnyModel<Traits>} model
 * @param {string} key
 */
function choose(model, key) {
  if (model.get("lessons").some((lesson) => lesson.key === key)) save(model, "chosen", key);
}

/**
 * Buttons, and before the first of a group its name.
 *
 * @param {Lesson[]} lessons
 * @param {AnyModel<Traits>} model
 */
function entries(lessons, model) {
  return lessons.flatMap(({ key, title, group }, i) => {
    const own = { className: "", "data-lesson": key };
    const choice = button(title, () => choose(model, key), own);
    const begins = group && group !== lessons[i - 1]?.group;
    return begins ? [el("p", { textContent: group }), choice] : [choice];
  });
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-lessons");
  const nav = el("nav", { "aria-label": "Lessons" }, ...entries(model.get("lessons"), model));
  const run = button("", () => choose(model, "runs"), { className: "petwidgets-run" });
  root.append(run, nav);
  const tell = () => {
    run.textContent = model.get("run") ?? "";
    run.hidden = !run.textContent;
  };
  const mark = () => {
    for (const choice of nav.querySelectorAll("button")) {
      const chosen = choice.dataset.lesson === model.get("chosen");
      if (!chosen) choice.removeAttribute("aria-current");
      else {
        choice.setAttribute("aria-current", "page");
        // The list may be higher than the screen, and on a phone it is a row that is wider.
        nav.scrollLeft = choice.offsetLeft - (nav.clientWidth - choice.offsetWidth) / 2;
        nav.scrollTop = choice.offsetTop - (nav.clientHeight - choice.offsetHeight) / 2;
      }
    }
    toAddress(model.get("chosen"));
  };
  const follow = () => choose(model, inAddress() ?? model.get("chosen"));
  follow();
  mark();
  tell();
  const go = () => {
    mark();
    const app = root.parentElement;
    if (app && app.getBoundingClientRect().top < 0) app.scrollIntoView(); // a lesson opens at its top
  };
  const deafen = listen(model, { "change:chosen": go, "change:run": tell });
  addEventListener("hashchange", follow);
  return () => {
    deafen();
    removeEventListener("hashchange", follow);
  };
}

export default { render };
