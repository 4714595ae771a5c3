// The camera: a photograph that is taken here is handed over as a file is.

import { el } from "../lib/dom.js";
import { Frames } from "./frames.js";
import { button, isShown, make, camera as picture } from "./parts.js";

/** @import { Sender } from "./sender.js" */
/** @typedef {Pick<Sender, "model" | "disabled" | "note" | "paint" | "take">} Taker of photographs */

const UNKNOWN = "The camera could not be started; choose a file instead.";

/** @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError:
    "The camera was not allowed; allow it beside the page's address, or choose a file instead.",
  NotFoundError: "No camera was found; choose a file instead.",
};

// mediaDevices is missing on plain http pages too, not only in old browsers.
const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

const askForCamera = () =>
  navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 } },
  });

/** @param {MediaStream | null | undefined} stream */
function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob | null>}
 */
function photograph(video) {
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

export class Camera {
  /** @type {MediaStream | null} */
  stream = null;
  /** @type {object | null} */
  asking = null; // another one for each time that it is opened

  /** @param {Taker} sender */
  constructor(sender) {
    this.sender = sender;
    this.frames = new Frames(sender.model);
    this.opener = button("camera", "Use the camera", () => this.open());
    this.opener.prepend(picture());
    this.opener.hidden = !hasCamera();
    this.video = make("video", "video", {
      muted: true,
      playsInline: true,
      autoplay: true,
      "aria-label": "What the camera sees",
      onplaying: () => this.ready(),
    });
    this.shutter = button("primary", "Take photo", () => this.shoot());
    const cancel = button("plain", "Cancel", () => this.close());
    const row = make("div", "row", {}, this.shutter, cancel);
    this.live = make("div", "live", { hidden: true, tabIndex: -1 }, this.video, row);
    this.live.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    // A camera must not keep running behind another lesson.
    this.watch = new ResizeObserver(() => {
      if (this.stream && !isShown(this.live)) this.close();
    });
    this.watch.observe(this.live);
  }

  async open() {
    const asking = {};
    this.asking = asking;
    this.opener.disabled = true;
    this.sender.note("camera", "");
    const stream = await askForCamera().catch((error) => this.refused(error));
    if (stream && asking === this.asking) this.show(stream);
    else end(stream);
    this.opener.disabled = this.sender.disabled;
  }

  /**
   * @param {{ name?: string }} error
   * @returns {undefined}
   */
  refused({ name = "" }) {
    this.sender.note("camera", REFUSALS[name] ?? UNKNOWN);
  }

  /** @param {MediaStream} stream */
  show(stream) {
    this.stream = stream;
    this.shutter.disabled = true;
    this.live.hidden = false;
    this.video.srcObject = stream;
    this.sender.paint();
    this.live.focus();
  }

  ready() {
    this.shutter.disabled = false;
    this.frames.begin(this.video);
    if (document.activeElement === this.live) this.shutter.focus();
  }

  async shoot() {
    const blob = await photograph(this.video);
    this.close();
    if (blob) this.sender.take([new File([blob], "camera.jpg", { type: "image/jpeg" })]);
    else this.refused({});
  }

  close() {
    this.stop();
    this.live.hidden = true;
    this.sender.paint();
    this.opener.focus();
  }

  /** For when the view goes. */
  remove() {
    this.watch.disconnect();
    this.stop();
    this.frames.close();
  }

  stop() {
    this.asking = null;
    this.frames.end();
    end(this.stream);
    this.stream = this.video.srcObject = null;
  }
}
