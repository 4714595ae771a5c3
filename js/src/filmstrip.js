import "./filmstrip.css";

function picture({ key, name, label, tone, url }, model) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = `${name}: ${label}`;
  button.dataset.tone = tone;
  button.setAttribute("aria-pressed", model.get("chosen") === key);
  button.addEventListener("click", () => {
    model.set("chosen", key);
    model.save_changes();
  });
  if (url) {
    const image = document.createElement("img");
    image.src = url;
    image.alt = "";
    button.append(image);
  }
  const words = document.createElement("span");
  words.textContent = label;
  button.append(words);
  return button;
}

function render({ model, el }) {
  el.classList.add("petwidgets-album");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Photographs of this visit");
  const items = new Map();
  const forget = (key) => {
    URL.revokeObjectURL(items.get(key)?.url);
    items.delete(key);
  };
  const draw = () => {
    const at = [...el.children].indexOf(document.activeElement);
    el.replaceChildren(...[...items.values()].sort((a, b) => a.key - b.key).map((item) => picture(item, model)));
    el.hidden = !items.size;
    el.children[at]?.focus();
    el.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  };
  const hear = ({ kind, items: told }, buffers) => {
    if (kind === "all") [...items.keys()].forEach(forget);
    told.forEach((item, i) => {
      URL.revokeObjectURL(items.get(item.key)?.url);
      const jpeg = buffers[i];
      const url = jpeg?.byteLength ? URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" })) : "";
      items.set(item.key, { ...item, url });
    });
    draw();
  };
  model.on("msg:custom", hear);
  model.on("change:chosen", draw);
  draw();
  model.send("all");
  return () => {
    model.off("msg:custom", hear);
    model.off("change:chosen", draw);
    [...items.keys()].forEach(forget);
  };
}

export default { render };
