function row(cells, tag) {
  const made = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(tag);
    cell.textContent = text;
    if (!/^[-<>]? ?(\d|\.|inf$|nan$)/.test(text)) cell.className = "petwidgets-words";
    made.append(cell);
  }
  return made;
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
  const draw = () => {
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
