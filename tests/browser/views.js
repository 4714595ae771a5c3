// A page without a kernel: views over a model that Jupyter's stands behind elsewhere, and a count of
// what they have under way.
(() => {
  const held = new Map();
  const hold = (key, what) => held.set(key, what);
  const free = (key) => held.delete(key);

  for (const [target, name] of [[window, "window"], [document, "document"]]) {
    const keys = new Map();
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
    const drop = (event, act) => free(keys.get(act)?.[event]);
    target.addEventListener = (event, act, options) => {
      keys.set(act, { ...keys.get(act), [event]: {} });
      hold(keys.get(act)[event], `${name} hears ${event}`);
      options?.signal?.addEventListener("abort", () => drop(event, act));
      add(event, act, options);
    };
    target.removeEventListener = (event, act, options) => (drop(event, act), remove(event, act, options));
  }
  for (const [begin, end] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
    const [started, ended] = [window[begin].bind(window), window[end].bind(window)];
    window[begin] = (act, ...rest) => {
      const id = started(() => (begin === "setTimeout" && free(id), act()), ...rest);
      hold(id, begin);
      return id;
    };
    window[end] = (id) => (free(id), ended(id));
  }
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    const url = createObjectURL.call(URL, blob);
    hold(url, `a picture: ${blob.type}`);
    return url;
  };
  URL.revokeObjectURL = (url) => (free(url), revokeObjectURL.call(URL, url));
  window.ResizeObserver = class extends ResizeObserver {
    observe(el) {
      hold(this, "a size is observed");
      super.observe(el);
    }
    disconnect() {
      free(this);
      super.disconnect();
    }
  };

  const revived = (value) => {
    if (Array.isArray(value)) return value.map(revived);
    if (!value || typeof value !== "object") return value;
    if ("base64" in value) return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revived(one)]));
  };

  // As Backbone's: who throws keeps the next one from hearing.
  class Model {
    constructor(state) {
      Object.assign(this, { state: revived(state), listeners: [], sent: [] });
    }
    get = (name) => this.state[name];
    set = (name, value) => {
      this.state[name] = value;
      this.tell(`change:${name}`);
      this.tell("change");
    };
    save_changes = () => {};
    send = (content) => this.sent.push(content);
    // As anywidget does it: who puts a listener on takes it off, and nobody else.
    proxy(whose) {
      const { get, set, save_changes, send } = this;
      const on = (name, act) => this.listeners.push({ name, act, whose });
      const other = (name, act) => (one) => one.name !== name || one.act !== act || one.whose !== whose;
      const off = (name, act) => (this.listeners = this.listeners.filter(other(name, act)));
      const found = { get, set, save_changes, send, on, off };
      return { ...found, widget_manager: { get_model: async () => found } };
    }
    tell(name, ...rest) {
      for (const one of [...this.listeners]) if (one.name === name) one.act(...rest);
    }
  }

  window.begin = async (code, state) => {
    document.body.dataset.voila = "yes";
    const url = createObjectURL.call(URL, new Blob([code], { type: "text/javascript" }));
    const made = (await import(url)).default;
    const widget = typeof made === "function" ? await made() : made;
    window.model = new Model(state);
    await widget.initialize?.({ model: model.proxy("model") });
    window.views = [];
    window.show = async () => {
      const el = document.createElement("div");
      document.body.append(el);
      let cleanup = await widget.render({ model: model.proxy(el), el });
      const end = async () => {
        await cleanup?.();
        cleanup = null;
        el.remove();
      };
      views.push({ el, end });
    };
  };
  window.under_way = () => [...held.values(), ...model.listeners.map(({ name }) => name)].sort();
  window.finish = async () => {
    await Promise.all(views.map((view) => view.end()));
    held.clear();
  };
})();
