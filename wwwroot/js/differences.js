// The differences between two steps, painted by the browser's highlight registry.

import { paint, rangeOf, visibleText } from "./highlight.js";

const mostWords = 600; // of a step that is compared; the comparison takes their product

/** Paints what is new in `now` and what is gone from `before` (two elements whose text is rendered). */
export function differences(before, now) {
  const old = words(before), fresh = words(now);
  const kept = longestCommon(old.map(w => w.text), fresh.map(w => w.text));
  return { gone: old.filter((_, i) => !kept.old.has(i)).map(w => w.range), added: fresh.filter((_, i) => !kept.fresh.has(i)).map(w => w.range) };
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
