import "./page_link.css";

const EVERY = 10000; // milliseconds between two pings
const LOST = 1; // pings without an answer until the page says so
const GONE = 2; // and until it looks whether it has to come back

const state = () => new URLSearchParams(location.hash.slice(1));

function remember(identity) {
  const now = state();
  if (!identity || now.get("session") === identity) return;
  now.set("session", identity);
  history.replaceState(history.state, "", `#${now}`);
}

// A busy kernel answers late and is waited for; one that idles and is silent is another one.
// Returns a sentence where there is something to say of why it is gone.
async function kernelIsGone() {
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" });
  if (answer.status === 404) {
    const { ended, message } = await answer.json();
    return ended ? message : true;
  }
  return answer.ok && (await answer.json()).execution_state === "idle";
}

function watch(model, el, text) {
  let missed = 0;
  const tick = async () => {
    missed += 1;
    try {
      model.send({ ping: missed });
    } catch {
      // A connection that is down refuses to send; no answer will come, and that is counted.
    }
    el.hidden = missed <= LOST;
    // Not for every ping: a server that just came back has all of its pages asking.
    const gone = missed > GONE && (await kernelIsGone().catch(() => false));
    if (gone === true) location.reload();
    if (typeof gone !== "string") return;
    clearInterval(timer); // what ended it may do so again: whoever reads this decides
    text.textContent = `${gone} Reload the page to go on where you were.`;
    el.hidden = false;
  };
  const hear = (message) => {
    if ("pong" in message) missed = 0;
    el.hidden = missed <= LOST;
  };
  model.on("msg:custom", hear);
  const timer = setInterval(tick, EVERY);
  return () => {
    clearInterval(timer);
    model.off("msg:custom", hear);
  };
}

function render({ model, el }) {
  const follow = () => remember(model.get("identity"));
  model.on("change:identity", follow);
  model.send({ arrive: state().get("session") ?? "" });
  el.classList.add("petwidgets-link");
  el.setAttribute("role", "alert");
  el.hidden = true;
  const text = document.createElement("span");
  text.textContent = "The connection to the server is lost. Nothing else is: the page comes back by itself.";
  const again = document.createElement("button");
  again.textContent = "Reload now";
  again.addEventListener("click", () => location.reload());
  el.append(text, again);
  // JupyterLab has a sign of its own, and a cell may keep its kernel busy for long.
  const end = document.body.dataset.voila ? watch(model, el, text) : () => {};
  return () => {
    model.off("change:identity", follow);
    end();
  };
}

export default { render };
