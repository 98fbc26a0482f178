// <dispute-deck>: the final first error where judges differ, by keys.
//   digits, j k x   the step      0   no error      e w b s c   an outcome with its reason      n   neutral
//   v y   what the others are told      t   note      m   one more judgement      d   discard      p   later      r   source

import { Deck } from "./deck.js";
import { element, setSign } from "./nodes.js";
import { t } from "./words.js";

const digitsWithin = 1500; // ms between the two digits of a step above 9

const outcomes = {
  e: { outcome: "NoError", reason: "EquivalentAnswer", words: "no error, the answers are equivalent" },
  w: { outcome: "NoError", reason: "WrongReference", words: "no error, the reference is wrong" },
  b: { outcome: "CannotJudge", reason: "BadProblem", words: "cannot be judged, bad problem" },
  s: { outcome: "CannotJudge", reason: "BadStepSplit", words: "cannot be judged, bad step split" },
  c: { outcome: "CannotJudge", reason: "Unsure", words: "cannot be judged" },
};

const actions = { m: { decision: "OneMore", words: "One more blind judgement" }, d: { decision: "Discard", words: "Discard this solution" } };
const nothing = { decision: null, outcome: null, step: null, grade: "Incorrect", reason: null };

class DisputeDeck extends Deck {
  prefixes = ["g"];
  #digits = "";
  #digitsAt = 0;

  blank() { return { ...nothing, because: "Overlooked", at: 1 }; }

  keys(name) {
    if (!this.active) return null;
    if (/^[0-9]$/.test(name)) return () => this.#digit(name);
    this.#digits = "";
    if (name in outcomes) return () => this.#decide(outcomes[name]);
    if (name in actions) return () => this.changed({ ...nothing, decision: this.choice.decision === actions[name].decision ? null : actions[name].decision });
    switch (name) {
      case "j": case "ArrowDown": return () => this.#move(1);
      case "k": case "ArrowUp": return () => this.#move(-1);
      case "x": case " ": return () => this.#mark(this.choice.at);
      case "n": return () => this.choice.outcome === "FirstError" && this.changed({ grade: this.choice.grade === "Neutral" ? "Incorrect" : "Neutral" });
      case "v": return () => this.changed({ because: "Overlooked" });
      case "y": return () => this.#unclear();
      case "t": return () => this.ask(t("Note to the others"), this.choice.note, note => this.changed({ note }));
      case "p": return () => this.skip();
      case "r": return () => this.#toggleSource();
      case "Escape": return this.choice.decision && !this.querySelector(".sheet").matches(":popover-open") ? () => this.changed({ ...nothing }) : null;
      default: return null;
    }
  }

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", event => {
      const step = event.target.closest(".step")?.dataset.step ?? event.target.closest(".claim")?.dataset.k;
      if (step && getSelection().isCollapsed) this.#mark(Number(step));
    });
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
    this.changed({ at: Math.min(Number(this.active.dataset.steps), Math.max(1, this.choice.at + by)) });
    this.focusCard(this.active);
  }

  #mark(step) {
    this.changed({ ...nothing, decision: "Verdict", outcome: "FirstError", step, at: step });
    this.focusCard(this.active);
  }

  #decide({ outcome, reason }) { this.changed({ ...nothing, decision: "Verdict", outcome, reason }); }

  // The rule that is unclear comes into sight.
  #unclear() {
    this.changed({ because: "GuidelinesUnclear" });
    this.classList.add("with-side");
    this.querySelector("[data-guidelines]").scrollIntoView({ block: "nearest" });
  }

  #toggleSource() {
    const shown = this.active.toggleAttribute("data-source");
    for (const text of this.active.querySelectorAll("math-text")) text.toggleAttribute("source", shown);
  }

  focusCard(card) { card?.querySelector(`[data-step="${this.choice?.at ?? 1}"]`)?.focus(); }

  ready(card, choice) {
    if (!choice.decision) this.say(t("Press the number of the first wrong step, or 0."));
    else if (contradicts(card, choice)) this.say(t("If no step is wrong, press e or w."));
    else return true;
    return false;
  }

  requests(card, choice) {
    const { decision, outcome, step, grade, reason, because, note } = choice;
    const verdict = { outcome, step, grade: outcome === "FirstError" ? grade : null, reason, because: differing(card, choice).length > 0 ? because : null };
    return [{
      url: this.getAttribute("api") + "/decision",
      body: { solution: Number(card.dataset.card), decision, note, ...(decision === "Verdict" ? verdict : {}) },
      words: words(choice),
    }];
  }

  takeBack(entry, key) { return entry ? { url: this.getAttribute("api") + "/undo", body: { undoes: key, solution: entry.body.solution } } : { url: null }; }

  show(card, choice) {
    this.toggleAttribute("contradiction", contradicts(card, choice));
    for (const step of card.querySelectorAll(".step")) showStep(step, choice);
    for (const claim of card.querySelectorAll(".claim")) claim.classList.toggle("focus", choice.decision === "Verdict" && agrees(claim, choice));
    this.querySelectorAll("[data-steps-key]").forEach(key => { key.textContent = card.dataset.steps; });
    const bar = this.querySelector(".verdict");
    setSign(bar.querySelector("[data-sign]"), signOf(choice));
    bar.querySelector("[data-verdict]").textContent = words(choice);
    bar.querySelector("[data-note]").textContent = choice.note ? `“${choice.note}”` : "";
    const others = differing(card, choice);
    bar.querySelector("[data-because]").hidden = others.length === 0;
    bar.querySelector("[data-tell]").replaceChildren(t("Tell"), ...others.map(claim => element("span", { class: "lane" }, claim.dataset.lane)));
    for (const option of bar.querySelectorAll("[data-because] [role=radio]")) option.setAttribute("aria-checked", String(option.dataset.value === choice.because));
    this.say("");
  }
}

