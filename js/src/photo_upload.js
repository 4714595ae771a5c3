import "./photo_upload.css";

// Takes photographs from the visitor (drop, paste, choose, camera) and hands them to Python.
// Python leads: it names the range of bytes that it wants next, so that no message outgrows the
// websocket and nothing is sent unasked. upload.py describes the messages.

const PATIENCE = 4000; // ms without an answer before the page says that it is waiting

const PAW =
  '<ellipse cx="5" cy="11" rx="1.9" ry="2.5"/><ellipse cx="9.4" cy="6.4" rx="2" ry="2.7"/>' +
  '<ellipse cx="14.6" cy="6.4" rx="2" ry="2.7"/><ellipse cx="19" cy="11" rx="1.9" ry="2.5"/>' +
  '<path d="M12 11.5c-3 0-5.8 3.1-5.8 5.8 0 1.7 1.2 2.7 2.7 2.7 1.2 0 2-.6 3.1-.6s1.9.6 3.1.6' +
  'c1.5 0 2.7-1 2.7-2.7 0-2.7-2.8-5.8-5.8-5.800z"/>';
const CAMERA =
  '<path fill-rule="evenodd" d="M9 4 7.5 6H5a3 3 0 0 0-3 3v8a3 3 0 0 0 3 3h14a3 3 0 0 0 3-3V9' +
  'a3 3 0 0 0-3-3h-2.500L15 4zm3 4.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z"/>';

// ---- small helpers ------------------------------------------------------------------------

const make = (tag, name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  if (name) node.className = `petwidgets-upload-${name}`;
  node.append(...children);
  return node;
};

// Only ever given the two drawings above: nothing that a visitor brings is parsed as markup.
const icon = (drawing) => {
  const template = document.createElement("template");
  template.innerHTML =
    `<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">${drawing}</svg>`;
  return template.content.firstElementChild;
};

const button = (name, text, onclick, ...before) =>
  make("button", name, { type: "button", onclick }, ...before, text);

// crypto.randomUUID is missing on plain http pages.
const newId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

const size = (bytes) =>
  bytes < 2 ** 20
    ? `${Math.max(1, Math.round(bytes / 1024))} kB`
    : `${Number((bytes / 2 ** 20).toPrecision(3))} MB`;

const refusal = (file, limit) => {
  if (!file.size) return `${file.name} is empty; choose another photograph.`;
  if (file.size <= limit) return "";
  return `${file.name} is larger than ${size(limit)}; choose a smaller photograph.`;
};

const isShown = (node) => node.getClientRects().length > 0;

// ---- sending: one sender a model, whatever number of views ----------------------------------

class Sender {
  constructor(model) {
    Object.assign(this, { model, queue: [], shot: null, notes: new Map(), views: new Set() });
    this.note("python", model.get("message"));
    model.on("msg:custom", (message) => this.hear(message));
    model.on("change:message", () => this.note(this.shot?.id ?? "python", model.get("message")));
    model.on("change:disabled change:holds", () => this.next());
    model.on("change:max_bytes", () => this.paint());
  }

  get sending() {
    return this.shot?.phase === "sending";
  }

  // Until Python has looked at it too: what it says in the meantime is about this one.
  get busy() {
    return Boolean(this.shot) && !this.shot.done;
  }

  get disabled() {
    return Boolean(this.model.get("disabled"));
  }

  paint() {
    for (const view of this.views) view();
  }

  // One sentence a photograph: that of the first of several must outlive the start of the second.
  note(key, sentence) {
    if (sentence) this.notes.set(key, sentence);
    else this.notes.delete(key);
    this.paint();
  }

  take(files) {
    if (this.disabled) return;
    if (!this.busy && !this.queue.length) this.notes.clear();
    for (const file of files) this.accept(file);
    this.next();
  }

  accept(file) {
    const sentence = refusal(file, this.model.get("max_bytes"));
    if (sentence) this.note(newId(), sentence);
    else this.queue.push(file);
  }

  next() {
    const held = this.disabled || this.model.get("holds");
    if (!this.busy && !held && this.queue.length) this.start(this.queue.shift());
    this.paint();
  }

  start(file) {
    this.forgetPreview();
    const url = URL.createObjectURL(file);
    this.shot = { id: newId(), file, url, sent: 0, phase: "sending", slow: false, done: false };
    this.send({ kind: "start", name: file.name, size: file.size });
  }

