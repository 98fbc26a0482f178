// <sync-state user="…">: where the work is, always in words.
//   Saved · Sending 2 · Offline: 14 kept on this computer · Signed out: 14 kept, sign in to send · 1 refused
// The words are templates that the server has drawn, one a state; so is the list of what was refused.

import { outboxOf } from "./outbox.js";

class SyncState extends HTMLElement {
  #outbox = null;
  #show = () => this.#render();

  connectedCallback() {
    this.#outbox = outboxOf(this.getAttribute("user"));
    this.#outbox.addEventListener("change", this.#show);
    this.#render();
  }

  disconnectedCallback() { this.#outbox.removeEventListener("change", this.#show); }

  #render() {
    this.querySelector("[role=status]").replaceChildren(this.#words(this.#outbox.state, { count: this.#outbox.waiting().length }));
    const refused = this.#outbox.refused(), list = this.querySelector("details");
    list.hidden = refused.length === 0;
    if (list.hidden) list.open = false;
    list.querySelector("[data-count]").textContent = refused.length;
    list.querySelector("ul").replaceChildren(...refused.map(entry => this.#row(entry)));
  }

  #row(entry) {
    const row = this.#words("row", entry);
    row.querySelector("button").addEventListener("click", () => this.#outbox.dismiss(entry));
    return row;
  }

  #words(state, values) {
    const words = this.querySelector(`template[data-state=${state}]`).content.cloneNode(true);
    for (const name of ["count", "words", "reason"])
      for (const place of words.querySelectorAll(`[data-${name}]`)) place.textContent = values[name];
    return words;
  }
}

customElements.define("sync-state", SyncState);
