import "./file_transfer.css";

// crypto.randomUUID is missing on plain http pages.
const newId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

const save = (name, parts) => {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
};

function render({ model, el }) {
  el.classList.add("petwidgets-transfer");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.className = "jupyter-button";
  const input = Object.assign(document.createElement("input"), { type: "file" });
  const label = document.createElement("label");
  const words = document.createElement("span");
  label.className = "jupyter-button";
  label.append(input, words);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  el.append(...(model.get("save") ? [button] : []), ...(model.get("choose") ? [label] : []), said);
  let [job, file, coming, clock] = ["", null, null, 0];

  const say = (text, bad = false) => {
    clearInterval(clock);
    said.textContent = text;
    said.className = bad ? "petwidgets-problem" : "";
  };
  // Seconds pass in sight only: read aloud, each of them would be a sentence.
  const wait = (text) => {
    say(`${text} ...`);
    const seconds = document.createElement("span");
    seconds.setAttribute("aria-hidden", "true");
    said.append(seconds);
    const from = Date.now();
    clock = setInterval(() => (seconds.textContent = ` ${Math.round((Date.now() - from) / 1000)} s`), 1000);
  };
  const send = (content, buffers) => {
    try {
      model.send({ id: job, ...content }, undefined, buffers);
    } catch {
      job = "";
      say("The page has lost its connection; please reload it.", true);
    }
  };
  const share = (done, of) => `${Math.round((100 * done) / Math.max(1, of))} %`;

  const heard = {
    file({ name, size }) {
      coming = { name, size, parts: [], got: 0 };
      send({ kind: "more", from: 0 });
    },
    part(_, buffers) {
      coming.parts.push(buffers[0]);
      coming.got += buffers[0].byteLength;
      say(`Saving ${coming.name}: ${share(coming.got, coming.size)}`);
      if (coming.got < coming.size) return send({ kind: "more", from: coming.got });
      save(coming.name, coming.parts);
      say(`${coming.name} is saved.`);
      job = "";
    },
    async next({ from, to }) {
      say(`Sending ${file.name}: ${share(from, file.size)}`);
      const bytes = await file.slice(from, to).arrayBuffer().catch(() => null);
      if (bytes?.byteLength === to - from) return send({ kind: "piece", from }, [bytes]);
      job = "";
      say(`${file.name} could not be read; choose it again.`, true);
    },
    taken({ sentence }) {
      say(sentence);
      job = "";
    },
    refused({ sentence }) {
      say(sentence, true);
      job = "";
    },
  };
  const hear = (message, buffers) => job && message.id === job && heard[message.kind]?.(message, buffers);

  button.addEventListener("click", () => {
    if (job) return;
    job = newId();
    wait(model.get("making"));
    send({ kind: "fetch" });
  });
  input.addEventListener("change", () => {
    [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (!file) return;
    job = newId();
    send({ kind: "start", name: file.name, size: file.size });
  });
  const draw = () => {
    button.textContent = model.get("save");
    button.disabled = !model.get("saves");
    words.textContent = model.get("choose");
    input.accept = model.get("accept");
  };
  model.on("change", draw);
  model.on("msg:custom", hear);
  draw();
  return () => {
    clearInterval(clock);
    model.off("change", draw);
    model.off("msg:custom", hear);
  };
}

export default { render };
