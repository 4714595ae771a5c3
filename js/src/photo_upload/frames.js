// Frames of the camera for Python, each once the one before is answered.

import { el, listen } from "../lib/dom.js";

/** @import { AnyModel } from "@anywidget/types" */

const PAUSE = 200; // ms between two frames at least
const SHORTER = 360; // pixels of a frame's shorter side: the network sees a square of less
const LOST = 5000; // ms after which an answer is waited for no more

export class Frames {
  /** @type {HTMLVideoElement | null} */
  video = null;
  timer = 0;
  sent = 0;

  /** @param {AnyModel<any>} model */
  constructor(model) {
    this.model = model;
    this.canvas = el("canvas");
    this.deafen = listen(model, {
      "msg:custom": (/** @type {{ kind: string }} */ { kind }) =>
        kind === "frame" && this.answered(),
    });
  }

  /** @param {HTMLVideoElement} video */
  begin(video) {
    if (this.video || !this.model.get("frames")) return;
    this.video = video;
    this.send();
  }

  answered() {
    if (this.video) this.later(Math.max(0, this.sent + PAUSE - Date.now()));
  }

  /** @param {number} wait ms */
  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), wait);
  }

  async send() {
    this.sent = Date.now();
    this.later(LOST);
    const bytes = await this.frame();
    if (this.video && bytes) this.model.send({ kind: "frame", id: "camera" }, undefined, [bytes]);
  }

  /** @returns {Promise<ArrayBuffer | undefined>} */
  async frame() {
    const { videoWidth: width, videoHeight: height } = this.video ?? {};
    if (!this.video || !width || !height) return;
    const scale = Math.min(1, SHORTER / Math.min(width, height));
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const { canvas } = this;
    canvas.getContext("2d")?.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob?.arrayBuffer();
  }

  end() {
    clearTimeout(this.timer);
    if (this.video) this.model.send({ kind: "closed", id: "camera" });
    this.video = null;
  }

  close() {
    this.end();
    this.deafen();
  }
}
