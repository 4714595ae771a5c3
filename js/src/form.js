import "./form.css";

function made(tag, parts = {}) {
  return Object.assign(document.createElement(tag), parts);
}

function box(field) {
  if (field.kind === "choice") {
    const select = made("select");
    select.append(...field.options.map(([value, text]) => new Option(text, value)));
    return select;
  }
  const type = { slider: "range", number: "number", switch: "checkbox", text: "text" }[field.kind];
  const input = made("input", { type, placeholder: field.placeholder ?? "", spellcheck: false });
  if ("least" in field) Object.assign(input, { min: field.least, max: field.most, step: field.step });
  return input;
}

const read = (field, input) =>
  field.kind === "switch" ? input.checked : "least" in field ? input.valueAsNumber : input.value;

function control(field, tell, now) {
  if (field.kind === "button") {
    const button = made("button", { type: "button", textContent: field.label });
    button.className = `jupyter-button ${field.primary ? "mod-primary" : ""}`;
    button.addEventListener("click", () => tell(field));
    return { el: button, input: button };
  }
  const input = box(field);
  input.setAttribute("aria-label", field.label); // without the options, which stand in it
  const el = made("label", { className: `petwidgets-field petwidgets-field-${field.kind}` });
  const amount = made("b");
  const remark = made("small", { className: "petwidgets-field-remark", hidden: true });
  remark.setAttribute("aria-live", "polite");
  const say = (sentence) => {
    if (remark.textContent !== sentence) remark.textContent = sentence;
    remark.hidden = !sentence;
  };
  let typing = false;
  input.addEventListener("input", () => (typing = true));
  const live = field.live || field.kind === "slider";
  input.addEventListener(live ? "input" : "change", () => {
    const value = read(field, input);
    typing = false;
    if (Number.isNaN(value)) {
      show(now(field));
      return say(`That is no number: ${now(field)} is kept.`);
    }
    show(value);
    tell(field, value);
  });
  const label = made("span", { textContent: field.label });
  if (field.kind === "slider") label.append(" ", amount);
  el.append(...(field.kind === "switch" ? [input, label] : [label, input, remark]));
  if (field.hint) el.title = field.hint;
  const show = (value, said = "") => {
    say(said);
    amount.textContent = `${value}${field.unit ?? ""}`;
    if (field.kind === "switch") input.checked = value;
    // What is being typed is newer than what Python knows; a number that was entered is not.
    else if (!(input === document.activeElement && (input.type === "text" || (input.type === "number" && typing)))) input.value = value;
  };
  return { el, input, show };
}

function render({ model, el }) {
  let controls = new Map();
  const tell = (field, value) => {
    // The values come along: ipywidgets holds their own message back while another is under way.
    if (field.kind === "button")
      return model.send({ press: field.name, values: model.get("values") });
    model.set("values", { ...model.get("values"), [field.name]: value });
    model.save_changes();
  };
  // A field is made anew only when it is another one: focus and a half-typed word stay.
  const build = () => {
    const before = controls;
    const now = (field) => model.get("values")[field.name];
    controls = new Map();
    for (const field of model.get("fields")) {
      const { hidden = false, disabled = false, ...rest } = field;
      const key = JSON.stringify(rest);
      const made = before.get(key) ?? control(rest, tell, now);
      made.el.hidden = hidden;
      made.input.disabled = disabled;
      controls.set(key, Object.assign(made, { name: field.name }));
    }
    const wanted = [...controls.values()].map((made) => made.el);
    if (wanted.some((made, at) => el.children[at] !== made) || el.children.length !== wanted.length)
      el.replaceChildren(...wanted);
    draw();
  };
  const draw = () => {
    const [values, said] = [model.get("values"), model.get("said")];
    for (const { name, show } of controls.values()) show?.(values[name], said[name]);
  };
  build();
  model.on("change:fields", build);
  for (const name of ["values", "said"]) model.on(`change:${name}`, draw);
  return () => {
    model.off("change:fields", build);
    for (const name of ["values", "said"]) model.off(`change:${name}`, draw);
  };
}

export default { render };
