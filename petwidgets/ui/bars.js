function cell(row, tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  row.append(made);
  return made;
}

function bar(item, longest) {
  const row = document.createElement("tr");
  row.className = item.tone ? `petwidgets-bar-${item.tone}` : "";
  cell(row, "th", item.label).scope = "row";
  const fill = document.createElement("span");
  fill.style.width = `${longest ? Math.min(100, (100 * item.value) / longest) : 0}%`;
  cell(row, "td", "").append(fill);
  cell(row, "td", item.text);
  return row;
}

function render({ model, el }) {
  const table = document.createElement("table");
  table.className = "petwidgets-bars";
  const caption = table.createCaption();
  const body = table.createTBody();
  el.append(table);
  const draw = () => {
    const items = model.get("items");
    const longest = model.get("longest") || Math.max(0, ...items.map((item) => item.value));
    caption.textContent = model.get("caption");
    caption.hidden = !model.get("caption");
    body.replaceChildren(...items.map((item) => bar(item, longest)));
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
