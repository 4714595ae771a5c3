// What a page has one of, shared by modules that come to it with different widgets: each finds it
// under the name on `globalThis`, or makes it if it is the first.

/**
 * The page's promise of the code of shared parts: `theme.js` keeps it.
 *
 * @type {{
 *   coming: Promise<import("./types.js").Parts>,
 *   here: (parts: import("./types.js").Parts) => void,
 * }}
 */
export const shared = (globalThis.petwidgetsParts ??= (() => {
  let here;
  const coming = new Promise((done) => {
    here = done;
  });
  return { coming, here };
})());
