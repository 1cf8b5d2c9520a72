// <cnnbook-answer>: a field, Check, what a good teacher would say, and the folded solution.
"use strict";

globalThis.cnnbookDiagrams.part("answer", ({
  Asking, el, keep, plan, recall, say, verdict,
}) => {

class Answer extends Asking {
  called() {
    return say("Answer on this page");
  }

  build() {
    const { asked } = this;
    this.tries = 0;
    this.form = el("form", { onsubmit: (event) => { event.preventDefault(); this.check(); } },
      asked.kind === "choice" ? this.choices() : this.field(),
      el("button", {}, say("Check")));
    this.app.append(this.form, this.feedback, this.shown);
    if (recall(asked.chapter, asked.name)) this.feedback.textContent = say("Answered before ✓");
    plan();
  }

  field() {
    const { asked } = this;
    const multi = asked.kind === "numbers" && asked.axes > 1;
    this.input = el(multi ? "textarea" : "input", {
      "aria-describedby": "form", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      class: "typed", rows: multi ? 3 : undefined, type: multi ? undefined : "text",
    });
    return el("div", { class: "asked" },
      el("label", {}, el("span", {}, asked.label), this.input),
      el("small", { id: "form" }, say("For example {example}", { example: asked.example })));
  }

  choices() {
    const options = this.asked.choices.map((choice, index) => el("label", { class: "option" },
      el("input", { type: "radio", name: "choice", value: choice }),
      el("span", {}, this.asked.shown[index])));
    return el("fieldset", {}, el("legend", {}, this.asked.label), ...options);
  }

  typed() {
    if (this.input) return this.input.value.trim();
    return this.form.querySelector("input:checked")?.value ?? "";
  }

  check() {
    const { asked } = this;
    const text = this.typed();
    if (!text) {
      this.say(say("Write or choose an answer first."), "");
      return;
    }
    const { right, text: said } = verdict(asked, text);
    this.tries += 1;
    this.say(said, right ? "right" : "wrong");
    if (right && !recall(asked.chapter, asked.name)) {
      keep(asked.chapter, asked.name, this.tries === 1 ? "first" : "later");
    }
  }
}

customElements.get("cnnbook-answer") ?? customElements.define("cnnbook-answer", Answer);
return {};
});
