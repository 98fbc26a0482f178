// Splits what a model wrote into text, formulas and GSM8K's calculator marks. Pure: no DOM, no rendering.
//   $…$  \(…\)  inline      $$…$$  \[…\]  \begin{align}…\end{align}  display      \boxed{…} outside of a formula  inline      <<7*8=56>>  calc
// A dollar sign is money unless it can be a delimiter: no blank inside it, and no digit after the closing one ("$5 and $7" is text).

const longestFormula = 4000;
const environments = /^\\begin\{(align|aligned|alignat|equation|gather|gathered|split|multline|eqnarray|cases|array|[pbBvV]?matrix|smallmatrix)(\*?)\}/;
const starts = /\\[([$]|\$|\\boxed(?![A-Za-z])|\\begin\{|<</g;

/**
 * @param {string} text
 * @returns {{kind: "text"|"inline"|"display"|"calc", value: string, source: string}[]} `value` is what to show or typeset, `source` what was written.
 */
export function split(text) {
  const parts = [];
  let plain = "";
  const take = (kind, value, source) => {
    if (plain) parts.push({ kind: "text", value: plain, source: plain });
    plain = "";
    parts.push({ kind, value, source });
  };
  const closers = dollarClosers(text);
  let at = 0;
  while (at < text.length) {
    starts.lastIndex = at;
    const hit = starts.exec(text);
    if (!hit) break;
    plain += text.slice(at, hit.index);
    at = hit.index;
    if (hit[0] === "\\$") {
      plain += "$";
      at += 2;
      continue;
    }
    const part = formulaAt(text, at, closers);
    if (part) {
      take(part.kind, part.value, text.slice(at, part.end));
      at = part.end;
    } else {
      plain += hit[0];
      at += hit[0].length;
    }
  }
  plain += text.slice(at);
  if (plain) parts.push({ kind: "text", value: plain, source: plain });
  return parts;
}

function formulaAt(text, at, closers) {
  const two = text.slice(at, at + 2);
  if (two === "$$") return between(text, at, closers, "$$", "$$", "display");
  if (text[at] === "$") return dollars(text, at, closers);
  if (two === "\\(") return between(text, at, closers, "\\(", "\\)", "inline");
  if (two === "\\[") return between(text, at, closers, "\\[", "\\]", "display");
  if (two === "<<") return calculator(text, at);
  return text.startsWith("\\boxed", at) ? boxed(text, at) : environment(text, at);
}

function between(text, at, closers, open, close, kind) {
  if (closers.absent.has(close)) return null;
  const from = at + open.length;
  for (let end = text.indexOf(close, from); end >= 0 && end - from <= longestFormula; end = text.indexOf(close, end + 1)) {
    if (close === "$$" && text[end - 1] === "\\") continue;
    const value = text.slice(from, end);
    return value.trim() ? { kind, value, end: end + close.length } : null;
  }
  if (!text.includes(close, from)) closers.absent.add(close);
  return null;
}

// The first dollar at brace depth 0 must close (so \text{costs $5} stays whole, and "$5, then $x$" is money and a formula);
// where braces do not balance, the first of all that can close does.
function dollars(text, at, closers) {
  if (at + 1 >= text.length || /\s/.test(text[at + 1]) || closers.last <= at) return null;
  let depth = 0, first = -1;
  const limit = Math.min(text.length, at + longestFormula);
  for (let i = at + 1; i < limit; i++) {
    const c = text[i];
    if (c === "\\") i++;
    else if (c === "{") depth++;
    else if (c === "}") depth--;
    else if (c === "\n" && text[i + 1] === "\n") break;
    else if (c === "$") {
      if (depth <= 0) return closers.at[i] ? inline(text, at, i) : null;
      if (first < 0 && closers.at[i]) first = i;
    }
  }
  return first < 0 ? null : inline(text, at, first);
}

const inline = (text, at, end) => ({ kind: "inline", value: text.slice(at + 1, end), end: end + 1 });

function dollarClosers(text) {
  const at = new Uint8Array(text.length);
  let last = -1;
  for (let i = text.indexOf("$"); i >= 0; i = text.indexOf("$", i + 1)) {
    if (i === 0 || /\s/.test(text[i - 1]) || text[i - 1] === "\\" || /[0-9]/.test(text[i + 1] ?? "")) continue;
    at[i] = 1;
    last = i;
  }
  return { at, last, absent: new Set() };
}

function boxed(text, at) {
  const open = at + "\\boxed".length;
  if (text[open] !== "{") return null;
  let depth = 0;
  for (let i = open; i < Math.min(text.length, at + longestFormula); i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return { kind: "inline", value: text.slice(at, i + 1), end: i + 1 };
  }
  return null;
}

function environment(text, at) {
  const name = environments.exec(text.slice(at, at + 40));
  if (!name) return null;
  const close = `\\end{${name[1]}${name[2]}}`;
  const end = text.slice(at, at + longestFormula).indexOf(close);
  return end < 0 ? null : { kind: "display", value: text.slice(at, at + end + close.length), end: at + end + close.length };
}

function calculator(text, at) {
  const mark = /^<<([^<>\n\s][^<>\n]{0,200}=[^<>\n]{0,200})>>/.exec(text.slice(at, at + 406));
  return mark ? { kind: "calc", value: mark[1], end: at + mark[0].length } : null;
}