  send(content, buffers = []) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.slow(true), PATIENCE);
    try {
      this.model.send({ id: this.shot.id, ...content }, undefined, buffers);
    } catch (error) {
      console.error(error);
      this.end("failed", "The page has lost its connection; please reload it.");
    }
  }

  slow(slow) {
    if (slow && !this.sending) return;
    this.shot.slow = slow;
    this.paint();
  }

  // Every page of this kernel hears every message: what isn't ours is another page's.
  hear(message) {
    if (message.kind === "forget") return this.forget();
    if (!this.busy || message.id !== this.shot.id) return;
    this.slow(false);
    if (message.kind === "next") this.sendPiece(this.shot, message);
    if (message.kind === "arrived") this.arrived();
    if (message.kind === "done") this.end("arrived");
    if (message.kind === "dropped") this.end("failed", message.sentence);
  }

  async sendPiece(shot, { from, to }) {
    shot.sent = from;
    this.paint();
    const bytes = await shot.file.slice(from, to).arrayBuffer().catch(() => null);
    if (shot !== this.shot || !this.sending) return; // cancelled while it was read
    if (bytes?.byteLength === to - from) this.send({ kind: "piece", from }, [bytes]);
    else this.unreadable(shot);
  }

  // A folder, or a file that was changed or removed since it was chosen.
  unreadable({ file }) {
    this.send({ kind: "cancel" });
    this.end("failed", `${file.name} could not be read; choose another photograph.`);
  }

  // Whoever cancels wants it to stop: those that wait are let go too.
  cancel() {
    this.queue.length = 0;
    if (!this.sending) return this.paint();
    this.send({ kind: "cancel" });
    return this.end("cancelled");
  }

  arrived() {
    clearTimeout(this.timer);
    Object.assign(this.shot, { phase: "arrived", sent: this.shot.file.size });
    this.paint();
  }

  end(phase, sentence = "") {
    clearTimeout(this.timer);
    Object.assign(this.shot, { phase, slow: false, done: true });
    if (sentence) this.note(this.shot.id, sentence);
    this.next();
  }

  // Nothing of a photograph stays on the page: not the last one, nor those under way.
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

  close() {
    clearTimeout(this.timer);
    this.forgetPreview();
  }
}

// ---- the camera -----------------------------------------------------------------------------

// mediaDevices is missing on plain http pages too, not only in old browsers.
const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

const CAMERA_REFUSALS = {
  NotAllowedError:
    "The camera was not allowed; allow it beside the page's address, or choose a file instead.",
  NotFoundError: "No camera was found; choose a file instead.",
};

const askForCamera = () =>
  navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 } },
  });

const photograph = (video) => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
};

class Camera {
  constructor(sender) {
    this.sender = sender;
    this.opener = button("camera", "Use the camera", () => this.open(), icon(CAMERA));
    this.opener.hidden = !hasCamera();
    this.video = make("video", "video", { muted: true, playsInline: true, autoplay: true });
    this.video.setAttribute("aria-label", "What the camera sees");
    this.shutter = button("primary", "Take photo", () => this.shoot());
    this.live = make(
      "div",
      "live",
      { hidden: true, tabIndex: -1 },
      this.video,
      make("div", "row", {}, this.shutter, button("plain", "Cancel", () => this.close())),
    );
    this.live.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.video.onplaying = () => this.ready();
    // A camera must not keep running behind another lesson.
    this.watch = new ResizeObserver(() => this.stream && !isShown(this.live) && this.close());
    this.watch.observe(this.live);
  }

  async open() {
    this.asking = {};
    const { asking } = this;
    this.opener.disabled = true;
    this.sender.note("camera", "");
    const stream = await askForCamera().catch((error) => this.refused(error));
    if (stream && asking === this.asking) this.show(stream);
    else stream?.getTracks().forEach((track) => track.stop());
    this.opener.disabled = this.sender.disabled;
  }

  refused({ name }) {
    const sentence = "The camera could not be started; choose a file instead.";
    this.sender.note("camera", CAMERA_REFUSALS[name] ?? sentence);
  }

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

  stop() {
    this.asking = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }
}

// ---- drop and paste -------------------------------------------------------------------------

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

const listenForDrops = (zone, sender) => {
  const over = (is) => zone.classList.toggle("petwidgets-upload-over", is && !sender.disabled);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = sender.disabled ? "none" : "copy";
    over(true);
  });
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const files = [...event.dataTransfer.files];
    sender.take(files);
    if (!files.length) sender.note("drop", "That was no file; save the picture, then drop it here.");
  });
};

// A drop that misses the zone would make the browser leave the page for the photograph.
const guardPage = (event) => {
  if (event.defaultPrevented || !carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
};

const EDITABLE = "input:not([type=file]), textarea, select, [contenteditable=true], .cm-editor";

// Another of these widgets that has the focus comes first; text fields keep their own paste.
const isForUs = (event, root) => {
  const focused = document.activeElement?.closest(".petwidgets-upload");
  if (event.defaultPrevented || (focused && focused !== root)) return false;
  return isShown(root) && !event.target.closest?.(EDITABLE);
};

const pasteInto = (root, sender) => (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !isForUs(event, root)) return;
  event.preventDefault();
  sender.take(files);
};

// ---- the view -------------------------------------------------------------------------------

const chooser = (sender) => {
  const input = make("input", "", {
    type: "file",
    accept: "image/*,.heic,.heif",
    multiple: true,
    onchange: () => {
      const files = [...input.files];
      input.value = ""; // so that the same file can be chosen again
      sender.take(files);
    },
  });
  const label = make("label", "choose", {}, input, make("span", "", {}, "Choose a photograph"));
  return { input, label };
};

