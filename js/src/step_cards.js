import "./step_cards.css";

function add(parent, tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  parent.append(made);
  return made;
}

function value(parent, title, said, urls) {
  const box = add(parent, "div");
  add(box, "h4", title);
  if (said.jpeg?.byteLength) {
    urls.push(URL.createObjectURL(new Blob([said.jpeg], { type: "image/jpeg" })));
    Object.assign(add(box, "img"), { src: urls.at(-1), alt: `${title}: ${said.type}` });
  }
  add(box, "code", said.type);
  for (const fact of [said.shape, said.dtype, said.range, said.text]) if (fact) add(box, "span", fact);
}

function card(step, number, urls) {
  const made = document.createElement("li");
  made.className = `petwidgets-card ${step.failed ? "petwidgets-card-failed" : ""}`;
  const head = add(made, "header");
  add(head, "small", `${number}. ${step.stage}`);
  add(head, "h3", step.name);
  add(head, "p", step.why);
  if (step.failed) add(head, "p", step.problem, "petwidgets-card-problem");
  const flow = add(made, "div", "", "petwidgets-flow");
  if (step.came) value(flow, "came in", step.came, urls);
  if (step.went) value(flow, "went out", step.went, urls);
  return made;
}

function render({ model, el }) {
  el.classList.add("petwidgets-cards");
  const list = add(el, "ol");
  const bar = add(el, "p"); // behind the cards: it stays where the newest one is
  const urls = [];
  const forget = () => urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  const go = (to) => {
    model.set("at", Math.min(Math.max(0, to), model.get("cards").length - 1));
    model.save_changes();
  };
  const step = (text, to) => {
    const button = add(bar, "button", text, "jupyter-button");
    button.type = "button";
    button.addEventListener("click", () => go(to(model.get("at"))));
    return button;
  };
  const back = step("Back", (at) => at - 1);
  const next = step("Next step", (at) => at + 1);
  const rest = step("All steps", () => Infinity);
  next.classList.add("mod-primary");
  const where = add(bar, "span");
  where.setAttribute("aria-live", "polite");
  const stand = (change) => {
    const [at, count] = [model.get("at"), model.get("cards").length];
    [...list.children].forEach((one, i) => {
      one.hidden = i > at;
      one.toggleAttribute("aria-current", i === at);
    });
    back.disabled = at <= 0;
    next.disabled = rest.disabled = at >= count - 1;
    where.textContent = count ? `step ${at + 1} of ${count}` : "";
    bar.hidden = !count;
    if (change) for (const one of [list.children[at], bar]) one?.scrollIntoView({ block: "nearest" });
  };
  const draw = () => {
    forget();
    list.replaceChildren(...model.get("cards").map((one, i) => card(one, i + 1, urls)));
    stand();
  };
  model.on("change:cards", draw);
  model.on("change:at", stand);
  draw();
  return () => {
    model.off("change:cards", draw);
    model.off("change:at", stand);
    forget();
  };
}

export default { render };
