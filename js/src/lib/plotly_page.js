// The page's one copy of plotly, made by whichever comes first: a figure, or the widget that brings it.
export const page = (globalThis.petwidgetsPlotly ??= (() => {
  let here;
  let taking = null;
  const coming = new Promise((done) => (here = done));
  const module = (code) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    return import(url).finally(() => URL.revokeObjectURL(url));
  };
  // A text that is no module, cut off perhaps, leaves the place to the next one.
  const failed = (error) => {
    taking = null;
    console.error(error);
  };
  const take = (code) => (taking ??= module(code).then(here, failed));
  let asked = false;
  const ask = (model) => {
    try {
      model.send({ plotly: "wanted" });
      asked = true;
    } catch (error) {
      console.error(error); // A connection that is down refuses to send.
    }
  };
  const want = (model) => asked || taking || ask(model);
  return { coming, take, ask, want };
})());