function contradicts(card, { outcome, reason }) { return card.dataset.differs === "true" && outcome === "NoError" && !reason; }

function agrees(claim, { outcome, step }) { return claim.dataset.outcome === outcome && (claim.dataset.k ?? "") === String(step ?? ""); }

/** The claims of those who will be told: they said something else. */
function differing(card, choice) { return choice.decision === "Verdict" ? [...card.querySelectorAll(".claim")].filter(claim => !agrees(claim, choice)) : []; }

function words({ decision, outcome, step, grade, reason }) {
  const action = Object.values(actions).find(one => one.decision === decision);
  if (action) return t(action.words);
  if (outcome === "FirstError") return grade === "Neutral" ? t`Final: step ${step}, neutral` : t`Final: step ${step}`;
  if (reason) return t`Final: ${t(Object.values(outcomes).find(one => one.reason === reason).words)}`;
  return outcome === "NoError" ? t("Final: no error") : t("Press the number of the first wrong step, or 0");
}

function signOf({ decision, outcome, grade }) {
  if (decision === "OneMore") return "clock";
  if (decision === "Discard") return "dots";
  if (outcome === "FirstError") return grade === "Neutral" ? "neutral" : "error";
  return outcome === "NoError" ? "tick" : outcome ? "warn" : "open";
}

function showStep(step, { outcome, step: k, grade, at }) {
  const n = Number(step.dataset.step), isFinal = outcome === "FirstError" && n === k;
  step.classList.toggle("first-error", isFinal);
  step.classList.toggle("is-neutral", isFinal && grade === "Neutral");
  step.classList.toggle("other", "claimed" in step.dataset && !isFinal);
  step.classList.toggle("focus", n === at);
  step.tabIndex = n === at ? 0 : -1;
  step.setAttribute("aria-checked", String(isFinal));
}

customElements.define("dispute-deck", DisputeDeck);
