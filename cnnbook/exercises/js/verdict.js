// What to say to an answer: the twin of Answer.verdict in cnnbook/exercises/checking.py.
"use strict";

globalThis.cnnbookDiagrams.part("verdict", ({ readNumber, readNumbers, say, shapeOf }) => {

const none = (value) => Array.isArray(value) && value.length === 0;
const sizes = (value) => (none(value) ? [0] : shapeOf(value));
const flat = (value) => (Array.isArray(value) ? value.flat(Infinity) : [value]);

function same(asked, value, other) {
  if (String(sizes(value)) !== String(sizes(other.value))) return false;
  const [mine, theirs] = [flat(value), flat(other.value)];
  const near = other.exact ? 1e-9 : asked.tolerance;
  return mine.every((v, i) => Math.abs(v - theirs[i]) <= near);
}

// What was typed or chosen, in the form that can be compared; null where it cannot be read.
function read(asked, text) {
  if (asked.kind === "choice") return asked.choices.includes(text) ? text : null;
  if (asked.kind === "numbers") return readNumbers(text, asked.axes);
  return readNumber(text, { whole: asked.kind === "whole", unit: asked.unit });
}

// A shape as Python writes it.
const tuple = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);

// { right, text } for what was typed.
function verdict(asked, text) {
  const value = read(asked, text);
  if (value === null) return { right: false, text: asked.unreadable };
  const equal = (other) =>
    (asked.kind === "choice" ? value === other.value : same(asked, value, other));
  if (equal(asked.expected)) return { right: true, text: say("Right: {why}", { why: asked.right }) };
  const mistake = asked.mistakes.find(equal);
  let hint = mistake ? mistake.hint : asked.hint;
  const shape = sizes(value);
  if (!mistake && String(shape) !== String(sizes(asked.expected.value))) {
    hint = say("{hint} (The shape {shape} is not the one asked for.)",
      { hint, shape: tuple(shape) });
  }
  return { right: false, text: say("Not yet: {hint}", { hint }) };
}

return { verdict };
});
