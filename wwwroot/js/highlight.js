// "This value, everywhere": a click on a number marks each place where it occurs. Also the differences between two steps.
// Ranges are painted by the browser's highlight registry, so the rendered nodes stay as they are.

const number = /\d[\d,]*(?:\.\d+)?/g;
const valueOf = digits => digits.replaceAll(",", "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
const mostWords = 600; // of a step that is compared; the comparison takes their product
let marked = null;

/** A click handler: marks the number under the pointer everywhere on the page, or clears the mark. */
export function highlightNumberAt(event) {
  const value = numberAt(event.clientX, event.clientY);
  if (value === null) return;
  event.stopPropagation();
  marked = value === marked ? null : value;
  paint("value", marked === null ? [] : occurrences(marked));
}

/** Clears the mark: the deck calls it when the next item comes. */
export function clearHighlight() {
  marked = null;
  paint("value", []);
}

/** Paints what is new in `now` and what is gone from `before` (two elements whose text is rendered). */
export function differences(before, now) {
  const old = words(before), fresh = words(now);
  const kept = longestCommon(old.map(w => w.text), fresh.map(w => w.text));
  return { gone: old.filter((_, i) => !kept.old.has(i)).map(w => w.range), added: fresh.filter((_, i) => !kept.fresh.has(i)).map(w => w.range) };
}

/** Sets a named highlight; a browser without the registry shows none. */
export function paint(name, ranges) {
  if (!globalThis.Highlight) return;
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}

function numberAt(x, y) {
  const [node, offset] = caret(x, y);
  if (node?.nodeType !== Node.TEXT_NODE || node.parentElement.closest(".katex-mathml, .ctl")) return null;
  for (const hit of node.data.matchAll(number)) {
    if (hit.index > offset || offset > hit.index + hit[0].length) continue;
    const box = rangeOf(node, hit).getBoundingClientRect(); // the caret snaps to the nearest text: a click beside it is none on it
    if (x < box.left - 3 || x > box.right + 3 || y < box.top - 3 || y > box.bottom + 3) continue;
    return valueOf(hit[0]);
  }
  return null;
}

function caret(x, y) {
  if (document.caretPositionFromPoint) {
    const at = document.caretPositionFromPoint(x, y);
    return [at?.offsetNode, at?.offset];
  }
  const range = document.caretRangeFromPoint(x, y);
  return [range?.startContainer, range?.startOffset];
}

function occurrences(value) {
  const found = [];
  for (const element of document.querySelectorAll("math-text"))
    for (const node of visibleText(element))
      for (const hit of node.data.matchAll(number)) if (valueOf(hit[0]) === value) found.push(rangeOf(node, hit));
  return found;
}

function* visibleText(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT,
    node => node.parentElement.closest(".katex-mathml") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walker.nextNode()) yield walker.currentNode;
}

function rangeOf(node, hit) {
  const range = document.createRange();
  range.setStart(node, hit.index);
  range.setEnd(node, hit.index + hit[0].length);
  return range;
}

// Words, signs, and each fraction as one: its numerator alone says nothing.
function words(element) {
  const found = [];
  let fraction = null;
  for (const node of visibleText(element)) {
    const outer = outermost(node.parentElement, ".mfrac", element);
    if (outer && outer === fraction) continue;
    fraction = outer;
    if (outer) {
      const range = document.createRange();
      range.selectNodeContents(outer);
      found.push({ text: `fraction ${outer.textContent}`, range });
    } else
      for (const hit of node.data.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}\u200B]/gu)) found.push({ text: hit[0], range: rangeOf(node, hit) });
  }
  return found.slice(0, mostWords);
}

function outermost(node, selector, within) {
  let found = null;
  for (let at = node.closest(selector); at && within.contains(at); at = at.parentElement.closest(selector)) found = at;
  return found;
}

function longestCommon(a, b) {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
  const old = new Set(), fresh = new Set();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) { old.add(i++); fresh.add(j++); }
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
    else j++;
  }
  return { old, fresh };
}
