import "./review_card.css";

function add(parent, tag, parts = {}) {
  const made = Object.assign(document.createElement(tag), parts);
  parent.append(made);
  return made;
}

function render({ model, el }) {
  el.classList.add("petwidgets-review");
  const nothing = add(el, "p");
  const box = add(el, "div", { tabIndex: 0 });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Review by keyboard: K keep, R relabel, D or X leave out, C undecided, arrows go on, U undo, Y redo");
  const head = add(box, "p", { className: "petwidgets-review-head" });
  const where = add(head, "span");
  const mark = add(head, "strong");
  const picture = add(box, "div", { className: "petwidgets-review-picture" });
  const image = add(picture, "img");
  const problem = add(picture, "p");
  const side = add(box, "div", { className: "petwidgets-review-side" });
  const title = add(side, "h3");
  const table = add(side, "table");
  const row = add(side, "p");
  const other = add(side, "p");
  const steps = add(side, "p");
  const said = add(side, "p", { className: "petwidgets-review-said" });
  said.setAttribute("role", "status");

  const button = (parent, text, act) => {
    const made = add(parent, "button", { type: "button", className: "jupyter-button", textContent: text });
    made.addEventListener("click", act);
    return made;
  };
  const decide = (what, more) => model.send({ do: what, ...more });
  const relabel = () => {
    decide("relabel", { breed: select.value });
    box.focus();
  };
  const keep = button(row, "Keep (K)", () => decide("keep"));
  const leave = button(row, "Leave out (D)", () => decide("leave_out"));
  const clear = button(row, "Undecided (C)", () => decide("clear"));
  const label = add(other, "label", { textContent: "New label (R) " });
  const select = add(label, "select");
  const change = button(other, "Relabel (Enter)", relabel);
  const back = button(steps, "Previous (\u2190)", () => model.send({ go: -1 }));
  const next = button(steps, "Next (\u2192)", () => model.send({ go: 1 }));
  const undo = button(steps, "Undo (U)", () => decide("undo"));
  const redo = button(steps, "Redo (Y)", () => decide("redo"));

  const keys = {
    k: keep, d: leave, x: leave, c: clear, u: undo, y: redo, arrowleft: back, arrowright: next,
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Jupyter listens to keys, too.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (event.target === select) {
      if (key !== "enter" && key !== "escape") return;
      event.preventDefault();
      if (key === "enter") relabel();
      else box.focus();
    } else if (key === "r") {
      event.preventDefault();
      select.focus();
    } else if (keys[key]) {
      event.preventDefault();
      if (!keys[key].disabled) keys[key].click();
    }
  });

  let url = "";
  const look = () => {
    URL.revokeObjectURL(url);
    const jpeg = model.get("jpeg");
    url = jpeg?.byteLength ? URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" })) : "";
    image.hidden = !url;
    if (url) image.src = url;
  };
  const offer = () => {
    const guess = model.get("item").guess ?? "";
    const pairs = model.get("breeds");
    const first = pairs.filter(([value]) => value === guess);
    const rest = pairs.filter(([value]) => value !== guess);
    select.replaceChildren(...[...first, ...rest].map(([value, text]) => new Option(text, value)));
    select.value = first.length ? guess : (rest[0]?.[0] ?? "");
  };
  const disable = (one, off) => {
    // A button that is disabled would lose the focus to nowhere.
    if (off && one === document.activeElement) box.focus();
    one.disabled = off;
  };
  const draw = () => {
    const item = model.get("item");
    box.hidden = !item.title;
    nothing.textContent = model.get("empty");
    where.textContent = model.get("where");
    mark.textContent = item.mark ?? "";
    mark.className = item.tone ?? "";
    title.textContent = image.alt = item.title ?? "";
    problem.textContent = item.problem ?? "";
    table.replaceChildren(
      ...(item.facts ?? []).map(([name, value]) => {
        const fact = document.createElement("tr");
        add(fact, "th", { textContent: name, scope: "row" });
        add(fact, "td", { textContent: value });
        return fact;
      }),
    );
    disable(clear, item.tone === "open");
    offer();
  };
  const tell = () => {
    said.textContent = model.get("said");
    disable(undo, !model.get("undoes"));
    disable(redo, !model.get("redoes"));
  };
  const heard = { "change:jpeg": look, "change:item change:breeds change:where change:empty": draw };
  heard["change:said change:undoes change:redoes"] = tell;
  for (const [names, act] of Object.entries(heard)) for (const name of names.split(" ")) model.on(name, act);
  look();
  draw();
  tell();
  return () => {
    for (const [names, act] of Object.entries(heard)) for (const name of names.split(" ")) model.off(name, act);
    URL.revokeObjectURL(url);
  };
}

export default { render };
