import "./lesson_list.css";

const inAddress = () => new URLSearchParams(location.hash.slice(1)).get("lesson");

function toAddress(key) {
  const state = new URLSearchParams(location.hash.slice(1));
  if (state.get("lesson") === key) return;
  state.set("lesson", key);
  history.replaceState(history.state, "", `#${state}`);
}

function choice({ key, title }, model) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.dataset.lesson = key;
  button.addEventListener("click", () => choose(model, key));
  return button;
}

/* Buttons, and before the first of a group its name. */
function entries(lessons, model) {
  return lessons.flatMap((lesson, i) => {
    const begins = lesson.group && lesson.group !== lessons[i - 1]?.group;
    if (!begins) return [choice(lesson, model)];
    const name = document.createElement("p");
    name.textContent = lesson.group;
    return [name, choice(lesson, model)];
  });
}

function choose(model, key) {
  if (!model.get("lessons").some((lesson) => lesson.key === key)) return;
  model.set("chosen", key);
  model.save_changes();
}

function render({ model, el }) {
  el.classList.add("petwidgets-lessons");
  const nav = document.createElement("nav");
  nav.setAttribute("aria-label", "Lessons");
  nav.append(...entries(model.get("lessons"), model));
  el.append(nav);
  const mark = () => {
    for (const button of nav.querySelectorAll("button")) {
      const chosen = button.dataset.lesson === model.get("chosen");
      chosen ? button.setAttribute("aria-current", "page") : button.removeAttribute("aria-current");
      // On a phone the list is a row that is wider than the screen.
      if (chosen) nav.scrollLeft = button.offsetLeft - (nav.clientWidth - button.offsetWidth) / 2;
    }
    toAddress(model.get("chosen"));
  };
  const follow = () => choose(model, inAddress() ?? model.get("chosen"));
  follow();
  mark();
  model.on("change:chosen", mark);
  addEventListener("hashchange", follow);
  return () => {
    model.off("change:chosen", mark);
    removeEventListener("hashchange", follow);
  };
}

export default { render };
