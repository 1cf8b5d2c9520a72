// <cnnbook-guess>: a question before a result; the result stays folded until the reader has guessed.
"use strict";

globalThis.cnnbookDiagrams.part("guess", ({ Asking, button, el, readNumber, say }) => {

class Guess extends Asking {
  called() {
    return say("Guess first.");
  }

  build() {
    const { asked } = this;
    this.app.append(el("p", {}, el("strong", {}, say("Guess first.")), " ", ...this.rich(asked.prompt)));
    this.app.append(asked.options.length ? this.options() : this.number(), this.feedback, this.shown);
  }

  options() {
    return el("div", { class: "options", role: "group", "aria-label": say("Your guess") },
      ...this.asked.options.map((option) => button("", (event) => {
        for (const other of event.currentTarget.parentNode.children) {
          other.setAttribute("aria-pressed", other === event.currentTarget);
        }
        this.reveal(option);
      }, { "aria-pressed": "false" })).map((made, index) => {
        made.append(...this.rich(this.asked.options[index]));
        return made;
      }));
  }

  number() {
    const input = el("input", { type: "text", class: "typed", autocomplete: "off" });
    return el("form", {
      onsubmit: (event) => {
        event.preventDefault();
        const text = input.value.trim();
        const read = (written) => readNumber(written, { whole: true, unit: this.asked.unit });
        if (read(text) === null) {
          this.say(say("Write a number, for example 12 or 0.5."), "");
        } else {
          this.reveal(text, read(text) === read(this.asked.truth));
        }
      },
    }, el("div", { class: "asked" },
      el("label", {}, el("span", {}, this.asked.unit
        ? say("Your guess, in {unit}", { unit: this.asked.unit }) : say("Your guess")), input)),
    el("button", {}, say("Guess")));
  }

  // No guess is wrong: what it turned out to be stands beside it, and the result opens.
  reveal(guessed, same = guessed === this.asked.truth) {
    const plain = (text) => text.replace(/`/g, "").replace(/\.$/, "");
    const { truth } = this.asked;
    const values = { guessed: plain(guessed), truth: plain(truth) };
    if (!truth) this.say(say("Your guess: {guessed}.", values), "");
    else if (same) this.say(say("Your guess: {guessed}. So it is.", values), "");
    else this.say(say("Your guess: {guessed}. What it is: {truth}.", values), "");
    const details = this.querySelector("details");
    if (details) details.open = true;
  }
}

customElements.get("cnnbook-guess") ?? customElements.define("cnnbook-guess", Guess);
return {};
});
