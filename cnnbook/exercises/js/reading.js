// Numbers and arrays from what a reader types: the twin of cnnbook/exercises/reading.py, which
// says what is read as what.
"use strict";

globalThis.cnnbookDiagrams.part("reading", () => {

const LONGEST = 2000;
const PLAIN = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const COMMA = /^[+-]?[0-9]*,[0-9]+$/;
const GROUPS = /^[+-]?[0-9]{1,3}(?:([ ,'])[0-9]{3})(?:\1[0-9]{3})*(\.[0-9]+)?$/;
const CALL = /^(?:np\.)?array\(([^]*)\)$/;
const TOKEN = /[[\](),;]|[^[\](),;\s]+/g;

function tidy(text) {
  if ([...text].length > LONGEST) return "";
  return text.replace(/[−–‐]/g, "-").replace(/[\u00a0\u2009\u202f]/g, " ").replace(/’/g, "'").trim();
}

function plainNumber(text, whole) {
  const groups = GROUPS.exec(text);
  if (groups) {
    const several = text.split(groups[1]).length > 2;
    if (whole || groups[2] || several || groups[1] !== ",") {
      return Number(text.replace(/[ ,']/g, ""));
    }
  }
  if (PLAIN.test(text)) return Number(text);
  return COMMA.test(text) ? Number(text.replace(",", ".")) : null;
}

// The number that a text says, or null.
function readNumber(text, { whole = false, unit = "" } = {}) {
  let rest = tidy(text);
  let scale = 1;
  if (unit && rest.toLowerCase().endsWith(unit.toLowerCase())) {
    rest = rest.slice(0, -unit.length).trim();
  } else if (rest.endsWith("%")) {
    rest = rest.slice(0, -1).trim();
    scale = 100;
  }
  const slash = rest.indexOf("/");
  let value = plainNumber((slash < 0 ? rest : rest.slice(0, slash)).trim(), whole);
  if (slash >= 0 && value !== null) {
    const divisor = plainNumber(rest.slice(slash + 1).trim(), whole);
    value = divisor ? value / divisor : null;
  }
  return value === null ? null : value / scale;
}

// What stands between brackets as lists in lists; null if the brackets do not fit.
function lists(tokens) {
  const top = [];
  const open = [top];
  for (const token of tokens) {
    if ("[(".includes(token)) {
      open.push([]);
    } else if ("])".includes(token)) {
      if (open.length === 1) return null;
      const done = open.pop();
      open.at(-1).push(done);
    } else if (!",;".includes(token)) {
      const value = readNumber(token);
      if (value === null) return null;
      open.at(-1).push(value);
    }
  }
  if (open.length > 1) return null;
  return top.length === 1 && Array.isArray(top[0]) ? top[0] : top;
}

// The shape of nested lists, or null where rows differ or are empty.
function shapeOf(value) {
  if (!Array.isArray(value)) return [];
  const shapes = value.map(shapeOf);
  const unequal = shapes.some((shape) => shape === null || String(shape) !== String(shapes[0]));
  return shapes.length === 0 || unequal ? null : [value.length, ...shapes[0]];
}

// The numbers that a text says as nested lists, or null.
function readNumbers(text, axes = 1) {
  let rest = tidy(text);
  if (/^(\[\s*\]|\(\s*\))$/.test(rest)) return [];
  const call = CALL.exec(rest);
  if (call) rest = call[1].trim();
  rest = rest.replace(/×/g, ",").replace(/(?<=[0-9])\s*x\s*(?=[0-9])/gi, ",");
  if (axes === 1) rest = rest.replace(/\n/g, " ");
  const rows = rest.split(/\n|;|\s\/\s/).filter((row) => row.trim());
  const nested = /[[(][^]*[[(]/.test(rest);
  const tokens = (piece) => piece.match(TOKEN) ?? [];
  const found = nested || rows.length === 1
    ? lists(tokens(rest)) : rows.map((row) => lists(tokens(row)));
  return found && !found.includes(null) && shapeOf(found) !== null ? found : null;
}

return { readNumber, readNumbers, shapeOf };
});
