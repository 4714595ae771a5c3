// Tries again to open the page. A `meta` refresh does not where the address has a fragment, as ours
// has: browsers take it for a way within the same page.
const seconds = Number(document.currentScript?.dataset.seconds);
setTimeout(() => location.reload(), 1000 * seconds);
