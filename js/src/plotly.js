import { button, el } from "./lib/dom.js";
import { page } from "./lib/plotly_page.js";

/** @import { InitializeProps, RenderProps } from "@anywidget/types" */
/** @import { PlotlyModule } from "./types.js" */
/** @typedef {Awaited<ReturnType<PlotlyModule["default"]>>} Figure plotly's own widget */

const [SOON, LATE] = [1000, 20000]; // milliseconds until a chart says that its library is coming, or late
const COMING = "The chart comes with its library, five megabytes, which is on its way.";
const MISSING =
  "The chart library has not arrived yet. The chart is drawn as soon as it does; its figures are in the table below. ";
const BROKEN = "This chart can't be drawn; its figures are in the table below.";

/**
 * What stands in a chart's place until the library is there.
 *
 * @param {HTMLElement} root
 * @param {() => void} again asks for it once more
 */
function waits(root, again) {
  const said = el("p", { role: "status" });
  const retry = button("Try again", () => {
    again();
    said.replaceChildren(COMING);
    begin();
  });
  /** @type {number[]} */
  let timers = [];
  const end = () => timers.forEach(clearTimeout);
  const begin = () => {
    end();
    const late = () => said.replaceChildren(MISSING, retry);
    timers = [setTimeout(() => said.replaceChildren(COMING), SOON), setTimeout(late, LATE)];
  };
  root.append(said);
  begin();
  return () => {
    end();
    said.remove();
  };
}

/**
 * Wait for a place: drawn where it has none, a chart has no size either.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
function placed(root, signal) {
  return new Promise((done) => {
    const sizes = new ResizeObserver(() => {
      if (root.clientWidth) done(sizes.disconnect());
    });
    signal.addEventListener("abort", () => sizes.disconnect());
    sizes.observe(root);
  });
}

/**
 * Wait until a chart is drawn: plotly goes on with it after `render`, and breaks where it is taken
 * away meanwhile.
 *
 * @param {HTMLElement} root
 */
function drawn(root) {
  const heard = new AbortController();
  return new Promise((done) => {
    const look = (/** @type {Event} */ event) => {
      if (event instanceof CustomEvent && event.detail.element === root) done(heard.abort());
    };
    document.addEventListener("plotlywidget-after-render", look, { signal: heard.signal });
  });
}

/** A figure: plotly's own, once it is there. */
class Chart {
  /** @type {Promise<Figure>} */
  coming = new Promise(() => {});
  /** @type {(() => void)[]} */
  ends = []; // each takes off a listener that plotly has put on

  /** @param {InitializeProps} context */
  initialize(context) {
    const { model } = context;
    /** @type {typeof model.on} */
    const on = (/** @type {any} */ event, /** @type {any} */ act) => {
      this.ends.push(() => model.off(event, act));
      model.on(event, act);
    };
    this.coming = page.coming.then((plotly) => {
      const figure = plotly.default();
      figure.initialize({ ...context, model: { ...model, on } });
      return figure;
    });
  }

  /** @param {RenderProps} context */
  render(context) {
    const { model, el: root } = context;
    const view = new AbortController();
    const arrive = waits(root, () => page.ask(model));
    view.signal.addEventListener("abort", arrive);
    page.want(model);
    this.draw(context, arrive, view.signal).catch((error) => {
      root.textContent = BROKEN;
      console.error(error);
    });
    return () => view.abort();
  }

  /**
   * @param {RenderProps} context
   * @param {() => void} arrive
   * @param {AbortSignal} signal the view's
   */
  async draw(context, arrive, signal) {
    const figure = await this.coming;
    arrive();
    await placed(context.el, signal);
    if (signal.aborted) return;
    // plotly's view listens for ever, and one that is gone throws before the next one hears.
    this.ends = [];
    const ready = drawn(context.el);
    const purge = figure.render(context);
    const own = this.ends;
    signal.addEventListener("abort", () => {
      for (const end of own) end();
      ready.then(/** @type {() => void} */ (purge));
    });
  }
}

export default () => {
  const chart = new Chart();
  return {
    /** @param {InitializeProps} context */
    initialize(context) {
      chart.initialize(context); // not awaited: anywidget drops a model that takes two seconds
    },
    /** @param {RenderProps} context */
    render: (context) => chart.render(context),
  };
};
