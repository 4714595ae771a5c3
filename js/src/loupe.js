import "./loupe.css";

const STEP = 0.02; // of a side, for an arrow key

function figure(picture, urls) {
  const made = document.createElement("figure");
  const frame = document.createElement("div");
  const image = document.createElement("img");
  const glass = document.createElement("i");
  urls.push(URL.createObjectURL(new Blob([picture.png], { type: "image/png" })));
  image.src = urls.at(-1);
  image.alt = picture.title;
  image.draggable = false;
  glass.style.backgroundImage = `url(${image.src})`;
  frame.append(image, glass);
  const title = document.createElement("b");
  const text = document.createElement("span");
  title.textContent = picture.title;
  text.textContent = picture.text;
  const caption = document.createElement("figcaption");
  caption.append(title, text);
  made.append(frame, caption);
  return made;
}

function render({ model, el }) {
  el.classList.add("petwidgets-loupe");
  el.tabIndex = 0;
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Pictures to compare; arrow keys move the loupe");
  const urls = [];
  let spot = [0.5, 0.5];
  const forget = () => urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  const place = () => {
    for (const frame of el.querySelectorAll("div")) {
      const [image, glass] = frame.children;
      const { clientWidth: w, clientHeight: h } = frame;
      // Whole pixels of the picture, however large it is shown.
      const power = (model.get("power") * (image.naturalWidth || w)) / w;
      const r = glass.offsetWidth / 2;
      glass.style.left = `${spot[0] * w - r}px`;
      glass.style.top = `${spot[1] * h - r}px`;
      glass.style.backgroundSize = `${w * power}px ${h * power}px`;
      glass.style.backgroundPosition = `${r - spot[0] * w * power}px ${r - spot[1] * h * power}px`;
    }
  };
  const move = (x, y) => {
    spot = [x, y].map((part) => Math.min(1, Math.max(0, part)));
    place();
  };
  el.addEventListener("pointermove", (event) => {
    const frame = event.target.closest(".petwidgets-loupe div");
    if (!frame) return;
    const box = frame.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  el.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    move(spot[0] + STEP * step[0], spot[1] + STEP * step[1]);
  });
  const draw = () => {
    const before = urls.splice(0);
    el.replaceChildren(...model.get("pictures").map((picture) => figure(picture, urls)));
    before.forEach((url) => URL.revokeObjectURL(url));
    for (const image of el.querySelectorAll("img")) image.addEventListener("load", place);
  };
  const sizes = new ResizeObserver(place);
  sizes.observe(el);
  model.on("change", draw);
  draw();
  return () => {
    sizes.disconnect();
    model.off("change", draw);
    forget();
  };
}

export default { render };
