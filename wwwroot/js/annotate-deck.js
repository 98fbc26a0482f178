// <annotate-deck>: the first error of a solution, by keys.
//   digits, j k x   the step      0   no error      e w b s c   an outcome with its reason      n   neutral      t   note
//   f   ask the lead      h H   mark a number, a word      r   source      l   copy      =   calculate      p   put aside

import { calculate } from "./calculator.js";
import { copySource } from "./copy.js";
import { Deck } from "./deck.js";
import { markNext } from "./highlight.js";
import { element, setSign } from "./nodes.js";
import { t } from "./words.js";

const digitsWithin = 1500; // ms between the two digits of a step above 9

const reasons = {
  e: { outcome: "NoError", reason: "EquivalentAnswer", words: "No error: the answers are equivalent" },
  w: { outcome: "NoError", reason: "WrongReference", words: "No error: the reference is wrong" },
  b: { outcome: "CannotJudge", reason: "BadProblem", words: "Cannot judge: bad problem" },
  s: { outcome: "CannotJudge", reason: "BadStepSplit", words: "Cannot judge: bad step split" },
  c: { outcome: "CannotJudge", reason: "Unsure", words: "Cannot judge" },
};

/** The exam derives from it. */
export class AnnotateDeck extends Deck {
  prefixes = ["g"];
  #digits = "";
  #digitsAt = 0;
  #beforeClick = null;

  blank() { return { outcome: null, step: null, grade: "Incorrect", reason: null, at: 1 }; }

  keys(name) {
    if (name.startsWith("read ")) return () => this.#read(name.slice(5));
    if (name === "answers") return () => this.#showAnswers();
    if (name === "v" || name === "m") return this.#suggested() && (() => (name === "v" ? this.#lookAgain(this.#suggested()) : this.#keep(this.#suggested())));
    if (!this.active) return null;
    if (/^[0-9]$/.test(name)) return () => this.#digit(name);
    this.#digits = "";
    if (name in reasons) return () => this.#decide(reasons[name]);
    switch (name) {
      case "j": case "ArrowDown": return () => this.#move(1);
      case "k": case "ArrowUp": return () => this.#move(-1);
      case "x": case " ": return () => this.#mark(this.choice.at, true);
      case "n": return () => this.choice.outcome === "FirstError" && this.changed({ grade: this.choice.grade === "Neutral" ? "Incorrect" : "Neutral" });
      case "incorrect": return () => this.changed({ grade: "Incorrect" });
      case "neutral": return () => this.changed({ grade: "Neutral" });
      case "f": return () => this.ask(t`Question to the lead, at step ${this.choice.at}`, "", question => question && this.#askLead(question), { verb: t("Ask") });
      case "h": return () => this.say(markNext(this.#focused(), "number"));
      case "H": return () => this.say(markNext(this.#focused(), "word"));
      case "l": return () => this.say(copySource(this.#focused()) ? t`Step ${this.choice.at} is copied.` : t("The browser did not let it be copied."));
      case "=": return () => this.ask(t("Calculate"), "", () => this.#result(""), { typed: line => calculate(line, this.#result("…")), verb: t("Close") });
      case "p": return () => this.#putAside();
      case "t": return () => this.ask(t("Note"), this.choice.note, note => this.changed({ note }));
      case "r": return () => this.#toggleSource();
      case "Escape": return this.choice.outcome && !this.querySelector(".sheet").matches(":popover-open") ? () => this.#clear() : null;
      default: return null;
    }
  }

  // "1" is step 1 and, until the second digit's time is over, the beginning of 10 to 19.
  #digit(digit) {
    const steps = Number(this.active.dataset.steps);
    const typed = Date.now() - this.#digitsAt < digitsWithin ? Number(this.#digits + digit) : Number(digit);
    const step = this.#digits && typed <= steps && typed > 0 ? typed : Number(digit);
    this.#digits = step > 0 && step * 10 <= steps ? String(step) : "";
    this.#digitsAt = Date.now();
    if (step === 0) this.#decide({ outcome: "NoError", reason: null });
    else if (step <= steps) this.#mark(step);
    else this.say(t`This solution has ${steps} steps.`);
  }

  #move(by) {
    const at = Math.min(Number(this.active.dataset.steps), Math.max(1, this.choice.at + by));
    this.changed({ at });
    this.focusCard(this.active);
  }

  #mark(step, toggles = false) {
    if (toggles && this.choice.outcome === "FirstError" && this.choice.step === step) return this.#clear();
    this.changed({ outcome: "FirstError", step, reason: null, at: step });
    this.focusCard(this.active);
  }

  #decide({ outcome, reason }) { this.changed({ outcome, reason, step: null, grade: "Incorrect" }); }
  #clear() { this.changed({ outcome: null, step: null, reason: null, grade: "Incorrect" }); }

  #focused() { return this.active.querySelector(`[data-step="${this.choice.at}"] math-text`); }

  #result(words) {
    const result = this.querySelector("[data-result]");
    result.textContent = words;
    return result;
  }

  // The solution stays where it is, undecided: the question goes to the leads beside it.
  #askLead(question) {
    const step = this.choice.at;
    this.outbox.put({ url: this.getAttribute("api") + "/flag", body: { assignment: Number(this.active.dataset.card), step, question }, words: t("Question to the lead") });
    this.active.querySelector("[data-flags]").append(element("li", { class: "dense" }, element("b", {}, t`Step ${step}: `), question, element("span", { class: "label" }, t(" asked just now"))));
    this.say(t("Asked. The answer comes to this page; judge it now, or put it aside."));
  }

  #showAnswers() {
    this.classList.add("with-side");
    this.querySelector("[data-part=answers]").focus();
  }

  #read(flag) {
    this.outbox.put({ url: this.getAttribute("api") + "/read", body: { flag: Number(flag) }, words: t("Answer read") });
    this.querySelector(`[data-answer="${flag}"]`).remove(); // how many are left comes from the server
  }

  #putAside() {
    if (this.#suggestedHere()) return this.#keep(this.#suggestedHere());
    this.skip({ url: this.getAttribute("api") + "/skip", body: { assignment: Number(this.active.dataset.card) }, words: t("Put aside") });
  }

  #toggleSource() {
    const shown = this.active.toggleAttribute("data-source");
    for (const text of this.active.querySelectorAll("math-text")) text.toggleAttribute("source", shown);
  }

