import "./regex_text.css";

// Each character belongs to the innermost span that covers it: groups come after what holds them.
function pieces(text, spans) {
  const owner = Array.from(text, () => -1);
  for (const [group, start, end] of spans) owner.fill(group, start, end);
  const found = [];
  Array.from(text).forEach((letter, at) => {
    if (at && owner[at] === owner[at - 1]) found.at(-1).text += letter;
    else found.push({ group: owner[at], text: letter });
  });
  return found;
}

function render({ model, el }) {
  el.classList.add("petwidgets-marked");
  const line = document.createElement("code");
  const says = document.createElement("p");
  says.setAttribute("aria-live", "polite");
  el.append(line, says);
  const draw = () => {
    const text = model.get("text");
    const spans = model.get("spans");
    line.replaceChildren(
      ...pieces(text, spans).map((piece) => {
        const part = document.createElement(piece.group < 0 ? "span" : "mark");
        part.textContent = piece.text;
        part.dataset.group = Math.min(piece.group, 3);
        return part;
      }),
    );
    const breed = spans.find(([group]) => group === 1);
    if (!text) says.textContent = "";
    else if (!spans.length) says.textContent = "No match: this photograph would be left out.";
    else if (!breed || breed[1] === breed[2]) says.textContent = "It matches, but captures nothing.";
    else says.textContent = `Breed: ${Array.from(text).slice(breed[1], breed[2]).join("")}`;
  };
  model.on("change", draw);
  draw();
  return () => model.off("change", draw);
}

export default { render };
