// <math-text text="…">: the one place in the browser where a model's words become markup.
// It builds its own nodes (text nodes and KaTeX's render), so no word of the text is ever parsed as HTML.
//   source   attribute: show the text as it was written

import "../lib/katex/katex.min.js";
import { split } from "./math-split.js";
import { appendVisible, hasInvisible } from "./invisible.js";
import { markAt } from "./highlight.js";
import "./copy.js";
import { t } from "./words.js";

const { katex } = globalThis;

const longestText = 20_000;
const longestFormula = 2_000;
const mostFormulas = 250;
const deepest = 150; // nested elements: some hundred nested fractions end the browser's process
const mostElements = 6_000;
const longestTime = 150; // ms that one text may take; what is left is shown as written

// A colour can hide a word and two of these write style attributes, which our CSP forbids: the words stay, the colour goes.
const withoutColour = {
  "\\color": "\\@secondoftwo{#1}{}",
  "\\textcolor": "\\@secondoftwo{#1}{{#2}}",
  "\\colorbox": "\\@secondoftwo{#1}{\\text{#2}}",
  "\\fcolorbox": "\\@secondoftwo{#1#2}{\\fbox{#3}}",
  "\\pmb": "\\boldsymbol{#1}",
};
const stops = /^[.,;:?!)\]”’'"%，。；：！？、）」』]+/u;

class MathText extends HTMLElement {
  static observedAttributes = ["text", "source"];

  connectedCallback() {
    this.addEventListener("click", event => event.detail === 1 && markAt(event, "number") && event.stopPropagation());
    this.addEventListener("dblclick", event => markAt(event, "word"));
    this.#render();
  }

  attributeChangedCallback(name, before, now) {
    if (this.isConnected && before !== now) this.#render();
  }

  #render() {
    const text = this.getAttribute("text") ?? "";
    const shown = (text.length > longestText ? text.slice(0, longestText) : text).trimEnd();
    const fragment = document.createDocumentFragment();
    if (this.hasAttribute("source")) fragment.append(asWritten(shown, "pre"));
    else new Typesetter(fragment).typeset(split(shown));
    if (text.length > longestText)
      fragment.append(notice(t`The first ${longestText.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters are shown.`));
    this.replaceChildren(fragment);
  }
}

class Typesetter {
  #into;
  #formulas = 0;
  #left = 0;
  #until = performance.now() + longestTime;

  constructor(into) {
    this.#into = into;
  }

  typeset(parts) {
    parts.forEach((part, i) => {
      if (part.kind === "text") appendVisible(this.#into, part.value.slice(this.#glued(parts[i - 1], part.value)));
      else if (part.kind === "calc") this.#into.append(calculation(part.value));
      else this.#into.append(this.#formula(part, parts[i + 1]));
    });
    if (this.#left > 0) this.#into.append(notice(t`${this.#left} formulas are shown as they were written.`));
  }

  // What a formula has taken of the text that follows it.
  #glued(before, text) {
    return before?.gluedStop && text.startsWith(before.gluedStop) ? before.gluedStop.length : 0;
  }

  #formula(part, next) {
    if (this.#formulas++ >= mostFormulas || performance.now() > this.#until) {
      this.#left++;
      return asWritten(part.source);
    }
    const box = render(part);
    if (!box) return asWritten(part.source);
    box.dataset.tex = part.source; // what copying takes
    const stop = next?.kind === "text" ? stops.exec(next.value)?.[0] : null;
    const last = stop && [...box.querySelectorAll(".katex-html > .katex-base")].at(-1);
    if (last) {
      // A stop stands inside the formula's last box, or it would begin a line alone.
      part.gluedStop = stop;
      box.dataset.tex += stop;
      const span = document.createElement("span");
      span.className = "stop";
      span.textContent = stop;
      last.append(span);
    }
    return box;
  }
}

function render(part) {
  if (part.value.length > longestFormula || hasInvisible(part.value)) return null;
  const box = document.createElement("span");
  try {
    katex.render(breakable(part.value), box, {
      displayMode: part.kind === "display",
      throwOnError: true,
      strict: "ignore",
      trust: () => { throw new Error("a command that is not trusted"); },
      maxSize: 1.5,
      maxExpand: 1000,
      macros: { ...withoutColour }, // a fresh set: one formula's \def must not reach the next
    });
  } catch {
    return null; // not TeX, too deep, not trusted: shown as it was written
  }
  return isDrawable(box) ? box.firstElementChild : null;
}

// Measured before the browser lays it out: macros can nest deeper than the source shows.
function isDrawable(box) {
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_ELEMENT);
  let depth = 0, elements = 0;
  while (true) {
    if (walker.firstChild()) depth++;
    else while (!walker.nextSibling()) {
      if (!walker.parentNode()) return true;
      if (--depth === 0) return true;
    }
    if (depth > deepest || ++elements > mostElements) return false;
  }
}

// A number of 25 digits and more may break, or it would push the step's column apart.
const breakable = tex => tex.replace(/\d{25,}/g, digits => digits.match(/.{1,12}/g).join("\\allowbreak "));

function asWritten(source, as = "code") {
  const node = document.createElement(as);
  node.className = as === "pre" ? "source" : "tex-bad";
  if (as === "code") node.title = t("Shown as it was written");
  appendVisible(node, source);
  return node;
}

function calculation(value) {
  const node = document.createElement("span");
  node.className = "calc";
  appendVisible(node, value);
  return node;
}

function notice(words) {
  const node = document.createElement("span");
  node.className = "cut label";
  node.textContent = words;
  return node;
}

customElements.define("math-text", MathText);
