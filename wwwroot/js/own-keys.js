// The person's own keys on a work page: what a key means, and the labels that say so. They are changed on a page of the site (/account/keys).
// An action is named by the key that the page gives it: "u" is undo, wherever the person has put it.

export class OwnKeys {
  #own;

  constructor(deck) {
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
}

/** The digit of a key whose layout has digits on the shifted row only (AZERTY), or undefined. */
export const digitOf = event => event.shiftKey ? undefined : /^Digit([0-9])$/.exec(event.code)?.[1];
