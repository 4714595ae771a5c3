import { page } from "./lib/plotly_page.js";

// Makes a module of the text that came with this widget, for every figure of the page.
function initialize({ model }) {
  page.take(model.get("bundle"));
}

export default { initialize };
