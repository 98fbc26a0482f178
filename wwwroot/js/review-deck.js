// <review-deck>: the winning step among a prefix's candidates, by keys.
//   digits     a candidate      a   winner      x   reject; a digit after it: for another reason      space   the rest of the text
//   m v d o b w   no good candidate: sample more, at another temperature, discard, the error is earlier, the same with a comment, write a step

import { Deck } from "./deck.js";
import { differences } from "./differences.js";
import { paint } from "./highlight.js";
import { setSign } from "./nodes.js";
import { t } from "./words.js";

const reasons = {
  x1: { reason: "RightAnswerWrongStep", words: "Right answer, wrong step" },
  x2: { reason: "SkipsWork", words: "Skips work" },
  x3: { reason: "Restates", words: "Restates the step before" },
  x4: { reason: "Other", words: "Another reason" },
};

const actions = {
  m: { action: "SampleMore", words: "No good candidate: sample more" },
  v: { action: "SampleMore", words: "No good candidate: sample more varied", ask: "Temperature" },
  d: { action: "Discard", words: "Discard this prefix" },
  o: { action: "Reopen", words: "Send back: the error is earlier", why: "A step before this one is wrong already." },
  b: { action: "Reopen", words: "Send back: the error is earlier", ask: "Which step is wrong, and why?" },
};

class ReviewDeck extends Deck {
  prefixes = ["g", "x"];

  blank(card) { return { at: 0, decisions: {}, action: null, open: [] }; }

