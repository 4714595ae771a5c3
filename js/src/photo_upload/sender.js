// One sender a model, whatever number of views: it hands photographs to Python, one at a time.

import { listen, newId } from "../lib/dom.js";
import { fileSize } from "../lib/formatting.js";

/** @import { AnyModel } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {number} max_bytes
 * @property {string} message
 * @property {boolean} disabled
 * @property {boolean} holds
 * @property {boolean} compact
 * @property {boolean} frames
 */
/** @typedef {{ kind: string, id: string, from: number, to: number, sentence?: string }} Message */
/** @typedef {"sending" | "arrived" | "cancelled" | "failed"} Phase */
/**
 * @typedef {object} Shot a photograph under way, or the last one
 * @property {string} id
 * @property {File} file
 * @property {string} url of its preview
 * @property {number} sent bytes
 * @property {Phase} phase
 * @property {boolean} slow whether an answer is waited for
 * @property {boolean} done whether Python has looked at it too
 */

const PATIENCE = 4000; // ms without an answer before the page says that it is waiting
const LOST = "The page has lost its connection; please reload it.";
const PYTHON = "python"; // of a sentence that is about no photograph of this page

/**
 * @param {File} file
 * @param {number} limit bytes
 */
function refusal(file, limit) {
  if (!file.size) return `${file.name} is empty; choose another photograph.`;
  if (file.size <= limit) return "";
  return `${file.name} is larger than ${fileSize(limit)}; choose a smaller photograph.`;
}

export class Sender {
  /** @type {File[]} */
  queue = [];
  /** @type {Shot | null} */
  shot = null;
  /** @type {Map<string, string>} */
  notes = new Map(); // a sentence each, by what it is about
  /** @type {Set<() => void>} */
  views = new Set(); // paint themselves
  timer = 0;

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    this.note(PYTHON, model.get("message"));
    listen(model, {
      "msg:custom": (/** @type {Message} */ message) => this.hear(message),
      "change:message": () => this.note(this.shot?.id ?? PYTHON, model.get("message")),
      "change:disabled change:holds": () => this.next(),
      "change:max_bytes change:compact": () => this.paint(),
    });
  }

  get sending() {
    return this.shot?.phase === "sending";
  }

  // Until Python has looked at it too: what it says in the meantime is about this one.
  get busy() {
    return Boolean(this.shot) && !this.shot?.done;
  }

  get disabled() {
    return Boolean(this.model.get("disabled"));
  }

  get compact() {
    return Boolean(this.model.get("compact"));
  }

  paint() {
    for (const view of this.views) view();
  }

  /**
   * One sentence a photograph: that of the first of several must outlive the start of the second.
   *
   * @param {string} key
   * @param {string} sentence
   */
  note(key, sentence) {
    if (sentence) this.notes.set(key, sentence);
    else this.notes.delete(key);
    this.paint();
  }

  /** @param {Iterable<File>} files */
  take(files) {
    if (this.disabled) return;
    if (!this.busy && !this.queue.length) this.notes.clear();
    for (const file of files) this.accept(file);
    this.next();
  }

  /** @param {File} file */
  accept(file) {
    const sentence = refusal(file, this.model.get("max_bytes"));
    if (sentence) this.note(newId(), sentence);
    else this.queue.push(file);
  }

  next() {
    const held = this.busy || this.disabled || this.model.get("holds");
    const file = held ? undefined : this.queue.shift();
    if (file) this.start(file);
    this.paint();
  }

  /** @param {File} file */
  start(file) {
    this.forgetPreview();
    const url = URL.createObjectURL(file);
    const fresh = { sent: 0, phase: /** @type {const} */ ("sending"), slow: false, done: false };
    this.shot = { id: newId(), file, url, ...fresh };
    this.send({ kind: "start", name: file.name, size: file.size });
  }

  /**
   * @param {object} content
   * @param {ArrayBuffer[]} [buffers]
   */
  send(content, buffers = []) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.slow(true), PATIENCE);
    try {
      this.model.send({ id: this.shot?.id, ...content }, undefined, buffers);
    } catch (error) {
      console.error(error);
      this.end("failed", LOST);
    }
  }

  /** @param {boolean} slow */
  slow(slow) {
    if (!this.shot || (slow && !this.sending)) return;
    this.shot.slow = slow;
    this.paint();
  }

  /**
   * Every page of this kernel hears every message: what isn't ours is another page's.
   *
   * @param {Message} message
   */
  hear(message) {
    if (message.kind === "forget") return this.forget();
    const { shot } = this;
    if (!shot || !this.busy || message.id !== shot.id) return;
    this.slow(false);
    if (message.kind === "next") this.sendPiece(shot, message);
    if (message.kind === "arrived") this.arrived(shot);
    if (message.kind === "done") this.end("arrived");
    if (message.kind === "dropped") this.end("failed", message.sentence);
  }

  /**
   * @param {Shot} shot
   * @param {Message} message
   */
  async sendPiece(shot, { from, to }) {
    shot.sent = from;
    this.paint();
    const piece = shot.file.slice(from, to);
    const bytes = await piece.arrayBuffer().catch(() => null);
    if (shot !== this.shot || !this.sending) return; // cancelled while it was read
    if (bytes?.byteLength === to - from) this.send({ kind: "piece", from }, [bytes]);
    else this.unreadable(shot);
  }

  /**
   * A folder, or a file that was changed or removed since it was chosen.
   *
   * @param {Shot} shot
   */
  unreadable({ file }) {
    this.send({ kind: "cancel" });
    this.end("failed", `${file.name} could not be read; choose another photograph.`);
  }

  /** Whoever cancels wants it to stop: those that wait are let go too. */
  cancel() {
    this.queue.length = 0;
    if (!this.sending) return this.paint();
    this.send({ kind: "cancel" });
    this.end("cancelled");
  }

  /** @param {Shot} shot */
  arrived(shot) {
    clearTimeout(this.timer);
    Object.assign(shot, { phase: "arrived", sent: shot.file.size });
    this.paint();
  }

  /** @param {Phase} phase */
  end(phase, sentence = "") {
    clearTimeout(this.timer);
    if (!this.shot) return;
    Object.assign(this.shot, { phase, slow: false, done: true });
    if (sentence) this.note(this.shot.id, sentence);
    this.next();
  }

  /** Nothing of a photograph stays on the page: not the last one, nor those under way. */
  forget() {
    this.cancel();
    this.forgetPreview();
    clearTimeout(this.timer);
    this.shot = null;
    this.notes.clear();
    this.paint();
  }

  forgetPreview() {
    if (this.shot) URL.revokeObjectURL(this.shot.url);
  }

  close = () => {
    clearTimeout(this.timer);
    this.forgetPreview();
  };
}
