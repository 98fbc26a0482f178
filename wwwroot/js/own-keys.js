// The person's own keys on a work page: what a key means, the labels that say so, and how it is changed in the key sheet.
// An action is named by the key that the page gives it: "u" is undo, wherever the person has put it.

import { post } from "./post.js";
import { t } from "./words.js";

export class OwnKeys {
  #deck;
  #own;
  #changing = null; // the action whose new key is awaited

  constructor(deck) {
    this.#deck = deck;
    this.#own = JSON.parse(deck.getAttribute("own-keys") ?? "{}");
    this.label(document);
  }

  /** The page's name for a key: what the person has put there; nothing where they have taken away what the page has there. */
  meaning(key) {
    const action = Object.keys(this.#own).find(name => this.#own[name] === key);
    return action ?? (key in this.#own ? null : key);
  }

  /** Writes the person's keys into the labels of a part of the page. */
  label(part) {
    for (const label of part.querySelectorAll("kbd[data-of]")) label.textContent = this.#own[label.dataset.of] ?? label.dataset.of;
  }

  /** While a new key is awaited the next one is it. True where the key was taken. */
  take(event) {
    if (!this.#changing) return false;
    if (["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"].includes(event.key)) return true;
    const action = this.#changing;
    this.#changing = null;
    this.label(this.#deck);
    if (event.key === "Escape") this.#say("");
    else this.#send("", { action, key: event.key }, () => { this.#own[action] = event.key; });
    return true;
  }

  /** Awaits the new key of an action. */
  change(action) {
    this.#changing = action;
    for (const label of this.#deck.querySelectorAll(`.sheet kbd[data-of="${CSS.escape(action)}"]`)) label.textContent = "…";
    this.#say(t("Press the new key, or Escape to keep the old one."));
  }

  /** Puts all keys back to where the page has them. */
  reset() { this.#send("/reset", {}, () => { this.#own = {}; }); }

  async #send(path, body, done) {
    try {
      const answer = await post(this.#deck.getAttribute("keys-api") + path, body);
      if (answer.ok) done();
      this.#say(answer.ok ? t("Kept for you on every computer.") : (await answer.json()).detail);
    } catch {
      this.#say(t("The site does not answer. The keys are as they were."));
    }
    this.label(document);
  }

  #say(words) { this.#deck.querySelector("[data-keys-say]").textContent = words; }
}

/** The digit of a key whose layout has digits on the shifted row only (AZERTY), or undefined. */
export const digitOf = event => event.shiftKey ? undefined : /^Digit([0-9])$/.exec(event.code)?.[1];
