import "./lightbox.css";

function render({ model, el }) {
  const dialog = document.createElement("dialog");
  dialog.className = "petwidgets-viewer";
  const title = document.createElement("h3");
  const image = document.createElement("img");
  const problem = document.createElement("p");
  const table = document.createElement("table");
  const row = document.createElement("p");
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "jupyter-button";
    made.textContent = text;
    made.addEventListener("click", act);
    row.append(made);
  };
  button("Previous", () => model.send(-1));
  button("Next", () => model.send(1));
  button("Close", () => dialog.close());
  dialog.append(title, row, image, problem, table);
  dialog.addEventListener("keydown", (event) => {
    // Jupyter listens to keys, too.
    event.stopPropagation();
    if (event.key === "ArrowLeft") model.send(-1);
    if (event.key === "ArrowRight") model.send(1);
  });
  dialog.addEventListener("close", () => {
    model.set("opened", false);
    model.save_changes();
  });
  el.append(dialog);
  let url = "";
  const draw = () => {
    URL.revokeObjectURL(url);
    const jpeg = model.get("jpeg");
    url = jpeg.byteLength ? URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" })) : "";
    image.hidden = !url;
    image.src = url;
    image.alt = title.textContent = model.get("title");
    problem.textContent = model.get("problem");
    table.replaceChildren(
      ...model.get("facts").map(([name, value]) => {
        const fact = document.createElement("tr");
        fact.append(document.createElement("th"), document.createElement("td"));
        fact.children[0].textContent = name;
        fact.children[1].textContent = value;
        return fact;
      }),
    );
    if (model.get("opened") && !dialog.open) dialog.showModal();
    if (!model.get("opened") && dialog.open) dialog.close();
  };
  model.on("change", draw);
  draw();
  return () => {
    model.off("change", draw);
    URL.revokeObjectURL(url);
  };
}

export default { render };
