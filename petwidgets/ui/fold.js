function copyButton(model) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      button.textContent = "Copied";
    } catch {
      // A page without https has no clipboard: select the text, so that Ctrl-C does it.
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Press Ctrl-C";
    }
  });
  return button;
}

function render({ model, el }) {
  const details = document.createElement("details");
  details.className = "petwidgets-fold";
  const summary = document.createElement("summary");
  const body = document.createElement("div");
  const text = document.createElement(model.get("code") ? "code" : "p");
  body.append(text);
  if (model.get("code")) body.append(copyButton(model));
  details.append(summary, body);
  el.append(details);
  const draw = () => {
    summary.textContent = model.get("label");
    text.textContent = model.get("text");
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
