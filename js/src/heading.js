function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  el.classList.add("petwidgets-heading");
  const title = element("h2", "petwidgets-title", el);
  const lead = element("p", "petwidgets-lead", el);
  const problem = element("p", "petwidgets-problem", el);
  problem.setAttribute("role", "alert");
  const draw = () => {
    title.textContent = model.get("title");
    lead.textContent = model.get("lead");
    problem.textContent = model.get("problem");
    problem.hidden = !model.get("problem");
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
