function row(cells, tag) {
  const made = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(tag);
    cell.textContent = text;
    if (!/^[-<>]?(\d|\.|inf$|nan$)/.test(text)) cell.className = "petwidgets-words";
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
  el.append(table);
  const draw = () => {
    table.hidden = !model.get("rows").length;
    caption.textContent = model.get("caption");
    head.replaceChildren(row(model.get("header"), "th"));
    body.replaceChildren(...model.get("rows").map((cells) => row(cells, "td")));
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
