import "./crop_overlay.css";

function render({ model, el }) {
  el.classList.add("petwidgets-crops");
  const frame = document.createElement("div");
  const image = document.createElement("img");
  const caption = document.createElement("p");
  el.append(frame, caption);
  let url = "";
  const draw = () => {
    URL.revokeObjectURL(url);
    const jpeg = model.get("jpeg");
    el.hidden = !jpeg.byteLength;
    url = el.hidden ? "" : URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    if (url) image.src = url;
    else image.removeAttribute("src");
    image.alt = caption.textContent = model.get("caption");
    frame.replaceChildren(
      image,
      ...model.get("boxes").map(({ label, box, tone }) => {
        const [left, top, right, bottom] = box.map((part) => 100 * part);
        const made = document.createElement("i");
        made.className = `petwidgets-crop-${tone}`;
        made.dataset.label = label;
        Object.assign(made.style, {
          left: `${left}%`,
          top: `${top}%`,
          width: `${right - left}%`,
          height: `${bottom - top}%`,
        });
        return made;
      }),
    );
  };
  model.on("change", draw);
  draw();
  return () => {
    model.off("change", draw);
    URL.revokeObjectURL(url);
  };
}

export default { render };
