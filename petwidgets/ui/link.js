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
async function kernelIsGone() {
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" });
  if (answer.status === 404) return true;
  return answer.ok && (await answer.json()).execution_state === "idle";
}

function watch(model, el) {
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
    if (missed > GONE && (await kernelIsGone().catch(() => false))) location.reload();
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
  el.textContent = "The connection to the server is lost. Nothing else is: the page comes back by itself.";
  const again = document.createElement("button");
  again.textContent = "Reload now";
  again.addEventListener("click", () => location.reload());
  el.append(again);
  // JupyterLab has a sign of its own, and a cell may keep its kernel busy for long.
  const end = document.body.dataset.voila ? watch(model, el) : () => {};
  return () => {
    model.off("change:identity", follow);
    end();
  };
}

export default { render };