  focusCard(card) { card?.querySelector(`[data-step="${this.choice?.at ?? 1}"]`)?.focus(); }

  ready(card, { outcome, reason, note }) {
    if (!outcome) this.say(t("Press the number of the first wrong step, or 0."));
    else if (this.#contradicts(card, this.choice)) this.say(t("If no step is wrong, press e, w or c."));
    else if (reason === "Unsure" && !note) this.ask(t("Why can it not be judged?"), "", text => this.changed({ note: text }));
    else return true;
    return false;
  }

  #contradicts(card, { outcome, reason }) { return card.dataset.differs === "true" && outcome === "NoError" && !reason; }

  requests(card, { outcome, step, grade, reason, note }) {
    return [{
      url: this.getAttribute("api") + "/verdict",
      body: { assignment: Number(card.dataset.card), outcome, step, grade: outcome === "FirstError" ? grade : null, reason, note },
      words: this.#words(this.choice),
    }];
  }

  takeBack(entry, key) { return { url: this.getAttribute("api") + "/undo", body: { undoes: key } }; }

  show(card, choice) {
    this.toggleAttribute("contradiction", this.#contradicts(card, choice));
    for (const step of card.querySelectorAll(".step")) showStep(step, choice);
    this.querySelectorAll("[data-steps-key]").forEach(key => { key.textContent = card.dataset.steps; });
    const bar = this.querySelector(".verdict");
    setSign(bar.querySelector("[data-sign]"), this.#sign(choice));
    bar.querySelector("[data-verdict]").textContent = this.#words(choice, card);
    const grade = bar.querySelector("[data-grade]");
    grade.hidden = choice.outcome !== "FirstError";
    for (const option of grade.querySelectorAll("[role=radio]")) option.setAttribute("aria-checked", String(option.dataset.value === choice.grade));
    bar.querySelector("[data-note]").textContent = choice.note ? `“${choice.note}”` : "";
    this.say("");
  }

  #sign({ outcome, grade, reason }) {
    if (outcome === "FirstError") return grade === "Neutral" ? "neutral" : "error";
    if (outcome === "NoError") return "tick";
    return reason ? "warn" : "open";
  }

  #words({ outcome, step, grade, reason }, card) {
    if (outcome === "FirstError") return grade === "Neutral" ? t`First neutral step: step ${step}` : t`First error: step ${step}`;
    const named = Object.values(reasons).find(r => r.reason === reason);
    if (reason && named) return t(named.words);
    if (outcome === "NoError") return card ? t`No error in ${card.dataset.size}` : t("No error");
    return t("Press the number of the first wrong step, or 0");
  }

  judged(choice, key) {
    const list = this.querySelector("[data-last]");
    const words = choice.outcome === "FirstError" ? t`Step ${choice.step}` : this.#words(choice);
    const one = element("li", {}, this.querySelector(".verdict [data-sign]").cloneNode(true), element("span", {}, words), element("span", { class: "meta num" }, t("now")));
    Object.assign(one.dataset, { key, cardOf: this.active.dataset.card, said: this.#words(choice) + choice.note });
    list.prepend(one); // the style sheet shows the newest three
    this.#offer();
  }

  // What the machine knew is said once the person has judged: earlier it would lead them.
  taken(entry, answer) {
    const left = document.querySelector("[data-waiting=annotate]");
    if (left && answer?.waiting !== undefined) left.textContent = answer.waiting.toLocaleString("en");
    const judged = this.querySelector(`[data-last] > [data-key="${entry.body.clientKey}"]`);
    if (judged && answer?.findings?.length) judged.append(...answer.findings.map(words => element("span", { class: "finding" }, words)));
    if (!judged || !answer?.suggestion) return;
    judged.append(...this.parsed(answer.suggestion).body.children);
    const open = judged.querySelector("[data-suggestion=Open]");
    if (open) this.#offer(open.cloneNode(true));
  }

  // The newest judgement from which a suggestion differs that has no answer; that of the card on the screen, where it was brought back.
  #suggested() { return this.#suggestedHere() ?? this.querySelector("[data-last] [data-suggestion=Open]"); }
  #suggestedHere() { return this.active && this.querySelector(`[data-last] > [data-card-of="${CSS.escape(this.active.dataset.card)}"] [data-suggestion=Open]`); }
  #offer(...nodes) { this.querySelector("[data-offer]")?.replaceChildren(...nodes); }

  #lookAgain(note) {
    const line = note.closest("li");
    this.#offer();
    const panel = note.querySelector("[data-suggestion-panel]");
    this.revisit(line.dataset.key ?? line.dataset.judged)?.querySelector("aside").append(...panel.childNodes);
  }

  #keep(note) {
    const line = note.closest("li"), here = note === this.#suggestedHere();
    this.outbox.put({ url: this.getAttribute("api") + "/keep", body: { judged: line.dataset.key ?? line.dataset.judged }, words: t("Own judgement kept") });
    note.dataset.suggestion = "Kept";
    this.#offer();
    if (here) this.skip();
  }

  submit() {
    const note = this.#suggestedHere();
    if (note && note.closest("li").dataset.said === this.#words(this.choice) + this.choice.note) this.#keep(note); // brought back, and unchanged
    else super.submit();
  }

  unjudged(key) { this.querySelector(`[data-last] > :is([data-key="${key}"], [data-judged="${key}"])`)?.remove(); }

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", event => this.#clickStep(event));
  }

  #clickStep(event) {
    const step = event.target.closest(".step");
    if (!step) return;
    // A double click by mouse is about the word: what its first half has marked is taken off again.
    if (event.detail === 2 && event.pointerType !== "touch" && this.#beforeClick) return this.changed(this.#beforeClick);
    if (!getSelection().isCollapsed) return;
    this.#beforeClick = { ...this.choice };
    this.#mark(Number(step.dataset.step));
  }
}

// What a step is: its class, which colours it and shows one of its words, and its sign.
const looks = { open: ["", "open"], right: ["right-step", "tick"], Incorrect: ["first-error", "error"], Neutral: ["first-error is-neutral", "neutral"], after: ["unjudged", "dots"] };

function showStep(step, { outcome, step: k, grade, at }) {
  const n = Number(step.dataset.step), isFirst = outcome === "FirstError" && n === k;
  const isJudged = outcome === "FirstError" || outcome === "NoError";
  const [look, sign] = looks[!isJudged ? "open" : isFirst ? grade : outcome === "NoError" || n < k ? "right" : "after"];
  step.className = `step ${look} ${n === at ? "focus" : ""}`;
  step.tabIndex = n === at ? 0 : -1;
  step.setAttribute("aria-checked", String(isFirst));
  setSign(step.querySelector(".glyph"), sign);
}

customElements.define("annotate-deck", AnnotateDeck);
