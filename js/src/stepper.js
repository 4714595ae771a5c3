import "./stepper.css";

function made(tag, parts = {}) {
  return Object.assign(document.createElement(tag), parts);
}

function render({ model, el }) {
  el.classList.add("petwidgets-strip");
  const button = (textContent) => made("button", { type: "button", textContent });
  const back = button("Back");
  const on = button("Next");
  for (const one of [back, on]) one.className = "jupyter-button";
  on.classList.add("mod-primary");
  const list = made("div", { className: "petwidgets-strip-steps" });
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Steps");
  const says = made("p");
  const code = made("code");
  const row = made("div", { className: "petwidgets-strip-row" });
  row.append(back, list, on);
  says.setAttribute("aria-live", "polite");
  el.append(row, says);

  const go = (to) => {
    const at = Math.max(0, Math.min(model.get("titles").length - 1, to));
    if (at === model.get("at")) return;
    model.set("at", at);
    model.save_changes();
  };
  const draw = () => {
    const at = model.get("at");
    const titles = model.get("titles");
    const held = list.contains(document.activeElement);
    if (titles.join("|") !== [...list.children].map((one) => one.textContent).join("|"))
      list.replaceChildren(...titles.map((title, i) => made("button", { type: "button", textContent: title, onclick: () => go(i) })));
    [...list.children].forEach((one, i) => {
      one.tabIndex = i === at ? 0 : -1;
      one.dataset.done = i < at;
      i === at ? one.setAttribute("aria-current", "step") : one.removeAttribute("aria-current");
    });
    if (held) list.children[at]?.focus();
    const present = list.children[at];
    if (present) list.scrollLeft = present.offsetLeft - (list.clientWidth - present.offsetWidth) / 2;
    back.disabled = at <= 0;
    on.disabled = at >= titles.length - 1;
    code.textContent = model.get("code");
    code.hidden = !model.get("code");
    says.replaceChildren(`${model.get("says")} `, code);
  };
  back.addEventListener("click", () => go(model.get("at") - 1));
  on.addEventListener("click", () => go(model.get("at") + 1));
  row.addEventListener("keydown", (event) => {
    const to = {
      ArrowLeft: () => model.get("at") - 1,
      ArrowRight: () => model.get("at") + 1,
      Home: () => 0,
      End: () => Infinity,
    }[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(to());
  });
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
