import "./number_table.css";

const TERMS = 6; // of a long sum that are written out
const PLACE = /\{(\w+)(?:@(\w+))?(?:\|([^}]*))?\}/g;
const HINT = "Point at a number, or go to it with the arrow keys, to see where it came from.";
const HOW = "To change one: type, drag it sideways, or press Enter and then the up and down arrows.";

const CHANGED = "changed by you";
const FILLED = "filled in at random";

const [CELL, PICTURE] = [75, 46]; // pixels that columns and pictures are wide
const [LETTER, LEAST, MOST] = [8.4, 40, 170]; // of columns that hold names

function made(tag, className = "", text = "") {
  const el = document.createElement(tag);
  el.className = className;
  el.textContent = text;
  return el;
}

function figure(x) {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return "nan";
  if (size === Infinity) return x > 0 ? "inf" : "-inf";
  if (size >= 1e5 || (size > 0 && size < 5e-5)) return x.toExponential(2).replace(/e([+-])(\d)$/, "e$10$2"); // as Python does
  return (x || 0).toFixed(size >= 1000 ? 1 : size >= 100 ? 3 : 4);
}

/* The numbers of all groups, by group, row and column. */
function reader(model) {
  const bytes = model.get("numbers");
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const [n, c] = [model.get("rows").length, model.get("columns").length];
  const groups = new Map();
  let offset = 0;
  for (const group of model.get("groups")) {
    const [height, width] = { table: [n, c], column: [n, 1], one: [1, 1] }[group.kind];
    groups.set(group.name, { ...group, height, width, offset });
    offset += height * width;
  }
  const value = (group, r, c) =>
    all[group.offset + Math.min(r, group.height - 1) * group.width + Math.min(c, group.width - 1)];
  return { groups, value };
}

/* Rows and columns that a scope of a formula means, seen from a number's own place. */
function places({ groups, value }, group, scope, r, c) {
  const range = (length) => [...Array(length).keys()];
  if (scope === "row") return range(group.width).map((i) => [r, i]);
  if (scope === "others") return range(group.width).filter((i) => i !== c).map((i) => [r, i]);
  if (scope === "all") return range(group.height).map((i) => [i, 0]);
  if (scope === "second") return [[r, 1]];
  if (scope === "target") return [[r, value(groups.get("targ"), r, 0)]];
  return [[group.kind === "one" ? 0 : r, group.kind === "table" ? c : 0]];
}

/* A number's formula with the numbers put in, and where those stand. */
function origin(numbers, group, r, c) {
  const sources = [];
  const text = group.formula.replace(PLACE, (_, name, scope, joiner = " + ") => {
    const source = numbers.groups.get(name);
    const found = places(numbers, source, scope, r, c);
    sources.push(...found.map(([i, j]) => [name, i, j]));
    if (scope === "target") sources.push(["targ", r, 0]);
    const whole = name === "targ";
    const terms = found.slice(0, TERMS).map(([i, j]) => {
      const x = numbers.value(source, i, j);
      return whole ? String(x) : found.length > 1 && x < 0 ? `(${figure(x)})` : figure(x);
    });
    const more = found.length - terms.length;
    return terms.join(joiner) + (more ? `${joiner}... (${more} more)` : "");
  });
  return { text, sources };
}

function bar(value) {
  const el = made("i");
  el.setAttribute("aria-hidden", "true");
  grow(el, value);
  return el;
}

function grow(el, value) {
  const share = 50 * Math.max(-1, Math.min(1, value || 0));
  el.style.left = `${50 + Math.min(0, share)}%`;
  el.style.width = `${Math.abs(share)}%`;
  el.dataset.below = share < 0;
}

