import "./step_cards.css";
import { blobUrls, button, el, listen, save, say, together } from "./lib/dom.js";

/** @import { RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/**
 * @typedef {object} Value
 * @property {string} type
 * @property {Bytes} [jpeg]
 * @property {string} [shape]
 * @property {string} [dtype]
 * @property {string} [range]
 * @property {string} [text]
 */
/**
 * @typedef {object} Card
 * @property {string} stage
 * @property {string} name
 * @property {string} why
 * @property {boolean} [failed]
 * @property {string} [problem]
 * @property {Value} [came] what came in
 * @property {Value} [went] what went out
 */
/** @typedef {{ cards: Card[], at: number }} Traits `at`: the last one that is shown */
/** @typedef {ReturnType<typeof blobUrls>} Urls */

/**
 * @param {string} title
 * @param {Value} value
 * @param {Urls} urls
 */
function value(title, { type, jpeg, shape, dtype, range, text }, urls) {
  const url = urls.make(jpeg);
  return el(
    "div",
    {},
    el("h4", { textContent: title }),
    ...(url ? [el("img", { src: url, alt: `${title}: ${type}` })] : []),
    el("code", { textContent: type }),
    ...[shape, dtype, range, text]
      .filter(Boolean)
      .map((textContent) => el("span", { textContent })),
  );
}

/**
 * @param {Card} card
 * @param {number} number
 * @param {Urls} urls
 */
function card({ stage, name, why, failed, problem = "", came, went }, number, urls) {
  const head = el(
    "header",
    {},
    el("small", {}, `${number}. ${stage}`),
    el("h3", { textContent: name }),
    el("p", { textContent: why }),
  );
  if (failed) head.append(el("p", { className: "petwidgets-card-problem" }, problem));
  const flow = el("div", { className: "petwidgets-flow" });
  if (came) flow.append(value("came in", came, urls));
  if (went) flow.append(value("went out", went, urls));
  const className = `petwidgets-card ${failed ? "petwidgets-card-failed" : ""}`;
  return el("li", { className }, head, flow);
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-cards");
  const urls = blobUrls();
  const go = (/** @type {number} */ to) =>
    save(model, "at", Math.min(Math.max(0, to), model.get("cards").length - 1));
  const back = button("Back", () => go(model.get("at") - 1));
  const next = button("Next step", () => go(model.get("at") + 1));
  const rest = button("All steps", () => go(Number.POSITIVE_INFINITY));
  next.classList.add("mod-primary");
  const where = el("span", { "aria-live": "polite" });
  const list = el("ol");
  const bar = el("p", {}, back, next, rest, where); // behind the cards: it stays where the newest is
  root.append(list, bar);
  const stand = () => {
    const [at, count] = [model.get("at"), model.get("cards").length];
    cards().forEach((one, i) => {
      one.hidden = i > at;
      one.toggleAttribute("aria-current", i === at);
    });
    back.disabled = at <= 0;
    next.disabled = rest.disabled = at >= count - 1;
    say(where, count ? `step ${at + 1} of ${count}` : "");
    bar.hidden = !count;
  };
  const cards = () => [...list.querySelectorAll("li")];
  const follow = () => {
    stand();
    for (const one of [cards()[model.get("at")], bar]) one?.scrollIntoView({ block: "nearest" });
  };
  const draw = () => {
    urls.free();
    list.replaceChildren(...model.get("cards").map((one, i) => card(one, i + 1, urls)));
    stand();
  };
  draw();
  return together(listen(model, { "change:cards": draw, "change:at": follow }), urls.free);
}

export default { render };
