// Opened from disk, a page may not read its neighbours: the search then lists titles without excerpts.
if (window.location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// Folded answers are printed open.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("article details").forEach((answer) => { answer.open = true; });
});
