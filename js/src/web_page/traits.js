// A model without a kernel: what a widget needs of one to draw.

/** @import { AnyModel } from "@anywidget/types" */

/**
 * @param {Record<string, unknown>} values
 * @returns {AnyModel<any>}
 */
export function traits(values) {
  /** @type {(() => void)[]} */
  const changed = [];
  const model = {
    get: (/** @type {string} */ name) => values[name],
    set: (/** @type {string} */ name, /** @type {unknown} */ value) => {
      values[name] = value;
    },
    save_changes: () => {
      for (const act of changed) act();
    },
    on: (/** @type {string} */ name, /** @type {() => void} */ act) => {
      if (name === "change") changed.push(act);
    },
    off: () => {},
    send: () => {},
  };
  return /** @type {AnyModel<any>} */ (/** @type {unknown} */ (model));
}
