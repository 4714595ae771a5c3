import { page } from "./lib/plotly_page.js";

/** @import { InitializeProps } from "@anywidget/types" */
/** @import { Bytes } from "./types.js" */

/**
 * Make a module of the text that came with this widget, for every figure of the page.
 *
 * @param {InitializeProps<{ bundle: Bytes }>} props
 */
function initialize({ model }) {
  page.take(model.get("bundle"));
}

export default { initialize };
