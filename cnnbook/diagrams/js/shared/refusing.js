// What a diagram refuses, and what it says then.
"use strict";

globalThis.cnnbookDiagrams.part("refusing", ({ say }) => {

// The limits of cnnbook/diagrams/values.py.
const LIMITS = {
  side: 16, kernel: 7, channels: 4, value: 1e6, stride: 8, padding: 8, dilation: 8,
};
const MODES = ["zeros", "reflect", "replicate", "circular"];

// What the reader asked for cannot be done. The diagram keeps its state and shows the message.
class Refusal extends Error {}

function refuse(message) {
  throw new Refusal(message);
}

// Echo what came, short enough for a message. It is only ever shown as text, never as markup.
function echo(value) {
  const text = String(value);
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

function integer(name, value, low, high) {
  if (!Number.isInteger(value) || value < low || value > high) {
    refuse(say("{name} is {value}; expected a whole number from {low} to {high}.",
      { name, value: echo(value), low, high }));
  }
  return value;
}

// An integer or a (height, width) pair, as a pair.
function pair(name, value, low, high) {
  const both = Array.isArray(value) ? value : [value, value];
  if (both.length !== 2) {
    refuse(say("{name} is {value}; expected one number or two.", { name, value: echo(value) }));
  }
  return both.map((n) => integer(name, n, low, high));
}

function choice(name, value, allowed) {
  if (!allowed.includes(value)) {
    refuse(say("{name} is {value}; expected one of {allowed}.",
      { name, value: echo(value), allowed: allowed.join(", ") }));
  }
  return value;
}

function finite(name, value) {
  if (typeof value !== "number" || !(Math.abs(value) <= LIMITS.value)) {
    refuse(say("{name} is {value}; expected a number from −1,000,000 to 1,000,000.",
      { name, value: echo(value) }));
  }
  return value;
}

// Nested lists of numbers: as many axes as limits, equally long, none empty. Returns the sizes.
function tensor(name, value, limits) {
  if (limits.length === 0) {
    finite(name, value);
    return [];
  }
  if (!Array.isArray(value) || value.length === 0) {
    refuse(say("{name} is empty or has too few axes; expected {count} of them.",
      { name, count: limits.length }));
  }
  if (value.length > limits[0]) {
    refuse(say("{name} has {count} entries along an axis; a diagram shows at most {most} there.",
      { name, count: value.length, most: limits[0] }));
  }
  const sizes = value.map((part) => tensor(name, part, limits.slice(1)));
  if (sizes.some((size) => String(size) !== String(sizes[0]))) {
    refuse(say("{name} has rows of unequal length.", { name }));
  }
  return [value.length, ...sizes[0]];
}

return { LIMITS, MODES, Refusal, choice, echo, finite, integer, pair, refuse, tensor };
});
