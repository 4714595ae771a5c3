// Takes a photograph: dropped, pasted, chosen, or from the camera.

import "../photo_upload.css";
import { closest, el } from "../lib/dom.js";
import { Camera } from "../photo_upload/camera.js";
import { listenForDrops, listenToPage } from "../photo_upload/page.js";
import { invitation, make, paw } from "../photo_upload/parts.js";
import { traits } from "./traits.js";

/** @import { Taker } from "../photo_upload/camera.js" */

/**
 * @param {(file: File) => void} look at a photograph
 */
export function intake(look) {
  const notes = make("div", "notes", { "aria-live": "polite" });
  /** @type {Taker} */
  const taker = {
    model: traits({}),
    disabled: false,
    note: (_, sentence) => {
      notes.replaceChildren(...(sentence ? [make("p", "note", {}, sentence)] : []));
    },
    paint: () => {
      zone.hidden = Boolean(camera.stream);
    },
    take: ([file]) => {
      taker.note("", "");
      if (file) look(file);
    },
  };
  const camera = new Camera(taker);
  const input = el("input", { type: "file", accept: "image/*" });
  input.onchange = () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    taker.take(files);
  };
  const label = make("label", "choose", {}, input, el("span", {}, "Choose a photograph"));
  const zone = make(
    "div",
    "zone",
    { onclick: (event) => closest(event, "label, button") ?? input.click() },
    make("div", "paw", {}, paw()),
    invitation(),
    make("p", "hint", {}, "It stays in this browser: nothing is sent."),
    make("div", "row", {}, label, camera.opener),
  );
  const given = { className: "petwidgets-upload", role: "group", "aria-label": "Your photograph" };
  const root = el("div", given, zone, camera.live, notes);
  listenForDrops(zone, taker);
  listenToPage(root, taker);
  return {
    root,
    compact: () => root.classList.add("petwidgets-upload-compact"),
  };
}
