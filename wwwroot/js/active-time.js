// Milliseconds of work on one item: a hidden tab and more than 60 s without a key, a pointer or a scroll do not count.

const idleAfter = 60_000;
const tick = 1000;

export class ActiveTime {
  #milliseconds = 0;
  #lastTick = 0;
  #lastSign = 0;
  #timer = 0;
  #onTick;

  constructor(onTick) {
    this.#onTick = onTick;
    for (const event of ["keydown", "pointermove", "pointerdown", "wheel", "scroll"])
      addEventListener(event, () => { this.#lastSign = Date.now(); }, { passive: true, capture: true });
  }

  get milliseconds() { return this.#milliseconds; }

  /** Begins to count for an item that has already had some time. */
  start(from = 0) {
    this.stop();
    this.#milliseconds = from;
    this.#lastTick = this.#lastSign = Date.now();
    this.#timer = setInterval(() => this.#count(), tick);
    this.#onTick(this.#milliseconds);
  }

  /** Ends the count and returns it. */
  stop() {
    if (this.#timer) this.#add();
    clearInterval(this.#timer);
    this.#timer = 0;
    return this.#milliseconds;
  }

  #count() {
    this.#add();
    this.#onTick(this.#milliseconds);
  }

  #add() {
    const now = Date.now();
    // A tick that comes late was a tab put to sleep: that time was not worked.
    if (document.visibilityState === "visible" && now - this.#lastSign < idleAfter) this.#milliseconds += Math.min(now - this.#lastTick, 2 * tick);
    this.#lastTick = now;
  }
}

/** 38 s as "0:38". */
export const minutes = milliseconds => `${Math.floor(milliseconds / 60_000)}:${String(Math.floor(milliseconds / 1000) % 60).padStart(2, "0")}`;
