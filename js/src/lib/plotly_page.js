// The page's one copy of plotly, made by whichever comes first: a figure, or the widget that brings it.

/** @import { Bytes, PlotlyModule, PlotlyPage } from "../types.js" */

/**
 * @param {Bytes | string} code
 * @returns {Promise<PlotlyModule>}
 */
function module(code) {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  return import(url).finally(() => URL.revokeObjectURL(url));
}

/** @returns {PlotlyPage} */
function make() {
  /** @type {(plotly: PlotlyModule) => void} */
  let here;
  /** @type {Promise<void> | null} */
  let taking = null;
  let asked = false;
  const coming = new Promise((done) => {
    here = done;
  });
  // A text that is no module, cut off perhaps, leaves the place to the next one.
  const failed = (/** @type {unknown} */ error) => {
    taking = null;
    console.error(error);
  };
  /** @type {PlotlyPage["take"]} */
  const take = (code) => {
    taking ??= module(code).then(here, failed);
    return taking;
  };
  /** @type {PlotlyPage["ask"]} */
  const ask = (model) => {
    try {
      model.send({ plotly: "wanted" });
      asked = true;
    } catch (error) {
      console.error(error); // A connection that is down refuses to send.
    }
  };
  /** @type {PlotlyPage["want"]} */
  const want = (model) => {
    if (!asked && !taking) ask(model);
  };
  return { coming, take, ask, want };
}

globalThis.petwidgetsPlotly ??= make();
export const page = globalThis.petwidgetsPlotly;
