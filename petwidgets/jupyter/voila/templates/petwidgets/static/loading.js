// A page that is still loading has no connection yet: it says that it is there, or its kernel would
// end as nobody's. Where the kernel has gone all the same, the page begins anew.
const EVERY = 10000; // milliseconds between two words

const timer = setInterval(async () => {
  if (document.querySelector(".petwidgets-app")) {
    clearInterval(timer);
    return;
  }
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 404) location.reload();
}, EVERY);
