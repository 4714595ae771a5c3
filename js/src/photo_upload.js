// Takes photographs from the visitor (drop, paste, choose, camera) and hands them to Python.
// Python leads: it names the range of bytes that it wants next, so that no message outgrows the
// websocket and nothing is sent unasked. photo_upload.py describes the messages.

import "./photo_upload.css";
import { closest, el } from "./lib/dom.js";
import { fileSize } from "./lib/formatting.js";
import { Camera } from "./photo_upload/camera.js";
import { listenForDrops, listenToPage } from "./photo_upload/page.js";
import { invitation, make, paw } from "./photo_upload/parts.js";
import { Sender } from "./photo_upload/sender.js";
import { shotView } from "./photo_upload/shot.js";

/** @import { InitializeProps, RenderProps } from "@anywidget/types" */
/** @import { Traits } from "./photo_upload/sender.js" */

/** @param {Sender} sender */
function chooser(sender) {
  const input = el("input", { type: "file", accept: "image/*,.heic,.heif", multiple: true });
  input.onchange = () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    sender.take(files);
  };
  const label = make("label", "choose", {}, input, el("span", {}, "Choose a photograph"));
  return { input, label };
}

/** @param {Sender} sender */
function build(sender) {
  const camera = new Camera(sender);
  const { input, label } = chooser(sender);
  const hint = make("p", "hint");
  const zone = make(
    "div",
    "zone",
    { onclick: (event) => closest(event, "label, button") ?? input.click() },
    make("div", "paw", {}, paw()),
    invitation(),
    hint,
    make("div", "row", {}, label, camera.opener),
  );
  const notes = make("div", "notes", { "aria-live": "polite" });
  return { camera, input, hint, zone, shot: shotView(sender), notes };
}

/**
 * @param {HTMLElement} node
 * @param {string[]} sentences
 */
function paintNotes(node, sentences) {
  const now = [...node.children].map((child) => child.textContent);
  if (now.join("\n") === sentences.join("\n")) return;
  node.replaceChildren(...sentences.map((sentence) => make("p", "note", {}, sentence)));
}

/**
 * @param {Sender} sender
 * @param {ReturnType<typeof build>} parts
 */
function paint(sender, { camera, input, hint, zone, shot, notes }) {
  const hadFocus = document.activeElement === shot.cancel;
  zone.hidden = Boolean(camera.stream);
  zone.classList.toggle("petwidgets-upload-off", sender.disabled);
  input.disabled = camera.opener.disabled = sender.disabled;
  hint.textContent = `A picture of up to ${fileSize(sender.model.get("max_bytes"))}`;
  shot.paint();
  paintNotes(notes, [...sender.notes.values()]);
  if (hadFocus && shot.row.hidden) input.focus(); // the button that had it is gone
}

/**
 * @param {Sender} sender
 * @param {HTMLElement} host
 */
function show(sender, host) {
  const parts = build(sender);
  const { camera, zone, shot, notes } = parts;
  const root = el(
    "div",
    { className: "petwidgets-upload", role: "group", "aria-label": "Your photograph" },
    zone,
    camera.live,
    shot.node,
    notes,
  );
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves Enter and Space to our buttons
  host.append(root);
  listenForDrops(zone, sender);
  const view = () => {
    root.classList.toggle("petwidgets-upload-compact", sender.compact);
    paint(sender, parts);
  };
  sender.views.add(view);
  view();
  const deafen = listenToPage(root, sender);
  return () => {
    deafen();
    sender.views.delete(view);
    camera.remove();
  };
}

export default () => {
  /** @type {Sender} */
  let sender;
  return {
    /** @param {InitializeProps<Traits>} props */
    initialize({ model }) {
      sender = new Sender(model);
      return sender.close;
    },
    /** @param {RenderProps<Traits>} props */
    render: ({ el: host }) => show(sender, host),
  };
};