  keys(name) {
    if (!this.active) return null;
    const candidates = this.#candidates();
    if (/^[1-9]$/.test(name)) return () => Number(name) <= candidates.length ? this.#moveTo(Number(name) - 1) : this.say(t`This prefix has ${candidates.length} candidates.`);
    if (name in reasons) return () => this.#reject(reasons[name]);
    if (name === "x5") name = "o";
    if (name in actions) return () => this.#act(actions[name]);
    switch (name) {
      case "j": case "ArrowDown": return () => this.#moveTo(Math.min(candidates.length - 1, this.choice.at + 1));
      case "k": case "ArrowUp": return () => this.#moveTo(Math.max(0, this.choice.at - 1));
      case "a": return () => this.#approve();
      case "x": return () => this.#toggleRejected();
      case "w": return () => this.#write();
      case " ": return () => this.#unfold();
      case "p": return () => this.skip();
      case "t": return () => this.ask(t("Note"), this.choice.note, note => this.changed({ note }));
      case "r": return () => this.#toggleSource();
      default: return null;
    }
  }

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", event => {
      const candidate = event.target.closest(".cand");
      if (candidate && getSelection().isCollapsed) this.#moveTo(this.#candidates().indexOf(candidate));
    });
    this.outbox.addEventListener("taken", event => {
      this.#sayAfterwards(event.detail);
      this.#letGo(event.detail.entry);
    });
    const form = this.#writing();
    form?.addEventListener("submit", event => this.#leaveWriting(event, form.elements.step.value.trim()));
    form?.addEventListener("keydown", event => {
      if (event.isComposing || event.shiftKey || !["Enter", "Escape"].includes(event.key) || event.target !== form.elements.step) return;
      this.#leaveWriting(event, event.key === "Enter" ? form.elements.step.value.trim() : "");
    });
    form?.addEventListener("input", () => form.querySelector("math-text").setAttribute("text", form.elements.step.value));
  }

  #candidates() { return [...this.active.querySelectorAll(".cand")]; }
  #id(at = this.choice.at) { return this.#candidates()[at]?.dataset.candidate; }
  #writing() { return this.querySelector("form.write"); }

  #moveTo(at) {
    this.changed({ at });
    this.focusCard(this.active);
  }

  // Where a prefix has one winner, the mark moves. Pressed again it is taken off.
  #approve() {
    const id = this.#id(), most = this.active.dataset.second ? Infinity : Number(this.active.dataset.winners);
    if (!id) return this.say(t("This prefix has no candidate."));
    if (this.#candidates()[this.choice.at].hasAttribute("data-own")) return this.say(t("You wrote this step: somebody else decides on it."));
    const { [id]: before, ...decisions } = this.choice.decisions;
    const winners = Object.keys(decisions).filter(other => decisions[other].decision === "Approved");
    if (before?.decision !== "Approved") {
      if (most === 1) winners.forEach(other => delete decisions[other]);
      else if (winners.length >= most) return this.say(t`A prefix has at most ${most} winners here: take one back first.`);
      decisions[id] = { decision: "Approved", reason: null };
    }
    this.changed({ decisions, action: null });
  }

  // The commonest reason at once; a digit after it names another.
  #toggleRejected() {
    const { [this.#id()]: before, ...decisions } = this.choice.decisions;
    if (before?.decision === "Rejected") this.changed({ decisions });
    else this.#reject(reasons.x1);
    if (this.#id()) this.say(t("1 to 5 name another reason; j goes on."));
  }

  #reject({ reason }) {
    if (!this.#id()) return this.say(t("This prefix has no candidate."));
    const put = note => this.changed({ action: null, decisions: { ...this.choice.decisions, [this.#id()]: { decision: "Rejected", reason, note } } });
    if (reason === "Other") this.ask(t("Reason"), "", note => note && put(note));
    else put("");
  }

  #act(act) {
    const second = this.active.dataset.second;
    if (second && act.action !== "Reopen") return this.say(t("In a second review approve or reject each candidate."));
    const isOn = this.choice.action?.words === act.words;
    const put = more => this.changed({ decisions: act.action === "SampleMore" ? this.#rejections() : {}, action: isOn ? null : { ...act, why: act.why && t(act.why), ...more } });
    if (!act.ask || isOn) put({});
    else if (act.action === "Reopen") this.ask(t(act.ask), "", why => why && put({ why }));
    else this.#askTemperature(t(act.ask), temperature => put({ temperature, why: t`at ${temperature}` }));
  }

  #askTemperature(label, done) {
    this.ask(label, this.active.dataset.temperature, text => {
      const temperature = Number(text.replace(",", "."));
      if (text && temperature >= 0 && temperature <= 5) done(temperature);
      else if (text) this.say(t("A temperature lies within 0 and 5."));
    });
    this.querySelector("form.entry").elements.text.select(); // the next digit replaces what is offered
  }

  #rejections() { return Object.fromEntries(Object.entries(this.choice.decisions).filter(([, d]) => d.decision === "Rejected")); }

  // A step in the reviewer's own words, seen as it will look while it is typed.
  #write() {
    const form = this.#writing();
    if (!form) return this.say(t("This project takes sampled steps only."));
    if (this.active.dataset.second) return this.say(t("In a second review approve or reject each candidate."));
    form.hidden = false;
    form.elements.step.value = this.choice.action?.step ?? "";
    form.querySelector("math-text").setAttribute("text", form.elements.step.value);
    form.elements.step.focus();
  }

  #leaveWriting(event, step) {
    event.preventDefault();
    event.stopPropagation();
    this.#writing().hidden = true;
    if (step) this.changed({ decisions: {}, action: { action: "Write", words: "Your own step", step, why: step } });
    this.focusCard(this.active);
  }

  // A prefix decided on as a whole may come again with other candidates: the old card must not stand in their way.
  #letGo(entry) {
    if (entry.url.endsWith("/reviews/prefix")) this.querySelector(`[data-card="${entry.body.solution}"][data-done]`)?.remove();
  }

  // What would have led the reviewer before: what the first one had said, which sums of the winner do not come out.
  #sayAfterwards({ entry, answer }) {
    const { counts, isOpen, agreeing, compared, findings } = answer ?? {};
    const words = entry.url.endsWith("/reviews/second")
      ? t`The first reviewer said the same on ${agreeing} of ${compared}. ` + (isOpen ? t("A third decides.") : counts ? t("The pair counts.") : t("The pair is withdrawn."))
      : findings && (findings.length ? t`You approved ${findings.join("; ")}. u takes it back.` : "");
    if (words === undefined) return;
    const place = this.querySelector("[data-afterwards]");
    place.hidden = !words;
    place.querySelector("p").textContent = words;
  }

  #unfold() {
    const id = this.#id(), open = this.choice.open;
    this.changed({ open: open.includes(id) ? open.filter(one => one !== id) : [...open, id] });
  }

  #toggleSource() {
    const shown = this.active.toggleAttribute("data-source");
    for (const text of this.active.querySelectorAll("math-text")) text.toggleAttribute("source", shown);
    this.#paintDifferences(this.active);
  }

  focusCard(card) { (card?.querySelectorAll(".cand")[this.choice?.at ?? 0] ?? card?.querySelector(".none"))?.focus(); }

  ready(card, { decisions, action }) {
    const candidates = this.#candidates(), undecided = candidates.findIndex(c => !decisions[c.dataset.candidate]);
    if (action || Object.values(decisions).some(d => d.decision === "Approved") && !(card.dataset.second && undecided >= 0)) return true;
    if (card.dataset.second) {
      if (undecided < 0) return true;
      this.#moveTo(undecided);
      this.say(t("Second review: approve or reject each candidate."));
    } else if (undecided < 0) this.say(t("Say what next: m samples more, v more varied, o reopens the first error, d discards."));
    else if (Object.keys(decisions).length > 0) return true;
    else this.say(t("Press a to approve the candidate in focus, or x to reject it."));
    return false;
  }

  requests(card, { decisions, action, note }) {
    const api = this.getAttribute("api");
    const decide = (candidate, decision, reason, why) => ({
      url: api + "/decision",
      body: { rectification: Number(candidate), decision, reason, note: why || note, activeMilliseconds: 0 },
      words: decision === "Approved" ? t`Approved a candidate of step ${card.dataset.step}` : t`Rejected a candidate of step ${card.dataset.step}`,
    });
    if (!action && card.dataset.second) {
      const words = Object.entries(decisions).map(([id, d]) => ({ rectification: Number(id), decision: d.decision, reason: d.reason }));
      const why = Object.values(decisions).map(d => d.note).filter(Boolean).join("; ");
      return [{ url: api + "/second", body: { pair: Number(card.dataset.second), words, note: why || note, activeMilliseconds: 0 }, words: t("Second review") }];
    }
    if (!action) // rejections first: with the approval the prefix is done
      return Object.entries(decisions).sort(([, a], [, b]) => a.decision < b.decision ? 1 : -1).map(([id, d]) => decide(id, d.decision, d.reason, d.note));
    // Sampling goes on only where no candidate is left.
    const rejected = action.action !== "SampleMore" ? [] : this.#candidates().map(c => c.dataset.candidate)
      .map(id => decisions[id] ? decide(id, "Rejected", decisions[id].reason, decisions[id].note) : decide(id, "Rejected", "Other", t("None of the candidates is right.")));
    const body = { solution: Number(card.dataset.card), action: action.action, temperature: action.temperature, step: action.step, note: action.action === "Reopen" ? action.why : note, activeMilliseconds: 0 };
    return [...rejected, { url: api + "/prefix", body, words: t(action.words) }];
  }

  takeBack(entry, key) {
    const api = this.getAttribute("api"), body = entry?.body;
    switch (entry?.url.slice(api.length)) {
      case "/decision": return { url: api + "/undo", body: { rectification: body.rectification } };
      case "/prefix": return { url: api + "/prefix/undo", body: { solution: body.solution, undoes: key } };
      case "/second": return { url: api + "/second/undo", body: { pair: body.pair } };
      default: return { url: null };
    }
  }

  show(card, choice) {
    card.querySelectorAll(".cand").forEach((candidate, i) => showCandidate(candidate, i === choice.at, choice.decisions[candidate.dataset.candidate], choice.open.includes(candidate.dataset.candidate)));
    this.#paintDifferences(card);
    const bar = this.querySelector(".verdict");
    const winners = [...card.querySelectorAll(".cand")].flatMap((c, i) => choice.decisions[c.dataset.candidate]?.decision === "Approved" ? [i + 1] : []);
    const rejected = Object.values(choice.decisions).filter(d => d.decision === "Rejected").length;
    setSign(bar.querySelector("[data-sign]"), winners.length ? "win" : rejected ? "lose" : choice.action ? "flag" : "open");
    bar.querySelector("[data-verdict]").textContent = choice.action ? t(choice.action.words)
      : (winners.length > 1 ? t`Winners: candidates ${winners.join(", ")}` : winners.length ? t`Winner: candidate ${winners[0]}` : rejected ? t`Rejected: ${rejected}`
        : card.querySelector(".cand") ? t("Approve the first step that is right by itself") : t("No candidate"));
    bar.querySelector("[data-note]").textContent = choice.action?.why ? `“${choice.action.why}”` : winners.length && !card.dataset.second ? (winners.length === 1 ? t("makes 1 pair") : t`makes ${winners.length} pairs`) : choice.note ? `“${choice.note}”` : "";
    this.querySelectorAll("[data-candidates-key]").forEach(key => { key.textContent = card.querySelectorAll(".cand").length || 1; });
    this.say("");
  }

  #paintDifferences(card) {
    const loser = card.querySelector(".loser math-text");
    const compared = [...card.querySelectorAll(".cand > math-text")].map(text => differences(loser, text));
    paint("added", compared.flatMap(c => c.added));
    paint("gone", compared[this.choice?.at ?? 0]?.gone ?? []);
  }
}

function showCandidate(candidate, inFocus, decision, isOpen) {
  const state = decision?.decision === "Approved" ? "win" : decision?.decision === "Rejected" ? "lose" : "open";
  candidate.classList.toggle("focus", inFocus);
  candidate.classList.toggle("win", state === "win");
  candidate.classList.toggle("off", state === "lose");
  candidate.tabIndex = inFocus ? 0 : -1;
  candidate.querySelector(".rest").hidden = !isOpen;
  setSign(candidate.querySelector(".row > svg"), state);
  const word = candidate.querySelector("[data-state]");
  word.className = `state ${{ win: "is-right", lose: "is-wrong", open: "is-none" }[state]}`;
  word.textContent = { win: t("Winner"), lose: t("Rejected"), open: t("Open") }[state];
  const why = candidate.querySelector("[data-why]");
  why.textContent = state === "lose" ? (decision.note || t(Object.values(reasons).find(r => r.reason === decision.reason).words)) + " · " : "";
}

customElements.define("review-deck", ReviewDeck);
