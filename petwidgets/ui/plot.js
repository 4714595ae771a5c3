// The page's one copy of plotly; the hidden widget that brings it may come before or after a figure.
const SECONDS = 20;

function bundle() {
  globalThis.petwidgetsPlotlyComing ??= new Promise((here, gone) => {
    globalThis.petwidgetsPlotlyHere = () => here(globalThis.petwidgetsPlotly);
    if (globalThis.petwidgetsPlotly) globalThis.petwidgetsPlotlyHere();
    setTimeout(() => gone(new Error("the chart library did not arrive")), 1000 * SECONDS);
  });
  return globalThis.petwidgetsPlotlyComing;
}

// plotly's default export makes one figure's `{initialize, render}`.
async function made(context) {
  const figure = (await bundle()).default();
  figure.initialize(context);
  return figure;
}

export default () => {
  let coming;
  return {
    // Not awaited: anywidget gives up on a model that takes two seconds, and drops its messages.
    initialize(context) {
      coming = made(context);
      coming.catch((error) => console.error(error));
    },
    async render(context) {
      try {
        return (await coming).render(context);
      } catch {
        context.el.textContent = "This chart can't be drawn; its figures are in the table beside it.";
      }
    },
  };
};
