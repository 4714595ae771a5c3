import "./layer_groups.css";

function made(tag, className, text) {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
}

const many = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} million` : n.toLocaleString("en"));

function state({ parameters, trained, norms_trained }) {
  if (!trained) return "frozen";
  if (trained === parameters) return "trains";
  return norms_trained ? "frozen, but for its batch norms" : "trains in part";
}

function render({ model, el }) {
  el.classList.add("petwidgets-groups");
  const caption = made("p", "", "Layer groups, from the photograph to the answer");
  const list = made("ol");
  el.append(caption, list);
  const rate = (i) => (i < model.get("rates").length ? `rate ${model.get("rates")[i].toExponential(2)}` : "");
  const draw = () => {
    const groups = model.get("groups");
    el.hidden = !groups.length;
    list.replaceChildren(...groups.map((group, i) => {
      const item = made("li", group.trained === group.parameters ? "" : "petwidgets-frozen");
      const name = group.first === group.last ? group.first : group.first + " to " + group.last;
      item.append(
        made("strong", "", state(group)),
        made("span", "", name),
        made("span", "", `${many(group.parameters)} parameters, ${many(group.trained)} trained`),
        made("span", "", `${group.norms} batch norms, ${group.norms_trained} trained`),
        made("output", "", rate(i)),
      );
      return item;
    }));
  };
  const follow = () => list.querySelectorAll("output").forEach((output, i) => (output.textContent = rate(i)));
  model.on("change:groups", draw);
  model.on("change:rates", follow);
  draw();
  return () => {
    model.off("change:groups", draw);
    model.off("change:rates", follow);
  };
}

export default { render };
