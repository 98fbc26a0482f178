// <review-deck>: the winning step among a prefix's candidates, by keys.
//   digits   a candidate      a   winner      x + digit   reject, with a reason      space   the rest of the text
//   m d b    no good candidate: sample more, discard, the error is earlier (reopen)

import { Deck } from "./deck.js";
import { differences, paint } from "./highlight.js";
import { setSign } from "./nodes.js";

const reasons = {
  x1: { reason: "RightAnswerWrongStep", words: "Right answer, wrong step" },
  x2: { reason: "SkipsWork", words: "Skips work" },
  x3: { reason: "Restates", words: "Restates the step before" },
  x4: { reason: "Other", words: "Another reason" },
};

const actions = {
  m: { action: "SampleMore", words: "No good candidate: sample more" },
  d: { action: "Discard", words: "Discard this prefix" },
  b: { action: "Reopen", words: "Send back: the error is earlier", why: "Which step is wrong, and why?" },
};

class ReviewDeck extends Deck {
  prefixes = ["g", "x"];

  blank(card) { return { at: 0, decisions: {}, action: null, open: [] }; }

  keys(name) {
    if (!this.active) return null;
    const candidates = this.#candidates();
    if (/^[1-9]$/.test(name)) return () => Number(name) <= candidates.length ? this.#moveTo(Number(name) - 1) : this.say(`This prefix has ${candidates.length} candidates.`);
    if (name in reasons) return () => this.#reject(reasons[name]);
    if (name === "o") name = "b";
    if (name in actions) return () => this.#act(actions[name]);
    switch (name) {
      case "j": case "ArrowDown": return () => this.#moveTo(Math.min(candidates.length - 1, this.choice.at + 1));
      case "k": case "ArrowUp": return () => this.#moveTo(Math.max(0, this.choice.at - 1));
      case "a": return () => this.#approve();
      case "x": return () => this.say("Press 1 to 4 for the reason.");
      case " ": return () => this.#unfold();
      case "p": return () => this.skip();
      case "t": return () => this.ask("Note", this.choice.note, note => this.changed({ note }));
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
  }

  #candidates() { return [...this.active.querySelectorAll(".cand")]; }
  #id(at = this.choice.at) { return this.#candidates()[at]?.dataset.candidate; }

  #moveTo(at) {
    this.changed({ at });
    this.focusCard(this.active);
  }

  // One winner a prefix: the mark moves. Pressed again it is taken off.
  #approve() {
    const id = this.#id(), decisions = Object.fromEntries(Object.entries(this.choice.decisions).filter(([, d]) => d.decision !== "Approved"));
    if (this.choice.decisions[id]?.decision !== "Approved") decisions[id] = { decision: "Approved", reason: null };
    this.changed({ decisions, action: null });
  }

  #reject({ reason }) {
    const put = note => this.changed({ action: null, decisions: { ...this.choice.decisions, [this.#id()]: { decision: "Rejected", reason, note } } });
    if (reason === "Other") this.ask("Reason", "", note => note && put(note));
    else put("");
  }

  #act(act) {
    const put = why => this.changed({ decisions: {}, action: this.choice.action?.action === act.action ? null : { ...act, why } });
    if (act.why && this.choice.action?.action !== act.action) this.ask(act.why, "", why => why && put(why));
    else put("");
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

  focusCard(card) { card?.querySelectorAll(".cand")[this.choice?.at ?? 0]?.focus(); }

  ready(card, { decisions, action }) {
    if (action || Object.keys(decisions).length > 0) return true;
    this.say("Press a to approve the candidate in focus, or x and a digit to reject it.");
    return false;
  }

  requests(card, { decisions, action, note }) {
    const api = this.getAttribute("api"), about = `candidate of step ${card.dataset.step}`;
    const decide = (candidate, decision, reason, why) => ({
      url: api + "/decision",
      body: { rectification: Number(candidate), decision, reason, note: why || note, activeMilliseconds: 0 },
      words: `${decision} a ${about}`,
    });
    if (!action) // rejections first: with the approval the prefix is done
      return Object.entries(decisions).sort(([, a], [, b]) => a.decision < b.decision ? 1 : -1).map(([id, d]) => decide(id, d.decision, d.reason, d.note));
    // Sampling goes on only where no candidate is left.
    const rejected = action.action === "SampleMore" ? this.#candidates().map(c => decide(c.dataset.candidate, "Rejected", "Other", "None of the candidates is right.")) : [];
    return [...rejected, { url: api + "/prefix", body: { solution: Number(card.dataset.card), action: action.action, note: action.why || note, activeMilliseconds: 0 }, words: action.words }];
  }

  takeBack(entry, key) {
    if (!entry?.url.endsWith("/decision")) return { url: null };
    return { url: this.getAttribute("api") + "/undo", body: { undoes: key, rectification: entry.body.rectification } };
  }

  show(card, choice) {
    card.querySelectorAll(".cand").forEach((candidate, i) => showCandidate(candidate, i === choice.at, choice.decisions[candidate.dataset.candidate], choice.open.includes(candidate.dataset.candidate)));
    this.#paintDifferences(card);
    const bar = this.querySelector(".verdict");
    const winner = [...card.querySelectorAll(".cand")].findIndex(c => choice.decisions[c.dataset.candidate]?.decision === "Approved") + 1;
    const rejected = Object.values(choice.decisions).filter(d => d.decision === "Rejected").length;
    setSign(bar.querySelector("[data-sign]"), winner ? "win" : rejected ? "lose" : choice.action ? "flag" : "open");
    bar.querySelector("[data-verdict]").textContent = choice.action?.words ?? (winner ? `Winner: candidate ${winner}` : rejected ? `Rejected: ${rejected}` : "Approve the first step that is right by itself");
    bar.querySelector("[data-note]").textContent = choice.action?.why ? `“${choice.action.why}”` : winner ? "makes 1 pair" : choice.note ? `“${choice.note}”` : "";
    this.querySelectorAll("[data-candidates-key]").forEach(key => { key.textContent = card.querySelectorAll(".cand").length; });
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
  word.textContent = { win: "Winner", lose: "Rejected", open: "Open" }[state];
  const why = candidate.querySelector("[data-why]");
  why.textContent = state === "lose" ? (decision.note || Object.values(reasons).find(r => r.reason === decision.reason).words) + " · " : "";
}

customElements.define("review-deck", ReviewDeck);
