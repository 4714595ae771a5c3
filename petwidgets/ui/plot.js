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

// Whoever goes on to another lesson while the library is coming leaves a place that is none any more.
async function attached(el) {
  for (let frame = 0; frame < 100 && !el.isConnected; frame++) {
    await new Promise(requestAnimationFrame);
  }
  return el.isConnected;
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
        const figure = await coming;
        if (await attached(context.el)) return figure.render(context);
      } catch {
        context.el.textContent = "This chart can't be drawn; its figures are in the table beside it.";
      }
    },
  };
};
