// <guidelines-change revision>: what changed in the guidelines, in the place of the next card. Enter or y says that it was read;
// then the page is drawn anew, with the new text beside the cards. Outbox and drafts outlive that.

import { post } from "./post.js";
import { t } from "./words.js";

class GuidelinesChange extends HTMLElement {
  #listeners = new AbortController();
  #sending = false;

  connectedCallback() {
    const { signal } = (this.#listeners = new AbortController());
    // Before the deck: the key that sends the last card brings this into view, and must not acknowledge it as well.
    document.addEventListener("keydown", event => this.#keydown(event), { signal, capture: true });
    this.querySelector("button").addEventListener("click", () => this.#acknowledge(), { signal });
  }

  disconnectedCallback() { this.#listeners.abort(); }

  #keydown(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !this.checkVisibility()) return;
    if (event.target.closest?.("a, button, input, textarea, select")) return;
    if (event.key !== "Enter" && event.key !== "y") return;
    event.preventDefault();
    this.#acknowledge();
  }

  async #acknowledge() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      const answer = await post(this.closest("[api]").getAttribute("api") + "/acknowledge", { revision: Number(this.getAttribute("revision")) });
      // 409: they have been changed once more, and the page shows how.
      if (!answer.ok && answer.status !== 409) throw new Error(`acknowledge: ${answer.status}`);
      location.reload();
    } catch {
      this.querySelector("[role=status]").textContent = t("Not sent. Enter tries again.");
      this.#sending = false;
    }
  }
}

customElements.define("guidelines-change", GuidelinesChange);
