// Sent to a page once: the code and the style of every part of which a page has many.
// What each of their instances carries waits for it (`Shared` in petwidgets/widgets/base.py).

import "./theme.css";
import bars from "./bars.js";
import blocker from "./blocker.js";
import chapter_cards from "./chapter_cards.js";
import checkbox_table from "./checkbox_table.js";
import file_transfer from "./file_transfer.js";
import folds from "./folds.js";
import form from "./form.js";
import gallery from "./gallery.js";
import heading from "./heading.js";
import interval_dots from "./interval_dots.js";
import { shared } from "./lib/page.js";
import lightbox from "./lightbox.js";
import line_chart from "./line_chart.js";
import loupe from "./loupe.js";
import network from "./network.js";
import next_step from "./next_step.js";
import number_table from "./number_table.js";
import questions from "./questions.js";
import recipe_cards from "./recipe_cards.js";
import slide_rule from "./slide_rule.js";
import stage_timeline from "./stage_timeline.js";
import step_tabs from "./step_tabs.js";
import stepper from "./stepper.js";
import table from "./table.js";
import thumbnail_grid from "./thumbnail_grid.js";

const parts = {
  bars,
  blocker,
  chapter_cards,
  checkbox_table,
  file_transfer,
  folds,
  form,
  gallery,
  heading,
  interval_dots,
  network,
  lightbox,
  line_chart,
  loupe,
  next_step,
  number_table,
  questions,
  recipe_cards,
  slide_rule,
  stage_timeline,
  step_tabs,
  stepper,
  table,
  thumbnail_grid,
};

// One theme's code is as good as another's, so that the first to come need not be replaced.
shared.here(parts);

export default { render() {} };
