// The element that every diagram is: it has a state, shows it, and refuses what cannot be.
"use strict";

globalThis.cnnbookDiagrams.part("shell", ({
  Refusal, copyOf, dress, el, inAddress, intoAddress, linkLeadsPast, parseNumber, say, speak, style, undress,
}) => {

// A diagram: compute(state) → result (static; it refuses bad states), build() makes the
// elements, draw() shows this.state and this.result, mark() shows this.step and what is pointed at.
// Static, too: title; hint, which says what the reader can do; shared, the names of what a link
// carries: all that she can change; style, its own style sheet.
class Shell extends HTMLElement {
  static style = "";

  connectedCallback() {
    if (this.app) {
      // Moved, or taken away and brought back, as JupyterLab does with cells out of view.
      dress(this.app);
      return;
    }
    if (linkLeadsPast(this)) {
      addEventListener("load", () => setTimeout(() => this.connectedCallback()));
      return;
    }
    speak(JSON.parse(this.getAttribute("words") ?? "{}"));
    const root = this.attachShadow({ mode: "open" });
    this.app = el("div", { class: "app", role: "group", "aria-label": this.constructor.title });
    this.message = el("p", { class: "message", role: "alert" });
    this.step = 0;
    // The slot is the static table: hidden on screens, shown in print.
    root.append(el("style", {}, style + this.constructor.style), this.app, el("slot"));
    // JupyterLab would take typed letters and arrows for its own commands, and so would a page's
    // keyboard shortcuts: what is typed into a diagram stays there.
    this.setAttribute("data-lm-suppress-shortcuts", "true");
    this.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    dress(this.app);
    try {
      this.state = JSON.parse(this.getAttribute("state"));
      // What the page gave: Reset returns to it.
      this.first = this.state;
      this.result = this.constructor.compute(this.state);
      this.app.append(el("p", { class: "hint" }, this.constructor.hint));
      this.build();
      this.show();
      this.arrive();
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

  // What the reader has changed since the page was opened.
  changes() {
    const same = (name) => JSON.stringify(this.state[name]) === JSON.stringify(this.first[name]);
    const names = this.constructor.shared.filter((name) => !same(name));
    return Object.fromEntries(names.map((name) => [name, this.state[name]]));
  }

  reset() {
    this.play?.(false);
    this.step = 0;
    this.looked = null;
    this.set(Object.fromEntries(this.constructor.shared.map((name) => [name, this.first[name]])));
  }

  // Whoever followed a link sees what its sender saw; from then on the address follows the reader.
  arrive() {
    this.follow(() => intoAddress(this));
    const sent = inAddress(this);
    if (sent === null) return;
    try {
      this.take(sent());
    } catch {
      // A stranger wrote it: whatever it breaks, the page's own example stands there.
      this.reset();
      this.message.textContent =
        say("The link's state cannot be read. The diagram shows this chapter's example.");
    }
    requestAnimationFrame(() => this.scrollIntoView({ block: "start" }));
  }

  // Take what a link carries.
  take(sent) {
    this.set(sent);
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
