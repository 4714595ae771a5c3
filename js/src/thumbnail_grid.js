import "./thumbnail_grid.css";

const CELL = [116, 152]; // pixels that a column is wide at least, the second for longer labels
const PICTURE = 118; // pixels that it and the gap take
const LINE = 22;
const KEPT = 360; // thumbnails that the page holds; those longest out of sight go first

function cell(at, item, open) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "petwidgets-cell";
  made.dataset.at = at;
  made.addEventListener("click", () => open(at));
  made.setAttribute("aria-label", `Photograph ${at + 1}`);
  if (!item) return made;
  const picture = document.createElement(item.url ? "img" : "span");
  if (item.url) Object.assign(picture, { src: item.url, alt: "" });
  else picture.textContent = item.problem;
  const caption = document.createElement("small");
  caption.textContent = item.label || item.name;
  made.append(picture, caption);
  made.title = item.name;
  made.setAttribute("aria-label", `${item.label.replaceAll("\n", ", ")}: ${item.name}`);
  return made;
}

function render({ model, el }) {
  el.classList.add("petwidgets-scroller");
  const caption = document.createElement("p");
  const view = document.createElement("div");
  const all = document.createElement("div");
  view.tabIndex = 0;
  view.setAttribute("role", "group");
  view.setAttribute("aria-label", "Thumbnails");
  view.append(all);
  el.append(caption, view);

  const known = new Map(); // position -> what Python sent of it, the least recently seen first
  const ROW = PICTURE + LINE * model.get("lines");
  let columns = 1;
  let focused = 0;
  let waiting = 0;

  const forget = (keep = 0) => {
    for (const [at, item] of known) {
      if (known.size <= keep) return;
      if (item.url) URL.revokeObjectURL(item.url);
      known.delete(at);
    }
  };
  const open = (at) => {
    focused = at;
    model.send({ kind: "open", at });
  };
  const sight = () => {
    const first = Math.max(0, Math.floor(view.scrollTop / ROW) - 1) * columns;
    const rows = Math.ceil(view.clientHeight / ROW) + 2;
    return [first, Math.min(model.get("count"), first + rows * columns)];
  };
  const ask = (from, to) => {
    while (from < to && known.has(from)) from++;
    while (from < to && known.has(to - 1)) to--;
    if (from < to) model.send({ kind: "want", version: model.get("version"), from, to });
  };
  const draw = () => {
    const [from, to] = sight();
    const held = all.contains(document.activeElement);
    const cells = [];
    for (let at = from; at < to; at++) {
      const item = known.get(at);
      if (item) known.delete(at), known.set(at, item);
      const made = cell(at, item, open);
      made.tabIndex = at === focused ? 0 : -1;
      made.style.width = `${100 / columns}%`;
      made.style.left = `${(100 * (at % columns)) / columns}%`;
      made.style.height = `${ROW}px`;
      made.style.top = `${Math.floor(at / columns) * ROW}px`;
      cells.push(made);
    }
    all.replaceChildren(...cells);
    if (held) all.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
    return [from, to];
  };
  // Asked a little later than scrolled: who flies by wants no pictures of what is on the way.
  const look = () => {
    clearTimeout(waiting);
    const range = draw();
    waiting = setTimeout(() => ask(...range), 30);
  };
  const lay = () => {
    columns = Math.max(1, Math.floor(view.clientWidth / CELL[Number(model.get("lines") > 1)]));
    all.style.height = `${Math.ceil(model.get("count") / columns) * ROW}px`;
    view.style.height = `${Math.min(440, all.offsetHeight + 2)}px`;
    view.hidden = !model.get("count");
    caption.textContent = model.get("caption");
    look();
  };
  const begin = () => {
    forget();
    focused = 0;
    view.scrollTop = 0;
    lay();
  };
  const hear = (said, buffers) => {
    if (said.kind !== "here" || said.version !== model.get("version")) return;
    said.items.forEach((item, i) => {
      const before = known.get(said.from + i);
      if (before?.url) URL.revokeObjectURL(before.url);
      const jpeg = buffers[i].byteLength ? new Blob([buffers[i]], { type: "image/jpeg" }) : null;
      known.set(said.from + i, { ...item, url: jpeg && URL.createObjectURL(jpeg) });
    });
    const [from, to] = draw();
    forget(Math.max(KEPT, to - from));
    // A newer wish may have pushed aside a part of this one.
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(...sight()), 300);
  };
  const keys = {
    ArrowRight: () => 1,
    ArrowLeft: () => -1,
    ArrowDown: () => columns,
    ArrowUp: () => -columns,
    PageDown: () => columns * Math.floor(view.clientHeight / ROW),
    PageUp: () => -columns * Math.floor(view.clientHeight / ROW),
    Home: () => -focused,
    End: () => model.get("count"),
  };
  view.addEventListener("keydown", (event) => {
    const step = keys[event.key]?.();
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    focused = Math.min(Math.max(0, focused + step), Math.max(0, model.get("count") - 1));
    const top = Math.floor(focused / columns) * ROW;
    if (top < view.scrollTop) view.scrollTop = top;
    if (top + ROW > view.scrollTop + view.clientHeight) view.scrollTop = top + ROW - view.clientHeight;
    look();
    all.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  });
  view.addEventListener("scroll", look, { passive: true });
  const sizes = new ResizeObserver(lay);
  sizes.observe(view);
  model.on("change:version", begin);
  model.on("msg:custom", hear);
  lay();
  return () => {
    sizes.disconnect();
    clearTimeout(waiting);
    model.off("change:version", begin);
    model.off("msg:custom", hear);
    forget();
  };
}

export default { render };
