// What Voila's template says in scripts within the page: no browser runs those here, so that nobody
// can smuggle one in.

// Voila's code calls this as its theme has come; the page does when it is whole.
window.voila_finish = () => {
  if (!window.themeLoaded) {
    window.cellLoaded = true;
    return;
  }
  document.getElementById("loading")?.remove();
  const cells = document.getElementById("rendered_cells");
  if (cells) cells.style.display = "";
};
window.addEventListener("DOMContentLoaded", () => window.voila_finish());

// Anywidget drops each message to a widget whose code has not begun after two seconds. A phone, and
// a classroom's machine with thirty pages, take longer.
const MILLISECONDS = 60_000;
const after = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => after(Math.max(milliseconds, MILLISECONDS));
