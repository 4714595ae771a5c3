import "./chapter_list.css";
import { chapterOf, open, stepsOf } from "./course/course.js";
import { presents } from "./course/present.js";
import { count, firstUnseen } from "./course/progress.js";
import { shares } from "./course/share.js";
import { button, el, listen } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Chapter, Traits as Course } from "./course/course.js" */
/** @typedef {Course & { run?: string }} Traits */

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
  if (stepsOf(model).some((step) => step.key === key)) open(model, key);
}

/**
 * A chapter opens at the first of its steps that was not opened yet.
 *
 * @param {Chapter} chapter
 * @param {AnyModel<Traits>} model
 * @param {() => void} gone
 */
function entry(chapter, model, gone) {
  const go = () => {
    choose(model, firstUnseen(chapter, model.get("seen")));
    gone();
  };
  const parts = button(chapter.title, go, { className: "" });
  parts.append(el("span", { className: "petwidgets-count" }));
  return parts;
}

/**
 * Open the list where it stands beside a lesson, and fold it where it comes above one: which of the
 * two the style says, by showing the summary.
 *
 * @param {HTMLDetailsElement} menu
 * @param {HTMLElement} summary
 */
function fits(menu, summary) {
  /** @type {boolean | undefined} */
  let beside;
  const watch = new ResizeObserver(() => {
    if (!menu.clientWidth) return; // out of sight
    const now = !summary.clientWidth;
    if (now !== beside) menu.open = now;
    beside = now;
  });
  watch.observe(menu);
  return () => watch.disconnect();
}

function skip() {
  const go = (/** @type {Event} */ event) => {
    event.preventDefault(); // the address says which lesson is open
    /** @type {HTMLElement | null} */
    const title = document.querySelector(".petwidgets-stage .petwidgets-title");
    title?.setAttribute("tabindex", "-1");
    title?.focus();
  };
  return el("a", { className: "petwidgets-skip", href: "#", onclick: go }, "Skip to the lesson");
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-chapters");
  const menu = el("details", { open: true });
  const summary = el("summary");
  const close = () => {
    menu.open = !summary.clientWidth;
  };
  const choices = model.get("chapters").map((chapter) => entry(chapter, model, close));
  const nav = el("nav", { "aria-label": "Chapters" }, ...choices);
  menu.append(summary, nav);
  const run = button("", () => choose(model, "runs"), { className: "petwidgets-run" });
  const parts = el("div", {}, skip(), menu, run);
  root.append(parts);
  // A notebook's address leads to somebody's own files.
  const unshare = document.body.dataset.voila ? shares(model, parts) : () => {};
  const tell = () => {
    run.textContent = model.get("run") ?? "";
    run.hidden = !run.textContent;
  };
  const mark = () => {
    const current = chapterOf(model);
    model.get("chapters").forEach((chapter, i) => {
      if (chapter === current) choices[i].setAttribute("aria-current", "page");
      else choices[i].removeAttribute("aria-current");
      const shown = /** @type {HTMLElement} */ (choices[i].lastChild);
      shown.textContent = count(chapter, model.get("seen"));
    });
    summary.textContent = current?.title ?? "";
    const step = current?.steps.find(({ key }) => key === model.get("chosen"));
    // In JupyterLab the title is the notebook's.
    if (document.body.dataset.voila && step) document.title = `${step.title} · petwidgets`;
    toAddress(model.get("chosen"));
  };
  const follow = () => choose(model, inAddress() ?? model.get("chosen"));
  // The address says where a new kernel goes on, not what another app of this notebook shows.
  if (model.get("chosen") === stepsOf(model)[0].key) follow();
  mark();
  tell();
  const go = () => {
    mark();
    const app = root.parentElement;
    if (app && app.getBoundingClientRect().top < 0) app.scrollIntoView(); // a lesson opens at its top
  };
  const deafen = listen(model, { "change:chosen": go, "change:seen": mark, "change:run": tell });
  const end = presents(root);
  const unfit = fits(menu, summary);
  addEventListener("hashchange", follow);
  return () => {
    deafen();
    unshare();
    end();
    removeEventListener("hashchange", follow);
    unfit();
  };
}

export default { render };
