// Opened from disk, a page may not read its neighbours: the search lists titles without excerpts.
if (window.location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// A formula wider than its column scrolls: then, and only then, the Tab key stops at it.
document.addEventListener("DOMContentLoaded", () => {
  const watch = new ResizeObserver((changed) => {
    for (const { target } of changed) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll("span.math, div.math mjx-container").forEach((e) => watch.observe(e));
});

// The menu and the cards on the first page show how many questions of a chapter were answered in this
// browser (progress.js of the exercises keeps it). A page without storage shows nothing.
function markChapters() {
  const key = `cnnbook:${new URL(document.documentElement.dataset.content_root, location.href).pathname}:`;
  for (const link of document.querySelectorAll(".bd-sidebar-primary li > a, .chapter-cards a")) {
    const [, chapter] = /((?:workshop\/)?[^/]*?)(?:\.html)?$/.exec(link.pathname);
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
    const [right, all] = kept.split("/");
    mark.style.setProperty("--share", `${100 * Math.min(1, right / all)}%`);
    link.append(mark);
  }
}
document.addEventListener("DOMContentLoaded", markChapters);
window.addEventListener("cnnbook-progress", () => requestAnimationFrame(() => requestAnimationFrame(markChapters)));

// How far the reader is, as a thin line above the page: it moves with the text and never by itself.
// And the switch that hides code; the browser keeps it, where it has storage (way.py recalls it).
document.addEventListener("DOMContentLoaded", () => {
  const line = document.querySelector(".cnnbook-read > i");
  const article = document.querySelector("article");
  if (line && article) {
    const show = () => {
      const { top, height } = article.getBoundingClientRect();
      const read = Math.min(1, Math.max(0, -top / Math.max(1, height - innerHeight)));
      line.style.transform = `scaleX(${read.toFixed(4)})`;
    };
    addEventListener("scroll", () => requestAnimationFrame(show), { passive: true });
    addEventListener("resize", show);
    show();
  }
  const root = document.documentElement;
  const button = document.querySelector(".cnnbook-code");
  if (!button) return;
  const key = `cnnbook-code:${new URL(root.dataset.content_root, location.href).pathname}`;
  const say = () => button.setAttribute("aria-pressed", String(root.dataset.code === "hidden"));
  button.addEventListener("click", () => {
    // What the reader looks at stays where it is, though code above it comes or goes.
    const before = button.getBoundingClientRect().top;
    if (root.dataset.code === "hidden") delete root.dataset.code;
    else root.dataset.code = "hidden";
    scrollBy({ top: button.getBoundingClientRect().top - before, behavior: "instant" });
    say();
    try {
      if (root.dataset.code) localStorage.setItem(key, "hidden");
      else localStorage.removeItem(key);
    } catch {
      // It holds for this page only.
    }
  });
  say();
});
