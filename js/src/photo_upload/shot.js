// The photograph under way, or the last one: picture, name, how far it is, Cancel.

import { el, say } from "../lib/dom.js";
import { fileSize } from "../lib/formatting.js";
import { button, make, paw } from "./parts.js";

/** @import { Sender, Shot } from "./sender.js" */

const SEEN = "petwidgets-upload-seen";
const WORDS = {
  sending: "Sending",
  arrived: "Arrived",
  cancelled: "Cancelled",
  failed: "Not taken",
};

/** A picture, once the browser can show it; of HEIC only the name is. */
function preview() {
  const image = el("img", { alt: "" });
  const node = make("div", "thumb", {}, paw(), image);
  image.onload = () => node.classList.add(SEEN);
  image.onerror = () => node.classList.remove(SEEN);
  const show = (/** @type {string} */ url) => {
    if (image.src === url) return;
    node.classList.remove(SEEN);
    if (url) image.src = url;
    else image.removeAttribute("src");
  };
  return { node, show };
}

/**
 * @param {Shot} shot
 * @param {number} waiting how many more
 */
function status({ phase, slow }, waiting) {
  const queue = waiting ? `; ${waiting} more to come` : "";
  return (slow ? "Waiting for an answer" : WORDS[phase]) + queue;
}

/** @param {Sender} sender */
export function shotView(sender) {
  const thumb = preview();
  const name = make("p", "name");
  const bar = make("progress", "bar", { max: 100 });
  const percent = make("span", "percent");
  const cancel = button("plain", "Cancel", () => sender.cancel());
  const said = make("p", "status", { role: "status" });
  const row = make("div", "sending", {}, bar, percent, cancel);
  const node = make("div", "shot", {}, thumb.node, make("div", "about", {}, name, row, said));
  const clear = () => {
    thumb.show("");
    name.textContent = said.textContent = "";
  };
  /** @param {Shot} shot */
  const fill = (shot) => {
    const { file, sent, url, phase } = shot;
    const done = Math.floor((100 * sent) / file.size);
    const { length } = sender.queue;
    thumb.show(url);
    name.textContent = `${file.name} (${fileSize(file.size)})`;
    bar.value = done;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    percent.textContent = `${done} %`;
    cancel.textContent = length ? "Cancel all" : "Cancel";
    row.hidden = !sender.sending && !length;
    node.dataset.phase = phase;
    say(said, status(shot, length));
  };
  const paint = () => {
    const { shot, compact } = sender;
    // One that Python has looked at is shown by the page, where the zone is compact.
    node.hidden = !shot || (compact && shot.done && shot.phase === "arrived");
    if (shot) fill(shot);
    else clear();
  };
  return { node, row, cancel, paint };
}
