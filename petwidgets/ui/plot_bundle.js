// Makes a module of the text that came with this widget, for every figure of the page.
function render({ model }) {
  globalThis.petwidgetsPlotly ??= import(
    URL.createObjectURL(new Blob([model.get("bundle")], { type: "text/javascript" }))
  );
  globalThis.petwidgetsPlotlyHere?.();
}

export default { render };
