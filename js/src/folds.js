import "./folds.css";

function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // A page without https has no clipboard: select the text, so that Ctrl-C does it.
      getSelection().selectAllChildren(code);
      button.textContent = "Press Ctrl-C";
    }
  });
  return button;
}

function fold(label, tag, el) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const body = document.createElement("div");
  const text = document.createElement(tag);
  details.className = "petwidgets-fold";
  summary.textContent = label;
  body.append(text);
  details.append(summary, body);
  el.append(details);
  return text;
}

function render({ model, el }) {
  const code = fold("Code", "code", el);
  const source = fold("", "code", el);
  const why = fold("Why", "p", el);
  code.after(copyButton(code));
  for (const [name, text] of Object.entries({ code, source })) {
    const details = text.closest("details");
    details.addEventListener("toggle", () => details.open && model.send(name));
  }
  const draw = () => {
    code.textContent = model.get("opened").code;
    why.textContent = model.get("why");
    source.textContent = model.get("opened").source;
    source.closest("details").hidden = !model.get("source_title");
    source.closest("details").querySelector("summary").textContent = model.get("source_title");
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
