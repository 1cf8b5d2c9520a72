// On paper nothing opens. Before a page is printed it is laid out for that, and after it is put
// back: what answers a question stands at the end, under "Answers", and the result of a guess, from
// which the text goes on, stands open in its place.
"use strict";

(() => {
  const undo = [];
  const EXERCISE = "cnnbook-answer, .tag_remove-input .text_html > details";

  function set(object, key, value) {
    const before = object[key];
    object[key] = value;
    undo.push(() => { object[key] = before; });
  }

  function putBehind(place, added) {
    place.after(added);
    undo.push(() => added.remove());
  }

  function make(tag, properties, ...inside) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inside);
    return made;
  }

  // One answer, which leads to its question as the question leads to it.
  function answer(place, question, name, ...inside) {
    const id = `answer-${question}`;
    putBehind(place, make("p", { className: "cnnbook-where" },
      make("a", { href: `#${id}` }, "The answer is at the end")));
    const title = make("p", {}, make("strong", {}, make("a", { href: `#${question}` }, name)));
    return make("div", { id }, title, ...inside);
  }

  function ofBox(box, number) {
    const name = `Question ${number}`;
    set(box, "id", `question-${number}`);
    set(box.querySelector("strong"), "textContent", `${name}.`);
    const reasons = [...box.querySelectorAll("details")].map((option, index) => {
      set(option, "open", false);
      const reason = option.querySelector("p").cloneNode(true);
      reason.prepend(` ${"abcdefgh"[index]}) `);
      return reason;
    });
    return answer(box, box.id, name, ...reasons);
  }

  function ofExercise(asked) {
    const section = asked.closest("section[id]");
    const heading = section.querySelector("h2, h3, h4").cloneNode(true);
    heading.querySelector(".headerlink")?.remove();
    const cell = asked.closest(".cell");
    const folded = asked.matches("details") ? asked : asked.querySelector("details");
    const solution = [...folded.cloneNode(true).children].slice(1);
    const made = answer(cell, section.id, heading.textContent, ...solution);
    set(cell, "hidden", true);
    const { kind, shown } = JSON.parse(asked.getAttribute("asked") ?? "{}");
    if (kind === "choice") {
      putBehind(cell, make("ul", {}, ...shown.map((choice) => make("li", {}, choice))));
    }
    return made;
  }

  // A guess is dressed by its script, with buttons: on paper its own words stand there.
  const plain = new CSSStyleSheet();
  plain.replaceSync("@media print { .app { display: none !important; } slot { display: block !important; } }");

  function openGuess(guess) {
    const folded = guess.querySelector("details");
    set(folded.querySelector("summary"), "textContent", "What it is");
    set(folded, "slot", "");
    if (guess.shadowRoot) guess.shadowRoot.adoptedStyleSheets = [plain];
  }

  // What is as wide as this goes over both columns: in pixels, and in letters of what code printed.
  const COLUMN = 420;
  const LETTERS = 64;

  function spread(article) {
    const measured = [...article.querySelectorAll("div.math, table")];
    const styles = measured.map((element) => element.getAttribute("style"));
    for (const element of measured) {
      element.style.width = element.matches("table") ? "min-content" : "max-content";
    }
    const wide = measured.filter((element) => element.offsetWidth > COLUMN);
    measured.forEach((element, index) => {
      if (styles[index] === null) element.removeAttribute("style");
      else element.setAttribute("style", styles[index]);
    });
    for (const printed of article.querySelectorAll(".stream pre, .text_plain pre, details > pre + pre")) {
      const longest = Math.max(...printed.textContent.split("\n").map((line) => line.length));
      if (longest > LETTERS) wide.push(printed);
    }
    for (const element of wide) set(element, "className", `${element.className} cnnbook-wide`);
  }

  function layOut() {
    const article = document.querySelector("article");
    if (undo.length || !article) return;
    set(document.documentElement.dataset, "theme", "light");
    // A folded cell stays as the reader has it.
    for (const folded of article.querySelectorAll("details:not(.hide)")) set(folded, "open", true);
    article.querySelectorAll("cnnbook-guess").forEach(openGuess);
    spread(article);
    let boxes = 0;
    const answers = [...article.querySelectorAll(`.cnnbook-question, ${EXERCISE}`)].map((asked) => (
      asked.matches(EXERCISE) ? ofExercise(asked) : ofBox(asked, boxes += 1)));
    if (!answers.length) return;
    putBehind(article.lastElementChild, make("section",
      { id: "answers-on-paper", className: "cnnbook-answers" },
      make("h2", {}, "Answers"), ...answers));
  }

  window.addEventListener("beforeprint", layOut);
  window.addEventListener("afterprint", () => {
    while (undo.length) undo.pop()();
  });
})();
