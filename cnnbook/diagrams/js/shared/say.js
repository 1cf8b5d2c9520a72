// The one door for words that a reader sees: the twin of cnnbook/words.py. English is the key.
"use strict";

globalThis.cnnbookDiagrams.part("say", () => {

// English texts, and what an edition says instead. A page has one language: a diagram of an
// edition brings the texts along that its script says.
const edition = new Map();

function speak(texts) {
  for (const [text, other] of Object.entries(texts)) edition.set(text, other);
}

// A text in the edition's language; {name} in it stands for a value.
function say(text, values) {
  const found = edition.get(text) ?? text;
  return values ? found.replace(/\{(\w+)\}/g, (_, name) => values[name]) : found;
}

// The same as the parts of a sentence: values may be elements, or lists of them.
function sayParts(text, values) {
  return say(text).split(/\{(\w+)\}/)
    .flatMap((part, index) => (index % 2 ? values[part] : part)).filter((part) => part !== "");
}

return { say, sayParts, speak };
});
