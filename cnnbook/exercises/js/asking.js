// What answers and guesses share: the frame, what is said to the reader, light and dark.
"use strict";

globalThis.cnnbookDiagrams.part("asking", ({ dress, el, speak, style, askingStyle, undress }) => {

class Asking extends HTMLElement {
  connectedCallback() {
    if (this.app) {
      // Moved, or taken away and brought back, as JupyterLab does with cells out of view.
      dress(this.app);
      return;
    }
    speak(JSON.parse(this.getAttribute("words") ?? "{}"));
    this.asked = JSON.parse(this.getAttribute("asked"));
    this.app = el("div", { class: "app asking", role: "group", "aria-label": this.called() });
    this.feedback = el("p", { class: "feedback", role: "status" });
    // What is folded stays in the page, outside the shadow: searched, printed, styled as the page.
    this.shown = el("slot", { name: "folded" });
    this.attachShadow({ mode: "open" }).append(
      el("style", {}, style + askingStyle), this.app, el("slot"));
    this.querySelector(":scope > details")?.setAttribute("slot", "folded");
    // JupyterLab would take typed letters for its own commands, a page for its shortcuts.
    this.setAttribute("data-lm-suppress-shortcuts", "true");
    this.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    dress(this.app);
    this.build();
  }

  disconnectedCallback() {
    undress(this.app);
  }

  say(text, kind) {
    // Emptied first: the same words twice are read out twice.
    this.feedback.textContent = "";
    this.feedback.className = `feedback ${kind}`;
    requestAnimationFrame(() => { this.feedback.textContent = text; });
  }

  // `code` between backticks becomes an element; all else is text.
  rich(text) {
    return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? el("code", {}, part) : part));
  }
}

return { Asking };
});
