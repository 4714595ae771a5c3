import "./interval_dots.css";

function made(tag, text = "", className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

function render({ model, el }) {
  const table = made("table", "", "petwidgets-dots");
  const caption = table.createCaption();
  const head = table.createTHead();
  const body = table.createTBody();
  el.append(table);
  const at = (value) => {
    const [least, most] = [model.get("least"), model.get("most")];
    return (100 * (Math.min(most, Math.max(least, value)) - least)) / (most - least);
  };
  const placed = (className, value, text = "") => {
    const part = made("span", text, className);
    part.style.left = `${at(value)}%`;
    return part;
  };
  const scale = () => {
    const row = made("tr");
    const cell = made("td");
    cell.append(...model.get("ticks").map(([value, text]) => placed("petwidgets-tick", value, text)));
    row.append(made("td"), cell, made("td"));
    return row;
  };
  const line = (item) => {
    const row = made("tr");
    const name = made("th", item.label);
    name.scope = "row";
    const track = made("td");
    track.append(...model.get("ticks").map(([value]) => placed("petwidgets-tick", value)));
    if (item.value !== null) {
      const interval = placed("petwidgets-interval", item.low);
      interval.style.width = `${at(item.high) - at(item.low)}%`;
      track.append(interval, placed("petwidgets-dot", item.value));
    }
    row.append(name, track, made("td", item.text));
    return row;
  };
  const draw = () => {
    table.hidden = !model.get("items").length;
    caption.textContent = model.get("caption");
    head.replaceChildren(scale());
    body.replaceChildren(...model.get("items").map(line));
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
