// The element that every diagram is: it has a state, shows it, and refuses what cannot be.
"use strict";

globalThis.cnnbookDiagrams.part("shell", ({
  Refusal, copyOf, dress, el, parseNumber, say, speak, style, undress,
}) => {

// A diagram: compute(state) → result (static; it refuses bad states), build() makes the
// elements, draw() shows this.state and this.result, mark() shows this.step and what is pointed at.
class Shell extends HTMLElement {
  connectedCallback() {
    if (this.app) {
      // Moved, or taken away and brought back, as JupyterLab does with cells out of view.
      dress(this.app);
      return;
    }
    speak(JSON.parse(this.getAttribute("words") ?? "{}"));
    const root = this.attachShadow({ mode: "open" });
    this.app = el("div", { class: "app", role: "group", "aria-label": this.constructor.title });
    this.message = el("p", { class: "message", role: "alert" });
    this.step = 0;
    // The slot is the static table: hidden on screens, shown in print.
    root.append(el("style", {}, style), this.app, el("slot"));
    // JupyterLab would take typed letters and arrows for its own commands, and so would a page's
    // keyboard shortcuts: what is typed into a diagram stays there.
    this.setAttribute("data-lm-suppress-shortcuts", "true");
    this.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    dress(this.app);
    try {
      this.state = JSON.parse(this.getAttribute("state"));
      this.result = this.constructor.compute(this.state);
      this.build();
      this.show();
    } catch (error) {
      this.app.replaceChildren(el("p", { class: "message" },
        say("This diagram cannot be drawn: {reason}", { reason: error.message })), el("slot"));
    }
  }

  disconnectedCallback() {
    undress(this.app);
    this.play?.(false);
  }

  // Change the state, or say why not and leave it as it was.
  set(changes) {
    try {
      const next = { ...this.state, ...(typeof changes === "function" ? changes() : changes) };
      this.result = this.constructor.compute(next);
      this.state = next;
      // What was pointed at may be gone.
      this.pointed = null;
      this.message.textContent = "";
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.message.textContent = error.message;
    }
    this.show();
  }

  // A new number, as text, at a place of a nested list.
  edit(name, place, text) {
    this.set(() => {
      const next = copyOf(this.state[name] ?? this.result[name]);
      const last = place.slice(0, -1).reduce((part, index) => part[index], next);
      last[place.at(-1)] = parseNumber(text);
      return { [name]: next };
    });
  }

  show() {
    this.draw();
    for (const renew of this.renewals ?? []) renew();
    this.mark();
  }

  // Call renew() after every change of the state.
  follow(renew) {
    (this.renewals ??= []).push(renew);
  }

  // What a grid does under pointer and focus: make(r, c) says what is meant.
  pointing(make) {
    return {
      point: (r, c) => { this.pointed = make(r, c); this.mark(); },
      pick: (r, c) => { this.looked = make(r, c); this.pointed = null; this.mark(); },
      leave: () => { this.pointed = null; this.mark(); },
    };
  }
}

function define(name, element) {
  if (!customElements.get(`cnnbook-${name}`)) customElements.define(`cnnbook-${name}`, element);
}

return { Shell, define };
});
