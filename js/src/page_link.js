import "./page_link.css";
import { linkIn } from "./course/share.js";
import { button, el, listen, together } from "./lib/dom.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @typedef {{ identity: string }} Traits of the visit, that a page comes back to */

const EVERY = 5000; // milliseconds between two pings
const LOST = 2; // pings without an answer until the page says so
const GONE = 3; // and until it looks whether it has to come back
const SENTENCE =
  "The connection to the server is lost. The page comes back by itself, with all of your work; only" +
  " photographs may have to be brought again.";

const state = () => new URLSearchParams(location.hash.slice(1));

/** @param {string} identity */
function remember(identity) {
  const now = state();
  if (!identity || now.get("session") === identity) return;
  now.set("session", identity);
  history.replaceState(history.state, "", `#${now}`);
}

/**
 * Hand over a link that the page was opened with, and take it out of the address: a reload brings
 * back what was set since.
 *
 * @param {AnyModel<Traits>} model
 */
function openLink(model) {
  const now = state();
  const opened = linkIn(now);
  if (!opened) return;
  model.send({ opened });
  for (const name of [...now.keys()]) if (name !== "lesson" && name !== "session") now.delete(name);
  history.replaceState(history.state, "", `#${now}`);
}

// A busy kernel answers late and is waited for; one that idles and is silent is another one.
// Returns a sentence where there is something to say of why it is gone.
async function kernelIsGone() {
  const config = document.getElementById("jupyter-config-data")?.textContent ?? "";
  const { baseUrl, kernelId } = JSON.parse(config);
  const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" });
  if (answer.status === 403) return true; // the server asks for another token: a reload shows where
  if (answer.status === 404) {
    const { ended, message } = await answer.json();
    return ended ? message : true;
  }
  return answer.ok && (await answer.json()).execution_state === "idle";
}

/**
 * @param {AnyModel<Traits>} model
 * @param {HTMLElement} root
 * @param {HTMLElement} text
 */
function watch(model, root, text) {
  let missed = 0;
  const tick = async () => {
    missed += 1;
    try {
      model.send({ ping: missed });
    } catch {
      // A connection that is down refuses to send; no answer will come, and that is counted.
    }
    root.hidden = missed <= LOST;
    // Not for every ping: a server that just came back has all of its pages asking.
    const gone = missed > GONE && (await kernelIsGone().catch(() => false));
    if (gone === true) location.reload();
    if (typeof gone !== "string") return;
    clearInterval(timer); // what ended it may do so again: whoever reads this decides
    text.textContent = `${gone} Reload the page to go on where you were.`;
    root.hidden = false;
  };
  /** @param {object} message */
  const hear = (message) => {
    if ("pong" in message) missed = 0;
    root.hidden = missed <= LOST;
  };
  const timer = setInterval(tick, EVERY);
  return together(() => clearInterval(timer), listen(model, { "msg:custom": hear }));
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  const follow = () => remember(model.get("identity"));
  const deafen = listen(model, { "change:identity": follow });
  const turn = () => {
    openLink(model);
    if (!state().has("session")) follow(); // a link was pasted into the address
  };
  model.send({ arrive: state().get("session") ?? "" });
  openLink(model);
  addEventListener("hashchange", turn);
  root.classList.add("petwidgets-link");
  root.setAttribute("role", "alert");
  root.hidden = true;
  const text = el("span", { textContent: SENTENCE });
  root.append(
    text,
    button("Reload now", () => location.reload(), { className: "" }),
  );
  // JupyterLab has a sign of its own, and a cell may keep its kernel busy for long.
  const end = together(deafen, () => removeEventListener("hashchange", turn));
  return document.body.dataset.voila ? together(end, watch(model, root, text)) : end;
}

export default { render };
