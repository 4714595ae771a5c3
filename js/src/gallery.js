import "./gallery.css";

function figure({ name, label, jpeg, problem }, urls) {
  const made = document.createElement("figure");
  if (jpeg) {
    const image = document.createElement("img");
    urls.push(URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" })));
    image.src = urls.at(-1);
    image.alt = `${label}: ${name}`;
    made.append(image);
  } else {
    const sentence = document.createElement("p");
    sentence.textContent = problem ?? "";
    made.append(sentence);
  }
  const caption = document.createElement("figcaption");
  caption.textContent = label;
  caption.title = name;
  made.append(caption);
  return made;
}

function render({ model, el }) {
  const caption = document.createElement("p");
  const grid = document.createElement("div");
  el.classList.add("petwidgets-gallery");
  grid.className = "petwidgets-grid";
  el.append(caption, grid);
  let urls = [];
  const forget = () => urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  const draw = () => {
    forget();
    caption.textContent = model.get("caption");
    const columns = model.get("columns");
    grid.classList.toggle("petwidgets-grid-wide", model.get("wide"));
    grid.style.gridTemplateColumns = columns ? `repeat(${columns}, minmax(0, 1fr))` : "";
    grid.replaceChildren(...model.get("pictures").map((picture) => figure(picture, urls)));
  };
  model.on("change", draw);
  draw();
  return () => {
    model.off("change", draw);
    forget();
  };
}

export default { render };
