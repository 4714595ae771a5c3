// What a page has one of. Modules come to it with different widgets: each finds it on `globalThis`,
// or makes it if it is the first.

/** @import { Drawn, Promised } from "../types.js" */
/** @typedef {Promised<Record<string, Drawn>>} Shared */

globalThis.petwidgetsParts ??= {};
const page = globalThis.petwidgetsParts;
page.coming ??= new Promise((here) => {
  page.here = here;
});

/** The page's promise of the code of shared parts: `theme.js` keeps it. */
export const shared = /** @type {Shared} */ (page);
