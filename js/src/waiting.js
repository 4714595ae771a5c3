// What every instance of a shared part carries instead of its code, which comes with the theme.
// Python puts the part's name in the place of PART.

import { shared } from "./lib/page.js";

export default {
  async render(context) {
    return (await shared.coming).PART.render(context);
  },
};
