import "./folder_tree.css";

function item(folder, model, depth) {
  const li = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${folder.name}/`;
  button.dataset.path = folder.path;
  button.addEventListener("click", () => {
    model.set("chosen", model.get("chosen") === folder.path ? "" : folder.path);
    model.save_changes();
  });
  const text = document.createElement("span");
  text.textContent = folder.text;
  if (!folder.folders.length) li.append(button, text);
  else {
    const details = document.createElement("details");
    details.open = !depth;
    const summary = document.createElement("summary");
    const below = document.createElement("ul");
    if (!folder.text) text.textContent = `${folder.files.toLocaleString()} ${folder.files === 1 ? "file" : "files"} below`;
    summary.append(button, text);
    below.append(...folder.folders.map((one) => item(one, model, depth + 1)));
    details.append(summary, below);
    li.append(details);
  }
  return li;
}

function render({ model, el }) {
  el.classList.add("petwidgets-tree");
  const list = document.createElement("ul");
  list.setAttribute("aria-label", "Folders");
  el.append(list);
  const draw = () => {
    const root = model.get("root");
    list.replaceChildren(...(root.name ? [item(root, model, 0)] : []));
    mark();
  };
  const mark = () => {
    for (const button of list.querySelectorAll("button"))
      button.setAttribute("aria-pressed", button.dataset.path === model.get("chosen"));
  };
  model.on("change:root", draw);
  model.on("change:chosen", mark);
  draw();
  return () => {
    model.off("change:root", draw);
    model.off("change:chosen", mark);
  };
}

export default { render };
