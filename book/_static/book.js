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

// The menu and the map on the first page show how many questions of a chapter were answered in this
// browser (progress.js of the exercises keeps it). A page without storage shows nothing.
function markChapters() {
  const key = `cnnbook:${new URL(document.documentElement.dataset.content_root, location.href).pathname}:`;
  for (const link of document.querySelectorAll(".bd-sidebar-primary .toctree-l1 > a, #the-map td a")) {
    const chapter = link.pathname.split("/").at(-1).replace(/\.html$/, "");
    let kept = null;
    try {
      kept = localStorage.getItem(key + chapter);
    } catch {
      return;
    }
    link.querySelector(".cnnbook-mark")?.remove();
    if (!/^\d+\/\d+$/.test(kept ?? "")) continue;
    const mark = document.createElement("span");
    mark.className = "cnnbook-mark";
    mark.textContent = kept;
    link.append(mark);
  }
}
document.addEventListener("DOMContentLoaded", markChapters);
window.addEventListener("cnnbook-progress", () => requestAnimationFrame(() => requestAnimationFrame(markChapters)));