const preview = () => {
  const img = make("img", "", { alt: "" });
  const node = make("div", "thumb", {}, icon(PAW), img);
  img.onload = () => node.classList.add("petwidgets-upload-seen");
  img.onerror = () => node.classList.remove("petwidgets-upload-seen"); // such as HEIC: its name
  const show = (url) => {
    if (img.src === url) return;
    node.classList.remove("petwidgets-upload-seen");
    if (url) img.src = url;
    else img.removeAttribute("src");
  };
  return { node, show };
};

const statusOf = ({ phase, slow }, waiting) => {
  const queue = waiting ? `; ${waiting} more to come` : "";
  if (slow) return `Waiting for an answer${queue}`;
  const words = { sending: "Sending", arrived: "Arrived", cancelled: "Cancelled" };
  return `${words[phase] ?? "Not taken"}${queue}`;
};

// The photograph under way, or the last one: picture, name, how far it is, Cancel.
const shotView = (sender) => {
  const thumb = preview();
  const name = make("p", "name");
  const bar = make("progress", "bar", { max: 100 });
  const percent = make("span", "percent");
  const cancel = button("plain", "Cancel", () => sender.cancel());
  const status = make("p", "status");
  status.setAttribute("role", "status");
  const row = make("div", "sending", {}, bar, percent, cancel);
  const node = make("div", "shot", {}, thumb.node, make("div", "about", {}, name, row, status));
  const paint = ({ shot, queue, sending }) => {
    node.hidden = !shot;
    if (!shot) {
      thumb.show("");
      name.textContent = status.textContent = "";
      return;
    }
    const done = Math.floor((100 * shot.sent) / shot.file.size);
    thumb.show(shot.url);
    name.textContent = `${shot.file.name} (${size(shot.file.size)})`;
    bar.value = done;
    bar.setAttribute("aria-label", `Sending ${shot.file.name}`);
    percent.textContent = `${done} %`;
    cancel.textContent = queue.length ? "Cancel all" : "Cancel";
    row.hidden = !sending && !queue.length;
    node.dataset.phase = shot.phase;
    say(status, statusOf(shot, queue.length));
  };
  return { node, row, cancel, paint };
};

// Writing the same words again would make a screen reader say them again.
const say = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

const paintNotes = (node, sentences) => {
  const now = [...node.children].map((child) => child.textContent);
  if (now.join("\n") === sentences.join("\n")) return;
  node.replaceChildren(...sentences.map((sentence) => make("p", "note", {}, sentence)));
};

const build = (sender) => {
  const camera = new Camera(sender);
  const { input, label } = chooser(sender);
  const hint = make("p", "hint");
  const zone = make(
    "div",
    "zone",
    { onclick: (event) => event.target.closest("label, button") ?? input.click() },
    make("div", "paw", {}, icon(PAW)),
    make("p", "invite", {}, "Drop a photograph here, paste it, or choose one"),
    hint,
    make("div", "row", {}, label, camera.opener),
  );
  const shot = shotView(sender);
  const notes = make("div", "notes");
  notes.setAttribute("aria-live", "polite");
  return { camera, input, hint, zone, shot, notes };
};

const painter = (sender, { camera, input, hint, zone, shot, notes }) => () => {
  const hadFocus = document.activeElement === shot.cancel;
  zone.hidden = Boolean(camera.stream);
  zone.classList.toggle("petwidgets-upload-off", sender.disabled);
  input.disabled = camera.opener.disabled = sender.disabled;
  hint.textContent = `A picture of up to ${size(sender.model.get("max_bytes"))}`;
  shot.paint(sender);
  paintNotes(notes, [...sender.notes.values()]);
  if (hadFocus && shot.row.hidden) input.focus(); // the button that had it is gone
};

const listenToPage = (handlers) => {
  for (const [name, handler] of handlers) document.addEventListener(name, handler);
  return () => handlers.forEach(([name, handler]) => document.removeEventListener(name, handler));
};

const render = (sender, root) => {
  const parts = build(sender);
  root.classList.add("petwidgets-upload");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Your photograph");
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves Enter and Space to our buttons
  root.append(parts.zone, parts.camera.live, parts.shot.node, parts.notes);
  listenForDrops(parts.zone, sender);
  const paint = painter(sender, parts);
  sender.views.add(paint);
  paint();
  const paste = pasteInto(root, sender);
  const deafen = listenToPage([["paste", paste], ["dragover", guardPage], ["drop", guardPage]]);
  return () => {
    deafen();
    sender.views.delete(paint);
    parts.camera.watch.disconnect();
    parts.camera.stop();
  };
};

export default () => {
  let sender;
  return {
    initialize({ model }) {
      sender = new Sender(model);
      return () => sender.close();
    },
    render({ el }) {
      const root = make("div");
      el.append(root);
      return render(sender, root);
    },
  };
};
