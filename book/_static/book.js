// Opened from disk, a page may not read its neighbours.
if (window.location.protocol === "file:") {
  // So the search lists titles without excerpts,
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  // and spoken formulas, switched on in MathJax's menu, would leave the next page without any.
  localStorage.removeItem("MathJax-Menu-Settings");
}

// Folded answers are printed open.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("article details").forEach((answer) => { answer.open = true; });
});
