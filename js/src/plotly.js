import { page } from "./lib/plotly_page.js";

const [SOON, LATE] = [1000, 20000]; // milliseconds until a chart says that its library is coming, or late
const COMING = "The chart comes with its library, five megabytes, which is on its way.";
const MISSING =
  "The chart library has not arrived yet. The chart is drawn as soon as it does; its figures are in the table below. ";
const BROKEN = "This chart can't be drawn; its figures are in the table below.";

// What stands in a chart's place until the library is there; `again` asks for it once more.
function waits(el, again) {
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button";
  button.textContent = "Try again";
  let timers = [];
  const end = () => timers.forEach(clearTimeout);
  const begin = () => {
    end();
    const late = () => said.replaceChildren(MISSING, button);
    timers = [setTimeout(() => said.replaceChildren(COMING), SOON), setTimeout(late, LATE)];
  };
  button.addEventListener("click", () => {
    again();
    said.replaceChildren(COMING);
    begin();
  });
  el.append(said);
  begin();
  return () => (end(), said.remove());
}

// Drawn where it has no place, a chart has no size either.
function placed(el, signal) {
  return new Promise((done) => {
    const sizes = new ResizeObserver(() => el.clientWidth && done(sizes.disconnect()));
    signal.addEventListener("abort", () => sizes.disconnect());
    sizes.observe(el);
  });
}

// plotly goes on with a chart after `render`, and breaks where that is taken away meanwhile.
function drawn(el) {
  const heard = new AbortController();
  return new Promise((done) => {
    const look = ({ detail }) => detail.element === el && done(heard.abort());
    document.addEventListener("plotlywidget-after-render", look, { signal: heard.signal });
  });
}

export default () => {
  let figure; // plotly's own `{initialize, render}`, once it is there
  let ends = []; // each takes off a listener that plotly has put on
  return {
    // Not awaited: anywidget gives up on a model that takes two seconds, and drops its messages.
    initialize(context) {
      const { model } = context;
      const on = (...listener) => {
        ends.push(() => model.off(...listener));
        model.on(...listener);
      };
      figure = page.coming.then((plotly) => {
        const made = plotly.default();
        made.initialize({ ...context, model: { ...model, on } });
        return made;
      });
    },
    render(context) {
      const { model, el } = context;
      const view = new AbortController();
      const { signal } = view;
      const arrive = waits(el, () => page.ask(model));
      signal.addEventListener("abort", arrive);
      page.want(model);
      const draw = async () => {
        const made = await figure;
        arrive();
        await placed(el, signal);
        if (signal.aborted) return;
        // plotly's view listens for ever, and one that is gone throws before the next one hears.
        ends = [];
        const ready = drawn(el);
        const purge = made.render(context);
        const own = ends;
        signal.addEventListener("abort", () => {
          own.forEach((end) => end());
          ready.then(purge);
        });
      };
      draw().catch((error) => {
        el.textContent = BROKEN;
        console.error(error);
      });
      return () => view.abort();
    },
  };
};
