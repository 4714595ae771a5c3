import "./folder_browser.css";

function made(tag, parts = {}) {
  return Object.assign(document.createElement(tag), parts);
}

function button(textContent, clicked, className = "jupyter-button") {
  const el = made("button", { type: "button", textContent, className });
  el.addEventListener("click", clicked);
  return el;
}

function row(name, at, into) {
  const li = made("li");
  const open = button(`${name}/`, () => into(at), "");
  open.tabIndex = at ? -1 : 0;
  open.dataset.at = at;
  li.append(open, made("span"));
  return li;
}

function render({ model, el }) {
  el.classList.add("petwidgets-folders");
  const send = (message) => model.send({ ...message, version: model.get("version") });
  // Where the keyboard goes on once the next list is there: into a folder, or back out of one.
  let came = null;
  const into = (at) => {
    came = "";
    send({ into: at });
  };
  const go = (way) => {
    came = way === "up" ? model.get("place").path.split(/[\\/]/).pop() : "";
    send({ go: way });
  };

  const toggle = button("Browse folders", () => {
    if (!model.get("opened")) return go("start");
    model.set("opened", false);
    model.save_changes();
  });
  const inside = made("section");
  inside.setAttribute("aria-label", "Folders of this machine");
  const up = button("Up", () => go("up"));
  up.setAttribute("aria-label", "Up to the folder around this one");
  const ways = made("span");
  const path = made("code");
  const holds = made("span");
  const list = made("ul");
  const state = made("p");
  state.setAttribute("role", "status");
  const choose = button("Show this folder", () => send({ choose: true }), "jupyter-button mod-primary");
  const bar = made("div");
  bar.append(up, ways);
  const where = made("p");
  where.append(path, " ", holds);
  const foot = made("div");
  foot.append(choose);
  inside.append(bar, where, list, state, foot);
  el.append(toggle, inside);

  const buttons = () => [...list.querySelectorAll("button")];
  const focus = (one) => {
    for (const other of buttons()) other.tabIndex = other === one ? 0 : -1;
    one?.focus();
  };
  const found = (all, at, key) => {
    const turn = [...all.slice(at + 1), ...all.slice(0, at + 1)];
    return turn.find((one) => one.textContent.toLowerCase().startsWith(key.toLowerCase()));
  };
  list.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (event.key in steps) focus(all[Math.min(Math.max(steps[event.key], 0), all.length - 1)]);
    else if (event.key === "ArrowRight") all[at].click();
    else if (event.key === "ArrowLeft" || event.key === "Backspace") up.disabled || go("up");
    else if (event.key.length === 1 && event.key !== " " && found(all, at, event.key))
      focus(found(all, at, event.key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const follow = () => {
    if (came === null) return;
    const all = buttons();
    focus(all.find((one) => one.textContent === `${came}/`) ?? all[0] ?? choose);
    if (!all.length) choose.focus();
    came = null;
  };
  const lay = () => {
    const { path: shown = "", text = "", top = true } = model.get("place");
    path.textContent = shown;
    holds.textContent = text;
    up.disabled = top;
    ways.replaceChildren(...model.get("ways").map(([key, label]) => button(label, () => go(key))));
    list.replaceChildren(...model.get("rows").map((name, at) => row(name, at, into)));
    list.hidden = !model.get("rows").length;
    list.setAttribute("aria-label", `Folders in ${shown}`);
    list.scrollTop = 0;
    tell();
    follow();
  };
  const tell = () => {
    state.textContent = model.get("state");
    const texts = model.get("texts");
    [...list.children].forEach((li, at) => {
      li.lastChild.textContent = texts[at]?.text ?? "...";
      li.firstChild.setAttribute("aria-description", li.lastChild.textContent);
      li.firstChild.setAttribute("aria-disabled", texts[at]?.closed ?? false);
    });
  };
  const open = () => {
    const opened = model.get("opened");
    const had = inside.contains(document.activeElement);
    inside.hidden = !opened;
    toggle.textContent = opened ? "Close the list of folders" : "Browse folders";
    toggle.setAttribute("aria-expanded", opened);
    if (!opened && had) toggle.focus();
  };
  const events = { "change:version": lay, "change:texts change:state": tell, "change:opened": open };
  for (const [name, draw] of Object.entries(events)) model.on(name, draw);
  lay();
  open();
  return () => {
    for (const [name, draw] of Object.entries(events)) model.off(name, draw);
  };
}

export default { render };
