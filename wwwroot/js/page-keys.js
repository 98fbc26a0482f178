// Owner pages: <button data-key="p"> is pressed by its key, unless somebody writes. Work pages have keys of their own (deck.js).
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
  if (event.target.closest("input, textarea, select, [contenteditable], [role=dialog]")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
