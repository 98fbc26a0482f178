// "This value, everywhere": a number (by a click or a key) or a word (by a double click or a key) is marked at each place where it occurs.
// Ranges are painted by the browser's highlight registry, so the rendered nodes stay as they are.

import { t } from "./words.js";

const patterns = { number: /\d[\d,]*(?:\.\d+)?/g, word: /\p{L}[\p{L}\p{M}'’-]+\p{L}/gu };
const valueOf = {
  number: digits => digits.replaceAll(",", "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""),
  word: letters => letters.toLocaleLowerCase(),
};
let marked = null;

/** Marks the number or the word under the pointer everywhere on the page; pressed again the mark goes. False where the listening element has none there. */
export function markAt(event, kind) {
  const under = hits([event.currentTarget], kind).find(({ node, at }) => [...rangeOf(node, at).getClientRects()].some(box => isIn(box, event)));
  if (!under) return false;
  mark(under.value === marked?.value ? null : { kind, value: under.value });
  return true;
}

/** Marks the next number or word of an element: all its numbers, and of its words those that stand elsewhere too. Says what and how often. */
export function markNext(element, kind) {
  const values = [...new Set(hits([element], kind).map(hit => hit.value))].filter(value => kind === "number" || places(kind, value).length > 1);
  const value = values[values.indexOf(marked?.value) + 1];
  const found = mark(value === undefined ? null : { kind, value });
  return value === undefined ? "" : found === 1 ? t`${value}: ${found} place` : t`${value}: ${found} places`;
}

/** Clears the mark: the deck calls it when the next item comes. */
export const clearHighlight = () => mark(null);

/** Sets a named highlight; a browser without the registry shows none. */
export function paint(name, ranges) {
  if (!globalThis.Highlight) return;
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}

/** The text nodes that a reader sees: a formula's MathML left out. */
export function* visibleText(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT,
    node => node.parentElement.closest(".katex-mathml") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walker.nextNode()) yield walker.currentNode;
}

/** The range of a match in a text node. */
export function rangeOf(node, hit) {
  const range = document.createRange();
  range.setStart(node, hit.index);
  range.setEnd(node, hit.index + hit[0].length);
  return range;
}

function mark(what) {
  marked = what;
  const found = what ? places(what.kind, what.value) : [];
  paint("value", found.map(hit => rangeOf(hit.node, hit.at)));
  return found.length;
}

function places(kind, value) {
  const shown = [...document.querySelectorAll("math-text")].filter(element => element.getClientRects().length > 0);
  return hits(shown, kind).filter(hit => hit.value === value);
}

function hits(elements, kind) {
  const texts = elements.flatMap(element => [...visibleText(element)]).filter(node => !node.parentElement.closest(".ctl")); // our word for a hidden character
  return texts.flatMap(node => [...node.data.matchAll(patterns[kind])].map(at => ({ node, at, value: valueOf[kind](at[0]) })));
}

const isIn = (box, { clientX: x, clientY: y }) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
