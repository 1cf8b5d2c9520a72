// Light or dark as the page says, else as the system says.
"use strict";

globalThis.cnnbookDiagrams.part("theme", () => {

// Light or dark as the page says (this book, Colab, JupyterLab, VS Code), else as the system says.
const system = matchMedia("(prefers-color-scheme: dark)");
function isDark() {
  const [page, body] = [document.documentElement, document.body];
  const said = page.dataset.theme || page.getAttribute("theme");
  if (said === "dark" || said === "light") return said === "dark";
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("dark");
  return system.matches;
}

// All that is on the page is painted again when the page changes its mind.
const dressed = new Set();
const repaint = () => dressed.forEach((app) => app.classList.toggle("dark", isDark()));
system.addEventListener("change", repaint);
new MutationObserver(repaint).observe(document, {
  subtree: true, attributeFilter: ["data-theme", "theme", "data-jp-theme-light"],
});

function dress(app) {
  dressed.add(app);
  repaint();
}

function undress(app) {
  dressed.delete(app);
}

return { dress, undress };
});