function render({ model, el }) {
  const source = made("p", "petwidgets-sheet-source");
  const formula = made("p", "petwidgets-sheet-formula", HINT);
  const view = made("div", "petwidgets-sheet-view");
  const how = made("p", "petwidgets-sheet-how", HOW);
  const table = made("table", "petwidgets-sheet");
  formula.setAttribute("aria-live", "polite");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Numbers, step by step");
  view.append(table);
  el.classList.add("petwidgets-sheet-part");
  el.append(source, formula, view, how);

  let numbers; // of the groups
  let cells = new Map(); // "group,row,column" -> td
  let lines = []; // the same by row, from left to right
  let lit = [];
  let urls = [];
  let columns = ""; // names and widths of the groups that are shown
  let dragged = null;
  let busy = false;
  const waiting = new Map();

  const key = (name, r, c) => `${name},${r},${c}`;
  const write = (td, text) => {
    if (td.words === text) return;
    td.words = td.text.textContent = text;
  };
  const words = ({ group, r, c }) => {
    const [name, row, column] = model.get("hidden");
    if (name === group.name && row === r && column === c) return "?";
    const x = numbers.value(group, r, c);
    return group.name === "targ" ? `${x} ${model.get("columns")[x] ?? ""}` : figure(x);
  };

  const mark = (td, changed) => {
    const { group, r, c } = td.place;
    const [rows, columns] = model.get("begun");
    const filled = group.editable && (r >= rows || (group.kind === "table" && c >= columns));
    td.title = changed ? CHANGED : filled ? FILLED : "";
    changed || filled ? (td.dataset.changed = changed ? "you" : "filled") : delete td.dataset.changed;
  };

  // --- drawing ---

  const cell = (group, r, c) => {
    const td = made("td", `petwidgets-of-${group.kind}`, group.kind === "one" ? "" : "\u00a0");
    td.text = td.firstChild ?? td.appendChild(made("span"));
    Object.assign(td, { tabIndex: -1, place: { group, r, c } });
    Object.assign(td.dataset, { group: group.name, row: r, column: c });
    if (group.editable) td.dataset.editable = true;
    if (group.bars || group.under) td.append((td.bar = bar(0)));
    cells.set(key(group.name, r, c), td);
    return td;
  };
  const head = (shown) => {
    const [titles, names] = [made("tr"), made("tr")];
    const corner = made("th", "", "");
    corner.rowSpan = 2;
    titles.append(corner);
    corner.append(made("span", "petwidgets-unseen", "photograph"));
    for (const group of shown) {
      const th = made("th");
      th.append(made("span", "", group.title));
      th.dataset.group = group.name;
      if (group.kind === "table") {
        th.colSpan = group.width;
        th.scope = "colgroup";
        for (const name of model.get("columns")) {
          const column = made("th", "", name.replaceAll("_", " "));
          Object.assign(column, { scope: "col", title: name });
          names.append(column);
        }
      } else th.rowSpan = 2;
      titles.append(th);
    }
    const thead = made("thead");
    thead.append(titles, names);
    return thead;
  };
  const line = (name, r, shown) => {
    const tr = made("tr");
    const th = made("th", "", name);
    th.scope = "row";
    if (model.get("pictures")[r]) {
      const url = URL.createObjectURL(new Blob([model.get("pictures")[r]], { type: "image/jpeg" }));
      urls.push(url);
      th.prepend(Object.assign(made("img"), { src: url, alt: "" }));
    }
    tr.append(th);
    const tds = [];
    for (const group of shown) {
      if (group.kind === "one" && r) continue;
      for (let c = 0; c < group.width; c++) tds.push(cell(group, r, c));
      if (group.kind === "one") tds.at(-1).rowSpan = model.get("rows").length;
    }
    tr.append(...tds);
    lines.push(tds);
    return tr;
  };
  // All widths are given, so that a changed number moves nothing and lays out no other cell.
  const widths = (shown) => {
    const all = made("colgroup");
    let total = 0;
    const add = (width) => {
      const col = made("col");
      col.style.width = `${width}px`;
      all.append(col);
      total += width;
    };
    const name = (names) => Math.max(LEAST, Math.min(MOST, 28 + LETTER * Math.max(...names.map((n) => n.length))));
    add(name(model.get("rows")) + (model.get("pictures").length ? PICTURE : 0));
    table.style.setProperty("--petwidgets-name", `${total}px`);
    for (const group of shown)
      if (group.name === "targ") add(name(["target", ...model.get("columns").map((n) => `36 ${n}`)]));
      else if (group.kind === "table") for (let c = 0; c < group.width; c++) add(CELL);
      else add(Math.max(CELL, 14 + LETTER * Math.max(...group.title.split(" ").map((word) => word.length))));
    table.style.width = `${total}px`;
    return all;
  };
  const build = () => {
    const held = table.contains(document.activeElement) && document.activeElement.place;
    numbers = reader(model);
    const pointed = lit[0]?.place;
    const before = columns;
    const shown = [...numbers.groups.values()].slice(0, model.get("shown"));
    columns = shown.map((group) => `${group.name} ${group.width}`).join();
    urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
    [cells, lines, lit] = [new Map(), [], []];
    const body = made("tbody");
    body.append(...model.get("rows").map((name, r) => line(name, r, shown)));
    table.replaceChildren(widths(shown), head(shown), body);
    formula.textContent = shown.length ? HINT : "";
    how.hidden = !shown.some((group) => group.editable);
    const first = cells.get(key(held?.group?.name, held?.r, held?.c)) ?? lines[0]?.[0];
    if (first) first.tabIndex = 0;
    if (held) first?.focus({ preventScroll: true });
    const again = pointed && cells.get(key(pointed.group.name, pointed.r, pointed.c));
    if (again && !lit.length) lit = [again]; // `update` says where its new number comes from
    update();
    // A step forward is looked at, in a table that is wider than the screen too.
    if (before && columns.startsWith(`${before},`)) view.scrollLeft = view.scrollWidth;
  };
  const update = () => {
    numbers = reader(model);
    source.textContent = model.get("source");
    const changed = new Set(model.get("changed").map((place) => key(...place)));
    for (const [name, td] of cells) {
      mark(td, changed.has(name));
      if (td === dragged || td.editor) continue;
      td.place.group = numbers.groups.get(td.place.group.name);
      write(td, words(td.place));
      if (!td.bar) continue;
      const { group, r, c } = td.place;
      grow(td.bar, numbers.value(numbers.groups.get(group.under || group.name), r, c));
    }
    if (lit[0]) light(lit[0]);
  };

  // --- where a number came from ---

  const light = (td) => {
    for (const one of lit) one.removeAttribute("data-lit");
    const { group, r, c } = td.place;
    const { text, sources } = origin(numbers, group, r, c);
    lit = [td, ...sources.map(([name, i, j]) => cells.get(key(name, i, j))).filter(Boolean)];
    for (const one of lit) one.dataset.lit = one === td ? "this" : "source";
    const where = group.kind === "one" ? "" : ` of ${model.get("rows")[r]}`;
    const column = group.kind === "table" ? `, ${model.get("columns")[c].replaceAll("_", " ")}` : "";
    const made = text ? text + " = " : "";
    const by = td.title && ` (${td.title})`;
    formula.textContent = `${group.title}${where}${column}: ${made}${words(td.place)}${by}`;
  };

  // --- editing ---

  const send = () => {
    if (busy || !waiting.size) return;
    busy = true;
    model.send({ edits: [...waiting.values()] });
    waiting.clear();
  };
  const tell = ({ group, r, c }, value) => {
    waiting.set(key(group.name, r, c), [group.name, r, c, value]);
    send();
  };
  const bounded = ({ group }, value) =>
    group.name === "targ"
      ? Math.max(0, Math.min(model.get("columns").length - 1, Math.round(value)))
      : Math.round(value * 1e4) / 1e4;
  const change = (td, value) => {
    const next = bounded(td.place, value);
    tell(td.place, next);
    return next;
  };
  const now = (td) => numbers.value(td.place.group, td.place.r, td.place.c);
  const editor = (td) => {
    if (td.place.group.name !== "targ") {
      const input = Object.assign(made("input"), { value: figure(now(td)), inputMode: "decimal" });
      return input;
    }
    const select = made("select");
    model.get("columns").forEach((name, i) => select.append(new Option(`${i} ${name}`, i)));
    select.value = now(td);
    return select;
  };
  const open = (td, typed = "") => {
    const input = (td.editor = editor(td));
    const choice = input.tagName === "SELECT";
    input.setAttribute("aria-label", `${td.place.group.title} of ${model.get("rows")[td.place.r]}`);
    const before = now(td);
    if (typed && !choice) input.value = typed;
    td.append(input);
    input.focus();
    if (!typed && !choice) input.select();
    let closed = false;
    const close = (keep, back = true) => {
      if (closed) return;
      closed = true;
      if (keep && !choice && input.value.trim() !== figure(before)) tell(td.place, input.value);
      if (!keep) tell(td.place, before);
      td.editor = null;
      input.remove();
      update();
      if (back) td.focus();
    };
    input.addEventListener("blur", () => close(true, false));
    input.addEventListener("change", () => choice && tell(td.place, Number(input.value)));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter") close(true);
      else if (event.key === "Escape") close(false);
      else if (turn && !choice) {
        const value = Number(input.value.replace(",", "."));
        if (Number.isFinite(value)) {
          const next = change(td, value + turn * (event.shiftKey ? 1 : 0.1));
          input.value = figure(next);
        }
      } else return;
      event.preventDefault();
    });
  };

  const go = (td) => {
    for (const one of table.querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
    td.tabIndex = 0;
    td.focus();
  };
  table.addEventListener("keydown", (event) => {
    const td = event.target.closest("td");
    if (!td || event.ctrlKey || event.metaKey) return;
    const line = td.place.r;
    const at = lines[line].indexOf(td);
    const row = (r) => lines[Math.max(0, Math.min(lines.length - 1, r))];
    const turn = event.altKey && { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key];
    const to = {
      ArrowLeft: () => lines[line][at - 1],
      ArrowRight: () => lines[line][at + 1],
      ArrowUp: () => row(line - 1)[at],
      ArrowDown: () => row(line + 1)[at],
      PageUp: () => row(line - 10)[at],
      PageDown: () => row(line + 10)[at],
      Home: () => lines[line][0],
      End: () => lines[line].at(-1),
    }[event.key]?.();
    const editable = td.place.group.editable;
    if (turn && editable) change(td, now(td) + (td.place.group.name === "targ" ? 10 * turn : turn));
    else if (to) go(to);
    else if (editable && /^(Enter|F2)$/.test(event.key)) open(td);
    else if (editable && /^[-\d.,]$/.test(event.key)) open(td, event.key);
    else return;
    event.preventDefault();
  });
  table.addEventListener("focusin", (event) => {
    const td = event.target.closest("td");
    if (!td) return;
    light(td);
    if (model.get("row") === td.place.r) return;
    model.set("row", td.place.r);
    model.save_changes();
  });
  table.addEventListener("mouseover", (event) => {
    const td = event.target.closest("td");
    if (td && !dragged) light(td);
  });
  table.addEventListener("pointerdown", (event) => {
    const td = event.target.closest("td");
    if (!td || td.editor) return;
    if (!td.place.group.editable) return go(td);
    event.preventDefault();
    go(td);
    const [from, began] = [event.clientX, now(td)];
    const scale = td.place.group.name === "targ" ? 1 / 24 : 1 / 50;
    const move = (moved) => {
      const way = moved.clientX - from;
      if (!dragged && Math.abs(way) < 4) return;
      dragged = td;
      td.setPointerCapture(moved.pointerId);
      const next = change(td, began + way * scale * (moved.shiftKey ? 10 : 1));
      write(td, td.place.group.name === "targ" ? `${next} ${model.get("columns")[next]}` : figure(next));
    };
    const end = () => {
      td.removeEventListener("pointermove", move);
      if (!dragged) open(td);
      dragged = null;
    };
    td.addEventListener("pointermove", move);
    td.addEventListener("pointerup", end, { once: true });
    td.addEventListener("pointercancel", end, { once: true });
  });

  const hear = (said) => {
    if (!said.done) return;
    busy = false;
    draw();
    send();
  };
  // Several traits come in one message, each with an event: the table waits for the last of them.
  let due = null;
  const settle = () => {
    const how = due;
    due = null;
    how();
  };
  const draw = (how = update) => {
    if (!due) queueMicrotask(settle);
    if (due !== build) due = how;
  };
  const rebuild = () => draw(build);
  const refresh = () => draw();
  const listeners = [
    ...["groups", "rows", "columns", "pictures", "shown"].map((name) => [`change:${name}`, rebuild]),
    ...["numbers", "hidden", "source", "changed", "begun"].map((name) => [`change:${name}`, refresh]),
    ["msg:custom", hear],
  ];
  for (const [event, callback] of listeners) model.on(event, callback);
  build();
  return () => {
    for (const [event, callback] of listeners) model.off(event, callback);
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

export default { render };
