// What the annotate and the review page share: a set of cards that the server has drawn (the active one and two ahead, already typeset),
// of which this module shows one; the keys; the person's decision, its draft and its way into the outbox; undo.
// The server never draws a card again once delivered, so whatever is set here stays.

import { ActiveTime, minutes } from "./active-time.js";
import { clearHighlight } from "./highlight.js";
import { outboxOf } from "./outbox.js";
import { OwnKeys, digitOf } from "./own-keys.js";
import { post } from "./post.js";
import "./sync-state.js";
import { t } from "./words.js";

const ahead = 2;
const mostCards = 10; // what the server deals out at once
const kept = 20; // submitted cards that undo can bring back at once
const again = 5_000;
const lookAgain = 30_000;

/** A page derives from it and gives: `blank()`, `show(card, choice)`, `keys(name)`, `ready(card, choice)` (false where it has said what is missing), `requests(card, choice)`, `takeBack(entry, key)`, `focusCard(card)`. */
export class Deck extends HTMLElement {
  outbox;
  active = null;
  choice = null;
  #choices = new Map(); // card id → choice, of the cards that were shown
  #history = []; // { card, keys, entries, choice }, newest last: what undo takes back
  #revisited = null; // of the history: its card was brought back without taking it back
  #awaited = null; // the card that was taken back and comes from the server
  #ownKeys;
  #time = new ActiveTime(milliseconds => this.#tick(milliseconds));
  #fetching = false;
  #fetchAgain = false;
  #exhausted = false;
  #timer = 0;
  #prefix = "";
  #listeners = new AbortController();

