// The list of chapters, as other views of it see it.

import { listen, save } from "../lib/dom.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @typedef {{ key: string, title: string, tab: string, why: string }} Step */
/** @typedef {{ title: string, lead: string, steps: Step[] }} Chapter */
/** @typedef {{ chapters: Chapter[], chosen: string, seen: string[] }} Traits */

const REFERENCE = "IPY_MODEL_";

/**
 * Draw a view of the list now and at each change of it.
 *
 * @param {AnyModel<{ course: string }>} model which refers to it
 * @param {(course: AnyModel<Traits>) => void} draw
 * @returns {Promise<() => void>} takes it off
 */
export async function follow(model, draw) {
  const id = model.get("course").replace(REFERENCE, "");
  const course = /** @type {AnyModel<Traits>} */ (
    /** @type {unknown} */ (await model.widget_manager.get_model(id))
  );
  draw(course);
  return listen(course, { "change:chosen change:seen change:chapters": () => draw(course) });
}

/**
 * @param {AnyModel<Traits>} course
 * @param {string} key
 */
export const open = (course, key) => save(course, "chosen", key);

/** @param {AnyModel<Traits>} course */
export const chapterOf = (course) =>
  course.get("chapters").find(({ steps }) => steps.some(({ key }) => key === course.get("chosen")));

/** @param {AnyModel<Traits>} course */
export const stepsOf = (course) => course.get("chapters").flatMap(({ steps }) => steps);

/** @param {AnyModel<Traits>} course */
export function nextOf(course) {
  const steps = stepsOf(course);
  return steps[steps.findIndex(({ key }) => key === course.get("chosen")) + 1];
}
