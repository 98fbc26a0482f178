// The little of a browser that our scripts touch before they meet a page: storage, events, a clock that tests move.

/** An in-memory localStorage whose keys are its own properties, as Object.keys expects. */
export function storage() {
  const store = Object.create({
    getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; },
    setItem(name, value) { this[name] = String(value); },
    removeItem(name) { delete this[name]; },
  });
  return store;
}

/** Puts window-like globals in place. */
export function browser() {
  const events = new EventTarget();
  globalThis.addEventListener = (...args) => events.addEventListener(...args);
  globalThis.fire = name => events.dispatchEvent(new Event(name));
  globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  globalThis.localStorage = storage();
  globalThis.navigator ??= {}; // without Web Locks, as over plain http
  globalThis.CustomEvent ??= class extends Event { constructor(name, init) { super(name); this.detail = init?.detail; } };
}
