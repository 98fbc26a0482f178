// <exam-deck>: the annotate page's cards and keys; each answer goes to the server at once and comes back with what is right, and why.

import { AnnotateDeck } from "./annotate-deck.js";
import { post } from "./post.js";
import { t } from "./words.js";

class ExamDeck extends AnnotateDeck {
  #told = false; // the reason is on the screen: Enter goes on
  #sending = false;

  keys(name) {
    const enters = name === "Enter" || name === "submit";
    if (!this.active) return enters ? () => this.querySelector(".deck-empty .go a")?.click() : null;
    if (enters) return () => (this.#told ? this.skip() : this.#answer());
    if (this.#told) return ["?", "i", "Escape"].includes(name) ? null : () => {};
    if (["f", "p", "u"].includes(name)) return () => this.say(t("Not in the exam: judge it as well as you can."));
    return super.keys(name);
  }

  changed(part) { if (!this.#told) super.changed(part); }

  skip(entry) {
    if (entry || !this.active) return;
    this.#told = false;
    this.#tell(null);
    super.skip();
  }

  undo() { this.say(t("In the exam the first answer counts.")); }

  show(card, choice) {
    super.show(card, choice);
    const hint = this.querySelector(`[data-hint-of="${CSS.escape(card.dataset.card)}"]`);
    if (!this.#told) this.#tell(hint?.content.cloneNode(true) ?? null);
  }

  async #answer() {
    const card = this.active;
    if (this.#sending || !this.ready(card, this.choice)) return;
    this.changed(); // the time until now
    const { outcome, step, milliseconds } = this.choice;
    this.#sending = true;
    try {
      const item = { item: Number(card.dataset.card), step: outcome === "FirstError" ? step : outcome === "NoError" ? 0 : null, activeMilliseconds: Math.round(milliseconds) };
      const answer = await post(this.getAttribute("api") + "/answer", item, { accept: "text/html" });
      if (answer.status === 409) return this.say((await answer.json()).detail); // such as a project that was archived meanwhile
      if (!answer.ok) throw new Error(`answer: ${answer.status}`);
      const reply = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-reply]");
      this.#told = reply.dataset.reply !== "again";
      if (this.#told) card.querySelector(`[data-step="${CSS.escape(reply.dataset.truth)}"]`)?.classList.add("is-truth");
      this.#tell(reply);
    } catch {
      this.say(t("Not sent. Enter tries again."));
    } finally {
      this.#sending = false;
    }
  }

  #tell(node) { this.querySelector(".told").replaceChildren(...(node ? [node] : [])); }
}

customElements.define("exam-deck", ExamDeck);
