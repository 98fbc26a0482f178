// <sync-state user="…" sign-in="/account/sign-in">: where the work is, always in words.
//   Saved · Sending 2 · Offline: 14 kept on this computer · Signed out: 14 kept, sign in to send · 1 refused

import { outboxOf } from "./outbox.js";
import { element, sign } from "./nodes.js";
import { t } from "./words.js";

class SyncState extends HTMLElement {
  #outbox = null;
  #show = () => this.#render();
  #open = false;

  connectedCallback() {
    this.#outbox = outboxOf(this.getAttribute("user"));
    this.#outbox.addEventListener("change", this.#show);
    this.#render();
  }

  disconnectedCallback() { this.#outbox.removeEventListener("change", this.#show); }

  #render() {
    const refused = this.#outbox.refused();
    if (refused.length === 0) this.#open = false;
    const nodes = [element("span", { class: "state soft", role: "status" }, ...this.#words())];
    if (refused.length > 0) nodes.push(this.#refusedButton(refused.length));
    if (this.#open) nodes.push(this.#refusedList(refused));
    this.replaceChildren(...nodes);
  }

  #words() {
    const kept = this.#outbox.waiting().length;
    switch (this.#outbox.state) {
      case "sending": return [sign("dots"), t`Sending ${kept}`];
      case "offline": return [waiting(), element("span", { class: "wait" }, t`Offline: ${kept} kept on this computer`)];
      case "signedOut": return [waiting(), element("span", { class: "wait" }, t`Signed out: ${kept} kept, `, this.#signIn())];
      default: return [sign("saved", 16), t("Saved")];
    }
  }

  #signIn() {
    const back = encodeURIComponent(location.pathname + location.search);
    return element("a", { href: `${this.getAttribute("sign-in")}?returnUrl=${back}`, "data-enhance-nav": "false" }, t("sign in to send"));
  }

  #refusedButton(count) {
    const button = element("button", { type: "button", class: "state is-wrong", "aria-expanded": String(this.#open) }, sign("error"), t`${count} refused`);
    button.addEventListener("click", () => { this.#open = !this.#open; this.#render(); });
    return button;
  }

  #refusedList(refused) {
    const rows = refused.map(entry => {
      const dismiss = element("button", { type: "button", class: "btn small" }, t("I have read it"));
      dismiss.addEventListener("click", () => this.#outbox.dismiss(entry));
      return element("li", {}, element("span", { class: "grow" }, element("b", {}, entry.words), " ", entry.reason), dismiss);
    });
    return element("section", { class: "panel refused", "aria-label": t("Refused") },
      element("p", { class: "label" }, t("The site did not take these. They are kept here until you have read why.")), element("ul", { class: "keys" }, ...rows));
  }
}

const waiting = () => {
  const svg = sign("warn");
  svg.classList.add("wait");
  return svg;
};

customElements.define("sync-state", SyncState);
