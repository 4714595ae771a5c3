import "./file_transfer.css";
import { button, el, listen, newId, together } from "./lib/dom.js";
import { percent } from "./lib/formatting.js";

/** @import { AnyModel, RenderProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */
/**
 * @typedef {object} Traits
 * @property {string} save what the button says; empty: there is nothing to save
 * @property {boolean} saves whether it can be pressed
 * @property {string} choose what the other one says; empty: nothing is taken
 * @property {string} accept
 * @property {boolean} several whether many files may be chosen at once
 * @property {string} making what is said until the file comes
 */
/** @typedef {{ name: string, size: number, parts: Bytes[], got: number }} Coming a file on its way */
/** @typedef {{ kind: string, id: string, name: string, size: number, from: number, to: number, sentence: string }} Message */

const LOST = "The page has lost its connection; please reload it.";

/** @param {Coming} file */
function saveAs({ name, parts }) {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** The line that says what goes on. */
function statusLine() {
  const node = el("p", { role: "status" });
  let clock = 0;
  const stop = () => clearInterval(clock);
  const say = (/** @type {string} */ text, bad = false) => {
    stop();
    node.textContent = text;
    node.className = bad ? "petwidgets-problem" : "";
  };
  // Seconds pass in sight only: read aloud, each of them would be a sentence.
  const wait = (/** @type {string} */ text) => {
    say(`${text} ...`);
    const seconds = el("span", { "aria-hidden": true });
    node.append(seconds);
    const from = Date.now();
    clock = setInterval(() => {
      seconds.textContent = ` ${Math.round((Date.now() - from) / 1000)} s`;
    }, 1000);
  };
  return { node, say, stop, wait };
}

/** One file at a time, either way, each with a name of its own that Python repeats. */
class Transfer {
  job = ""; // empty: nothing is under way
  /** @type {File | null} */
  file = null;
  /** @type {File[]} */
  queue = []; // chosen together; each is sent when the one before has been taken or refused
  /** @type {string[]} */
  problems = []; // of those before
  /** @type {Coming} */
  coming = { name: "", size: 0, parts: [], got: 0 };

  /**
   * @param {AnyModel<Traits>} model
   * @param {ReturnType<typeof statusLine>} line
   */
  constructor(model, line) {
    this.model = model;
    this.line = line;
  }

  /**
   * @param {object} content
   * @param {ArrayBuffer[]} [buffers]
   */
  send(content, buffers) {
    try {
      this.model.send({ id: this.job, ...content }, undefined, buffers);
    } catch {
      this.queue = []; // one sentence says it of all
      this.end(LOST, true);
    }
  }

  /** @param {string} sentence */
  end(sentence, bad = false) {
    this.job = "";
    const name = (this.model.get("several") && this.file?.name) || "";
    if (bad) this.problems.push(sentence.startsWith(name) ? sentence : `${name}: ${sentence}`);
    const file = this.queue.shift();
    if (file) return this.start(file);
    const all = bad ? this.problems : [...this.problems, sentence];
    this.line.say(all.join(" "), this.problems.length > 0);
    this.problems = [];
  }

  fetch() {
    if (this.job) return;
    this.file = null;
    this.job = newId();
    this.line.wait(this.model.get("making"));
    this.send({ kind: "fetch" });
  }

  /** @param {File[]} files */
  choose(files) {
    this.queue.push(...files);
    const file = this.job ? null : this.queue.shift();
    if (file) this.start(file);
  }

  /** @param {File} file */
  start(file) {
    this.file = file;
    this.job = newId();
    this.send({ kind: "start", name: file.name, size: file.size });
  }

  /**
   * @param {Message} message
   * @param {Bytes[]} buffers
   */
  hear(message, buffers) {
    if (!this.job || message.id !== this.job) return;
    if (message.kind === "file") this.begin(message);
    if (message.kind === "part") this.take(buffers[0]);
    if (message.kind === "next") this.sendPiece(message);
    if (message.kind === "taken") this.end(message.sentence);
    if (message.kind === "refused") this.end(message.sentence, true);
  }

  /** @param {Message} message */
  begin({ name, size }) {
    this.coming = { name, size, parts: [], got: 0 };
    this.send({ kind: "more", from: 0 });
  }

  /** @param {Bytes} part */
  take(part) {
    const { coming } = this;
    coming.parts.push(part);
    coming.got += part.byteLength;
    this.line.say(`Saving ${coming.name}: ${percent(coming.got, coming.size)}`);
    if (coming.got < coming.size) return this.send({ kind: "more", from: coming.got });
    saveAs(coming);
    this.end(`${coming.name} is saved.`);
  }

  /** @param {Message} message */
  async sendPiece({ from, to }) {
    const { file } = this;
    if (!file) return;
    this.line.say(`Sending ${file.name}: ${percent(from, file.size)}`);
    const bytes = await file
      .slice(from, to)
      .arrayBuffer()
      .catch(() => null);
    if (bytes?.byteLength === to - from) this.send({ kind: "piece", from }, [bytes]);
    else this.end(`${file.name} could not be read; choose it again.`, true);
  }
}

/** @param {RenderProps<Traits>} props */
function render({ model, el: root }) {
  root.classList.add("petwidgets-transfer");
  const line = statusLine();
  const transfer = new Transfer(model, line);
  const save = button("", () => transfer.fetch());
  const choose = () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    transfer.choose(files);
  };
  const input = el("input", { type: "file", onchange: choose });
  const words = el("span");
  const label = el("label", { className: "jupyter-button" }, input, words);
  const offered = [...(model.get("save") ? [save] : []), ...(model.get("choose") ? [label] : [])];
  root.append(...offered, line.node);
  const draw = () => {
    save.textContent = model.get("save");
    save.disabled = !model.get("saves");
    words.textContent = model.get("choose");
    input.accept = model.get("accept");
    input.multiple = model.get("several");
  };
  draw();
  /** @type {typeof transfer.hear} */
  const hear = (message, buffers) => transfer.hear(message, buffers);
  return together(listen(model, { change: draw, "msg:custom": hear }), line.stop);
}

export default { render };
