import "./blocker.css";

function render({ model, el }) {
  el.classList.add("petwidgets-lead-there");
  const sentence = document.createElement("span");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button mod-primary";
  button.addEventListener("click", () => model.send("go"));
  el.append(sentence, button);
  const draw = () => {
    sentence.textContent = model.get("sentence");
    el.hidden = !model.get("sentence");
    button.textContent = model.get("label");
    button.hidden = !model.get("label");
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
