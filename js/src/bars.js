import "./bars.css";

function cell(row, tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  row.append(made);
  return made;
}

function chooser({ key, label }, model) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-pressed", model.get("chosen") === key);
  button.addEventListener("click", () => {
    model.set("chosen", model.get("chosen") === key ? "" : key);
    model.save_changes();
  });
  return button;
}

function bar(item, longest, model) {
  const row = document.createElement("tr");
  row.className = item.tone ? `petwidgets-bar-${item.tone}` : "";
  const head = cell(row, "th", model.get("chooses") ? "" : item.label);
  head.scope = "row";
  if (model.get("chooses")) head.append(chooser(item, model));
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
    const at = [...body.rows].findIndex((row) => row.contains(document.activeElement));
    body.replaceChildren(...items.map((item) => bar(item, longest, model)));
    body.rows[at]?.querySelector("button")?.focus();
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