  connectedCallback() {
    this.outbox = outboxOf(this.getAttribute("user"));
    this.#ownKeys = new OwnKeys(this);
    const { signal } = (this.#listeners = new AbortController());
    document.addEventListener("keydown", event => this.#keydown(event), { signal });
    this.addEventListener("click", event => this.#click(event), { signal });
    addEventListener("pagehide", () => this.#saveDraft(), { signal });
    this.outbox.addEventListener("taken", event => this.#taken(event.detail), { signal });
    this.outbox.addEventListener("refused", event => this.#history.filter(past => past.keys.every(key => key === event.detail.entry.body.clientKey)).forEach(past => this.#forget(past)), { signal });
    // Everything is with the server: what it had not counted before may be there now, and what was waiting is done.
    this.outbox.addEventListener("change", () => this.outbox.waiting().length === 0 && (!this.active || this.#waiting().length <= ahead && !this.#exhausted) && this.#fetchCards(), { signal });
    this.#entryForm().addEventListener("submit", event => this.#leaveEntry(event), { signal });
    this.#entryForm().addEventListener("keydown", event => event.key === "Escape" && this.#leaveEntry(event), { signal });
    this.#entryForm().addEventListener("input", event => this.#entry.typed?.(event.target.value), { signal });
    this.#timer = setInterval(() => (document.visibilityState === "visible" || !this.active) && this.#fetchCards(), lookAgain); // each call keeps the leases
    for (const row of [...this.querySelectorAll("[data-judged]")].reverse())
      this.#history.push({ card: row.dataset.cardOf, keys: [row.dataset.judged], choice: JSON.parse(row.dataset.choice ?? "null") });
    this.#dropSent();
    this.#next();
  }

  disconnectedCallback() {
    this.#listeners.abort();
    this.#time.stop();
    clearInterval(this.#timer);
  }

  /** Tells that the decision of the active card has changed: it is drawn and kept as a draft. */
  changed(part = {}) {
    if (!this.active) return;
    Object.assign(this.choice, part);
    this.show(this.active, this.choice);
    this.#saveDraft();
  }

  /** Sends the decision of the active card and goes on to the next one, which is there already. */
  submit() {
    const card = this.active;
    if (!card || !this.ready(card, this.choice)) return;
    if (this.#revisited?.card === card.dataset.card) this.#forget(this.#revisited); // this one replaces it
    const milliseconds = this.choice.milliseconds = Math.round(this.#time.stop());
    const about = card.dataset.card;
    const entries = this.requests(card, this.choice).map(entry => ({ ...entry, about }));
    entries[0].body.activeMilliseconds = milliseconds;
    const keys = entries.map(entry => this.outbox.put(entry));
    this.#history.push({ card: about, keys, entries, choice: this.choice });
    this.judged(this.choice, keys[0]);
    this.#count(1);
    this.#leave(card);
  }

  /** Sends the card away undecided and goes on to the next; `entry` tells the server, where it has to know. */
  skip(entry) {
    if (entry) this.outbox.put({ ...entry, about: this.active.dataset.card });
    this.#leave(this.active);
  }

  /** Takes back the newest submission: the card comes back as it was. */
  undo(last = this.#history.at(-1)) {
    if (!last) return this.say(t("Nothing of yours is left to undo here."));
    const undos = last.keys.map((key, i) => ({ ...this.takeBack(last.entries?.[i], key), about: last.card, undoes: key, words: t("Undo") })).reverse();
    if (undos.some(undo => !undo.url)) return this.say(t("This was more than a decision on candidates: it cannot be taken back from here."));
    undos.forEach(undo => this.outbox.put(undo));
    this.#forget(last);
    if (last.choice) this.#choices.set(last.card, last.choice);
    const card = this.#card(last.card);
    if (card) return this.#bringBack(card);
    this.#awaited = last.card;
    this.say(t("Taken back. It comes again."));
  }

  /** Brings a submission's card back as it was and leaves it standing: the next one of this card replaces it. One whose card is gone is taken back, and comes again. */
  revisit(key) {
    const past = this.#history.find(other => other.keys[0] === key);
    const card = past?.choice && this.#card(past.card);
    if (!card) return past && this.undo(past);
    this.#revisited = past;
    this.#choices.set(past.card, { ...past.choice });
    this.#bringBack(card);
    return card;
  }

  #forget(past) {
    this.#history = this.#history.filter(other => other !== past);
    this.unjudged(past.keys[0]);
    this.#count(-1);
  }

  #bringBack(card) {
    delete card.dataset.done;
    this.querySelector(".cards").prepend(card);
    this.#activate(card);
    this.#saveDraft();
  }

  #leave(card) {
    localStorage.removeItem(this.#draftName(card));
    this.#choices.delete(card.dataset.card); // undo has its own copy; should the card be dealt out again, it is a new one
    card.dataset.done = "";
    for (const old of [...this.querySelectorAll("[data-card][data-done]")].slice(0, -kept)) old.remove();
    this.#next();
  }

  /** A line for a note or a question; `done` gets the text, or nothing when it was left by Escape; `typed` each change of it. */
  ask(label, value, done, { typed, verb = t("Keep") } = {}) {
    const form = this.#entryForm();
    form.querySelector("label").firstChild.data = label + " ";
    form.querySelector("button").firstChild.data = verb + " ";
    form.querySelector("output")?.replaceChildren();
    form.hidden = false;
    form.elements.text.value = value;
    form.elements.text.focus();
    this.#entry = { done, typed };
  }
  #entry = {};

  /** One line of words in the verdict bar, until the next change. */
  say(words) { this.querySelector("[data-says]").textContent = words; }

  /** Pages with a list of what was judged keep it here. */
  judged() {}
  unjudged() {}

  /** The server has taken an entry and says more about it. */
  taken() {}

  #entryForm() { return this.querySelector("form.entry"); }

  #leaveEntry(event) {
    event.preventDefault();
    event.stopPropagation();
    const form = this.#entryForm();
    const text = form.elements.text.value.trim();
    const { done } = this.#entry;
    this.#entry = {};
    form.hidden = true;
    this.focusCard(this.active);
    if (event.type === "submit") done?.(text);
  }

  #card(id) { return this.querySelector(`[data-card="${CSS.escape(id)}"]`); }
  #waiting() { return [...this.querySelectorAll("[data-card]:not([data-done])")]; }
  // The server holds more work back, and the panel in the place of cards says why: it comes before the next one.
  get #held() { return this.querySelector(".deck-empty [data-hold]") !== null; }
  #draftName(card) { return `stepdpo.draft.${this.getAttribute("user")}.${card.dataset.card}`; }

  #next() {
    const card = this.#waiting()[0];
    if (card && !this.#held) this.#activate(card);
    else this.#rest();
    if (this.#waiting().length <= ahead) this.#fetchCards();
  }

  #activate(card) {
    if (this.active && this.active !== card && this.choice) this.choice.milliseconds = this.#time.stop();
    for (const other of this.querySelectorAll("[data-card]")) other.hidden = other !== card;
    this.setAttribute("state", "work"); // or "loading", "empty": the style sheet shows the parts
    this.active = card;
    const id = card.dataset.card;
    if (!this.#choices.has(id)) this.#choices.set(id, { ...this.blank(card), milliseconds: 0, note: "", ...this.#draft(card) });
    this.choice = this.#choices.get(id);
    this.#prefix = "";
    clearHighlight();
    scrollTo(0, 0);
    this.#time.start(this.choice.milliseconds);
    this.say("");
    this.show(card, this.choice);
    this.focusCard(card);
    this.#sayNext();
  }

  #rest() {
    this.active = this.choice = null;
    this.#time.stop();
    for (const card of this.querySelectorAll("[data-card]")) card.hidden = true;
    this.setAttribute("state", this.#exhausted || this.#held ? "empty" : "loading");
  }

  #sayNext() {
    const next = this.#waiting()[1];
    this.querySelector("[data-next]").textContent = next ? t`Next: ${next.dataset.size}, ready` : this.#exhausted ? t("This is the last one for now") : "";
  }

  #draft(card) {
    try { return JSON.parse(localStorage.getItem(this.#draftName(card))) ?? {}; }
    catch { return {}; }
  }

  #saveDraft() {
    if (!this.active || !this.choice) return;
    this.choice.milliseconds = Math.max(this.choice.milliseconds, this.#time.milliseconds);
    localStorage.setItem(this.#draftName(this.active), JSON.stringify(this.choice));
  }

  // A page that comes after a reload may still hold cards whose verdict waits in the outbox.
  #dropSent() {
    const waiting = this.outbox.waiting();
    const undone = new Set(waiting.map(entry => entry.undoes));
    for (const entry of waiting) {
      if (entry.undoes || !entry.about || undone.has(entry.body.clientKey)) continue;
      const card = this.#card(entry.about);
      if (card) card.dataset.done = "";
      if (!this.#history.some(h => h.keys.includes(entry.body.clientKey))) this.#history.push({ card: entry.about, keys: [entry.body.clientKey], entries: [entry], choice: null });
    }
  }

  // Asks for the set of open cards: the active one, two ahead, and those whose verdict the server has not got yet.
  async #fetchCards() {
    // What is under way was asked before: an undo that came in meanwhile is not in its answer.
    if (this.#fetching) return void (this.#fetchAgain = true);
    this.#fetching = true;
    this.#fetchAgain = false;
    try {
      const waiting = this.outbox.waiting(), unsent = waiting.length;
      // The awaited card is whole once all that takes it back has reached the server: an answer asked for before shows a half of it.
      const whole = waiting.some(entry => entry.about === this.#awaited) ? null : this.#awaited;
      const have = [...this.querySelectorAll("[data-card]")].map(card => Number(card.dataset.card));
      const answer = await post(this.getAttribute("api") + "/cards", { count: Math.min(mostCards, 1 + ahead + unsent), have }, { accept: "text/html" });
      if (!answer.ok) throw new Error(`cards: ${answer.status}`);
      this.#deliver(this.parsed(await answer.text()), unsent > 0, whole);
    } catch {
      setTimeout(() => this.#fetchCards(), again);
    } finally {
      this.#fetching = false;
      if (this.#fetchAgain) this.#fetchCards();
    }
  }

  /** Our own server's markup: what a model wrote stands in attributes, and DOMParser runs no script. */
  parsed(markup) {
    const page = new DOMParser().parseFromString(markup, "text/html");
    this.#ownKeys.label(page);
    return page;
  }

  #deliver(page, early, whole) {
    const before = this.#waiting().length;
    for (const card of page.querySelectorAll("[data-card]")) {
      if (this.#card(card.dataset.card) || card.dataset.card === this.#awaited && whole !== this.#awaited) continue;
      card.hidden = true;
      this.querySelector(".cards").append(card);
    }
    this.#dropSent();
    const back = this.#awaited && this.#card(this.#awaited);
    this.#exhausted = !early && this.#waiting().length === before && before <= ahead;
    for (const part of page.querySelectorAll("[data-part]")) {
      const place = this.querySelector(`[data-part="${part.dataset.part}"]`);
      if (place.innerHTML !== part.innerHTML) place.replaceChildren(...part.childNodes); // what stays keeps the focus in it
    }
    for (const figure of page.querySelectorAll("[data-figure]"))
      document.querySelectorAll(`[data-${figure.dataset.figure}]`).forEach(place => place.replaceChildren(figure.textContent));
    if (back) this.#awaited = null;
    if (back && !this.#begun()) this.#bringBack(back); // who has begun another meanwhile is not disturbed
    else if (this.active) this.#sayNext();
    else if (this.#waiting().length > 0 && !this.#held) this.#activate(this.#waiting()[0]);
    else this.#rest();
  }

  #begun() {
    const untouched = this.active && { ...this.blank(this.active), milliseconds: 0, note: "" };
    return untouched && Object.entries(untouched).some(([name, value]) => name !== "milliseconds" && JSON.stringify(this.choice[name]) !== JSON.stringify(value));
  }

  #taken({ entry, answer }) {
    this.taken(entry, answer);
    // A question asked or an answer read: an answer of the server from before shows it otherwise.
    if (!entry.about) this.#fetchCards();
    // What was taken back after a reload has no card here: it is fetched once the server has reopened all of it.
    else if (entry.undoes && !this.#card(entry.about) && !this.outbox.waiting().some(other => other.about === entry.about)) this.#fetchCards();
  }

  #tick(milliseconds) {
    const clock = document.querySelector("[data-active-time]");
    if (clock) clock.textContent = minutes(milliseconds);
    if (Math.floor(milliseconds / 1000) % 5 === 0) this.#saveDraft();
  }

  #count(by) {
    const today = document.querySelector("[data-today]");
    if (today) today.textContent = String(Math.max(0, Number(today.textContent) + by));
  }

  #click(event) {
    const button = event.target.closest("[data-do]");
    if (!button || !this.contains(button)) return;
    if (button.closest(".side")) this.classList.remove("with-side"); // where it lies over the page, its work is done
    this.press(button.dataset.do);
    if (event.detail > 0 && this.#entryForm().hidden) this.focusCard(this.active); // by pointer: the keys go on at the card
  }

  #keydown(event) {
    const graph = event.getModifierState("AltGraph"), chord = (event.ctrlKey || event.metaKey) && !graph;
    if (event.isComposing || event.altKey && !graph || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.target.closest?.("a, button, summary") && (event.key === "Enter" || event.key === " ")) return;
    if (chord && event.key.toLowerCase() === "z") this.undo();
    else if (chord || !this.#typed(event)) return;
    event.preventDefault();
  }

  // Whether the key says something here, alone or after a prefix.
  #typed(event) {
    const name = this.#ownKeys.meaning(event.key), digit = digitOf(event);
    const two = this.#prefix && this.#prefix + event.key;
    this.#prefix = "";
    if (two && this.press(two)) return true;
    if (this.prefixes?.includes(name)) this.#prefix = name;
    return name && this.press(name) || this.#prefix || digit && this.press(digit);
  }

  /** Does what a key or a button of that name says; false when it says nothing here. */
  press(name) {
    const act = this.keys(name) ?? this.#common(name);
    if (!act) return false;
    act();
    return true;
  }

  #common(name) {
    const places = { ga: "annotate", gr: "review", gd: "disputes", gh: "" };
    if (name in places) return () => location.assign(`${this.getAttribute("project")}/${places[name]}`);
    switch (name) {
      case "Enter": case "submit": return () => this.submit();
      case "u": return () => this.undo();
      case "i": return () => this.classList.toggle("with-side");
      case "?": return () => this.querySelector(".sheet").togglePopover(); // esc closes it by the browser
      case "problem": return () => scrollTo(0, 0);
      default: return null;
    }
  }
}
