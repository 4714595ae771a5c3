// The page's one copy of plotly; the hidden loader widget may be drawn before or after a figure.
const SECONDS = 20;

function bundle() {
  if (globalThis.petwidgetsPlotly) return globalThis.petwidgetsPlotly;
  globalThis.petwidgetsPlotlyComing ??= new Promise((here, gone) => {
    globalThis.petwidgetsPlotlyHere = () => here(globalThis.petwidgetsPlotly);
    setTimeout(() => gone(new Error("the chart library did not arrive")), 1000 * SECONDS);
  });
  return globalThis.petwidgetsPlotlyComing;
}

async function initialize(context) {
  const plotly = (await bundle()).default;
  return plotly.initialize?.(context);
}

async function render(context) {
  try {
    const plotly = (await bundle()).default;
    return await plotly.render(context);
  } catch (error) {
    console.error(error);
    context.el.textContent = "This chart can't be drawn; its figures are in the table beside it.";
  }
}

export default { initialize, render };
