// A page that is still loading has no connection yet: it says that it is there, or its kernel would
// end as nobody's. Where the kernel has gone all the same, the page begins anew.
const EVERY = 10000; // milliseconds between two words

const timer = setInterval(async () => {
  if (document.querySelector(".petwidgets-app")) {
    clearInterval(timer);
    return;
  }
  const config = document.getElementById("jupyter-config-data")?.textContent ?? "";
  const { baseUrl, kernelId } = JSON.parse(config);
  const kernel = `${baseUrl}api/kernels/${kernelId}`;
  const answer = await fetch(kernel, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 404 || answer?.status === 403) location.reload();
}, EVERY);
