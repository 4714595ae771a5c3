import "./table.css";

function row(cells, tag) {
  const made = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(tag);
    cell.textContent = text;
    if (!/^[-+<>]? ?(\d|\.|inf$|nan$)/.test(text)) cell.className = "petwidgets-words";
    made.append(cell);
  }
  return made;
}

/* Around a table whose rows come when it is opened. */
function folded(model, el, table) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  details.open = model.get("opened");
  details.append(summary, table);
  details.addEventListener("toggle", () => {
    if (details.open === model.get("opened")) return;
    model.set("opened", details.open);
    model.save_changes();
  });
  el.classList.add("petwidgets-folded");
  el.append(details);
  return () => {
    summary.textContent = model.get("summary");
    details.hidden = !model.get("summary");
  };
}

function render({ model, el }) {
  const table = document.createElement("table");
  table.className = "petwidgets-table";
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  el.classList.add("petwidgets-wide");
  el.tabIndex = -1;
  // What scrolls sideways is scrolled by arrow keys too.
  const sizes = new ResizeObserver(() => (el.tabIndex = el.scrollWidth > el.clientWidth ? 0 : -1));
  sizes.observe(el);
  el.append(table);
  const name = model.get("summary") === undefined ? () => {} : folded(model, el, table);
  const draw = () => {
    name();
    table.hidden = !model.get("rows").length;
    caption.textContent = model.get("caption");
    head.replaceChildren(row(model.get("header"), "th"));
    body.replaceChildren(...model.get("rows").map((cells) => row(cells, "td")));
  };
  model.on("change", draw);
  draw();
  return () => {
    sizes.disconnect();
    model.off("change", draw);
  };
}

export default { render };
