// What every instance of a shared part carries instead of its code, which comes with the theme.
// Python puts the part's name in the place of PART.

import { shared } from "./lib/page.js";

/** @import { RenderProps } from "@anywidget/types" */

export default {
  /** @param {RenderProps} props */
  async render(props) {
    return (await shared.coming).PART.render(props);
  },
};
