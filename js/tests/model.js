// A model without a kernel, as Backbone's behaves behind anywidget's.

/** @import { AnyModel } from "@anywidget/types" */

/** @param {Record<string, unknown>} traits */
export function makeModel(traits) {
  /** @type {{ name: string, act: (...args: unknown[]) => void }[]} */
  let listeners = [];
  /** @type {unknown[]} */
  const sent = [];
  const tell = (/** @type {string} */ name, /** @type {unknown[]} */ ...args) => {
    for (const one of [...listeners]) if (one.name === name) one.act(...args);
  };
  const model = {
    get: (/** @type {string} */ name) => traits[name],
    set: (/** @type {string} */ name, /** @type {unknown} */ value) => {
      traits[name] = value;
      tell(`change:${name}`);
      tell("change");
    },
    save_changes: () => {},
    send: (/** @type {unknown} */ content) => sent.push(content),
    on: (/** @type {string} */ name, /** @type {() => void} */ act) => {
      listeners.push({ name, act });
    },
    off: (/** @type {string} */ name, /** @type {() => void} */ act) => {
      listeners = listeners.filter((one) => one.name !== name || one.act !== act);
    },
  };
  return {
    model: /** @type {AnyModel<any>} */ (/** @type {unknown} */ (model)),
    sent,
    /**
     * @param {unknown} message
     * @param {DataView[]} [buffers]
     */
    hear: (message, buffers = []) => tell("msg:custom", message, buffers),
    heard: () => listeners.map(({ name }) => name).sort(),
  };
}

/**
 * Show a widget.
 *
 * @param {{ render: Function }} widget
 * @param {Record<string, unknown>} traits
 */
export function show(widget, traits) {
  const made = makeModel(traits);
  const root = document.createElement("div");
  document.body.replaceChildren(root);
  /** @type {() => void} */
  const end = widget.render({ model: made.model, el: root });
  return { ...made, root, end };
}
