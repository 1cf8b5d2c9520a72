// Numbers as a reader sees and types them, and as Python code has them.
"use strict";

globalThis.cnnbookDiagrams.part("numbers", ({ echo, finite, refuse, say }) => {

// At most four significant digits and a true minus sign: the twin of values.number in Python.
function number(value, digits = 4) {
  let v = Number(value.toPrecision(12));
  if (!(Number.isInteger(v) && Math.abs(v) < 1e6)) v = Number(v.toPrecision(digits));
  const plain = v === 0 || (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e6);
  return (plain ? String(v) : v.toExponential().replace("+", "")).replace(/-/g, "−");
}

// What fits into a cell; the cell's label has the number in full.
function brief(value) {
  const v = Number(value.toPrecision(12));
  const size = Math.abs(v);
  if (Number.isInteger(v) && size < 1e4) return number(v);
  if (size >= 1e4) return v.toExponential(0).replace("+", "").replace(/-/g, "−");
  if (size < 0.005) return v < 0 ? "−0.00" : "0.00";
  return number(Number(v.toFixed(size < 10 ? 2 : size < 1000 ? 1 : 0)));
}

// A probability in percent, as values.percent writes it.
function percent(value) {
  const share = 100 * value;
  if (share > 0 && share < 0.01) return say("under {share}", { share: "0.01 %" });
  if (share < 100 && share > 99.99) return say("over {share}", { share: "99.99 %" });
  return `${number(Math.round(1000 * share) / 1000)} %`;
}

// A factor of a product: negative ones in brackets.
const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));

// One number as a reader types it: −1, .5, 1e3, 1/9.
function parseNumber(text) {
  const form = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\/(\d+\.?\d*))?$/i;
  const found = form.exec(text.trim().replace(/[−–]/g, "-"));
  if (!found) refuse(say("“{text}” is not a number.", { text: echo(text.trim()) }));
  return finite(say("The number"), Number(found[1]) / (found[2] ? Number(found[2]) : 1));
}

// A matrix as rows of numbers, or nested lists as Python and NumPy print them.
function parseTensor(text) {
  if (text.length > 20000) refuse(say("The text is too long for a diagram."));
  if (!text.includes("[")) {
    const rows = text.split("\n").map((row) => row.split(/[\s,;]+/).filter(Boolean));
    return rows.filter((row) => row.length).map((row) => row.map(parseNumber));
  }
  const lists = text
    .replace(/[−–]/g, "-")
    .replace(/(\d)\.(?!\d)/g, "$1.0")
    .replace(/([\d\]])[ \t\n]+(?=[-\d[])/g, "$1, ");
  try {
    return JSON.parse(lists);
  } catch {
    return refuse(
      say("The text cannot be read; expected rows of numbers, or [[1, 2], [3, 4]]."));
  }
}

// Rows of numbers for a matrix, nested lists for more axes.
function rowsOf(value) {
  return Array.isArray(value[0]) && !Array.isArray(value[0][0])
    ? value.map((row) => row.join(" ")).join("\n")
    : JSON.stringify(value).replace(/,/g, ", ");
}

// A value as Python writes it; pairs are tuples of equal entries written once.
function py(value) {
  if (typeof value === "string") return `"${value}"`;
  if (!Array.isArray(value)) return String(value);
  return `[${value.map(py).join(", ")}]`;
}
const pyPair = (v) => (Array.isArray(v) ? (v[0] === v[1] ? py(v[0]) : `(${v.join(", ")})`) : py(v));

// Python code: the imports, arrays by their names, then lines.
function pyCode(arrays, ...lines) {
  const made = Object.entries(arrays).map(([name, value]) =>
    `${name} = np.array(${py(value)}, dtype=np.float64)`);
  return ["import numpy as np", "import cnnbook", "from cnnbook import diagrams", "", ...made,
    ...lines, ""].join("\n");
}

return { brief, factor, number, parseNumber, parseTensor, percent, py, pyCode, pyPair, rowsOf };
});
