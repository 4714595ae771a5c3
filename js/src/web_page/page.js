// The page that a run is taken along as: it classifies photographs in the browser, by what lies
// beside it. `petwidgets.inference.web_page` writes its folder.

import "./page.css";
import { el, say } from "../lib/dom.js";
import { decide } from "./decision.js";
import { intake } from "./intake.js";
import { load } from "./model.js";
import { read } from "./photo.js";
import { prepared, sharpness } from "./preparation.js";
import { answerView } from "./view.js";

/** @import { Decision } from "./decision.js" */
/** @import { Model } from "./model.js" */

const SERVE =
  "A browser doesn't load a network from a disk: serve this folder with python -m http.server, and" +
  " open http://localhost:8000.";

/**
 * Classify a photograph.
 *
 * @param {Model} model
 * @param {Blob} file
 */
export async function classify(model, file) {
  const { canvas, pixels } = await read(file);
  const input = prepared(pixels, model);
  const maps = await model.maps(input);
  const side = Math.min(pixels.width, pixels.height);
  const decision = decide(model, maps, { side, sharpness: sharpness(pixels) });
  return { canvas, input, maps, decision };
}

/**
 * One photograph at a time; of those that come meanwhile the last one is next.
 *
 * @param {(file: File) => Promise<void>} work
 */
function oneAtATime(work) {
  /** @type {File | null} */
  let next = null;
  let busy = false;
  return async (/** @type {File} */ file) => {
    next = file;
    if (busy) return;
    busy = true;
    while (next) {
      const now = next;
      next = null;
      await work(now);
    }
    busy = false;
  };
}

/**
 * For a page around this one: the event has what `petwidgets classify --json` prints.
 *
 * @param {Model} model
 * @param {string} file
 * @param {Decision} decision
 */
function tell({ run, breeds }, file, { top, probabilities, doubt, reason, likeness }) {
  const five = top.map((i) => [breeds[i], probabilities[i]]);
  const [[breed, probability]] = five;
  const recognised = !doubt;
  const detail = { file, breed, probability, top: five, recognised, doubt, reason, likeness, run };
  document.dispatchEvent(new CustomEvent("petwidgets-answer", { detail }));
}

/** @param {unknown} error */
const sentence = (error) => (error instanceof Error ? error.message : String(error));

/** Let the browser draw before it computes for a while. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

async function begin() {
  const status = /** @type {HTMLElement} */ (document.getElementById("status"));
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  if (location.protocol === "file:") return say(status, SERVE);
  say(status, "Loading the network ...");
  const model = await load();
  const view = answerView(model);
  const look = oneAtATime(async (file) => {
    status.classList.remove("unseen");
    say(status, `Looking at ${file.name} ...`);
    await painted();
    try {
      const { canvas, input, maps, decision } = await classify(model, file);
      taking.compact();
      status.classList.add("unseen");
      say(status, view.show(file.name, canvas, input, maps, decision));
      tell(model, file.name, decision);
    } catch (error) {
      view.hide();
      say(status, `${file.name}: ${sentence(error)}`);
    }
  });
  const taking = intake(look);
  const about = el("details", {}, el("summary", {}, "About this model"));
  about.append(...model.about.map((text) => el("p", {}, text)));
  status.before(taking.root);
  main.append(view.root, about);
  say(status, "");
}

begin().catch((error) => {
  say(/** @type {HTMLElement} */ (document.getElementById("status")), sentence(error));
});
