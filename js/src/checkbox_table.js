import "./checkbox_table.css";

function cell(tag, text, ...more) {
  const made = document.createElement(tag);
  made.append(...more, text);
  if (!/^[-<>]?(\d+|\d[\d.,]*\d)( |$)/.test(text) || more.length) made.className = "petwidgets-words";
  return made;
}

function render({ model, el }) {
  const table = document.createElement("table");
  table.className = "petwidgets-table petwidgets-picks";
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  el.classList.add("petwidgets-wide");
  el.tabIndex = -1;
  const sizes = new ResizeObserver(() => (el.tabIndex = el.scrollWidth > el.clientWidth ? 0 : -1));
  sizes.observe(el);
  el.append(table);
  const tell = (key, ticked) => {
    const others = model.get("chosen").filter((one) => one !== key);
    model.set("chosen", ticked ? [...others, key] : others);
    model.save_changes();
  };
  const row = (cells, key) => {
    const made = document.createElement("tr");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value: key });
    box.addEventListener("change", () => tell(key, box.checked));
    const label = document.createElement("label");
    label.append(box, cells[0]);
    const first = cell("td", "", label);
    made.append(first, ...cells.slice(1).map((text) => cell("td", text)));
    return made;
  };
  const boxes = () => [...body.querySelectorAll("input")];
  const tick = () => {
    for (const box of boxes()) {
      box.checked = model.get("chosen").includes(box.value);
      box.closest("tr").className = box.checked ? "petwidgets-picked" : "";
    }
  };
  const draw = () => {
    // A row that is still there keeps the focus, though all rows are made anew.
    const held = boxes().find((box) => box === document.activeElement)?.value;
    const known = model.get("names");
    table.hidden = !known.length;
    caption.textContent = model.get("caption");
    const names = document.createElement("tr");
    names.append(...model.get("header").map((text) => cell("th", text)));
    head.replaceChildren(names);
    body.replaceChildren(...model.get("rows").map((cells, at) => row(cells, known[at] ?? "")));
    tick();
    boxes().find((box) => box.value === held)?.focus();
  };
  for (const name of ["caption", "header", "names", "rows"]) model.on(`change:${name}`, draw);
  model.on("change:chosen", tick);
  draw();
  return () => {
    sizes.disconnect();
    for (const name of ["caption", "header", "names", "rows"]) model.off(`change:${name}`, draw);
    model.off("change:chosen", tick);
  };
}

export default { render };
