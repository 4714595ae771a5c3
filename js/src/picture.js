import "./picture.css";

function render({ model, el }) {
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  const caption = document.createElement("figcaption");
  figure.className = "petwidgets-picture";
  figure.append(image, caption);
  el.append(figure);
  const forget = () => URL.revokeObjectURL(image.src);
  const draw = () => {
    const png = model.get("png");
    forget();
    figure.hidden = !png?.byteLength;
    image.alt = caption.textContent = model.get("caption");
    if (figure.hidden) image.removeAttribute("src");
    else image.src = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  };
  model.on("change", draw);
  draw();
  return () => {
    model.off("change", draw);
    forget();
  };
}

export default { render };
