// What is copied of a text with mathematics is its source: formulas go to the clipboard as the model wrote them.

const formulas = "[data-tex]";

/** Copies an element's source as the person's own copying would; works without a secure context too. */
export function copySource(element) {
  const selection = getSelection();
  selection.selectAllChildren(element);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  return done;
}

document.addEventListener("copy", event => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
  const range = selection.getRangeAt(0).cloneRange();
  const first = formulaOf(range.startContainer), last = formulaOf(range.endContainer);
  if (first) range.setStartBefore(first); // half a formula has no source
  if (last) range.setEndAfter(last);
  const copied = range.cloneContents();
  const found = copied.querySelectorAll(formulas);
  if (found.length === 0) return;
  for (const formula of found) formula.replaceWith(formula.dataset.tex);
  event.clipboardData.setData("text/plain", copied.textContent.replaceAll("\u200B", ""));
  event.preventDefault();
});

const formulaOf = node => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(formulas);
