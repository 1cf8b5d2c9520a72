// How windows move over an input: the arithmetic that all diagrams share.
"use strict";

globalThis.cnnbookDiagrams.part("windows", ({
  LIMITS, MODES, choice, pair, refuse, say, tensor,
}) => {

// How a window moves along one axis, in indices of the padded input. Everything below asks this:
// at(o, u) is where tap u of output o lies, source(p) which input pixel stands there (−1: none).
function axis(n, k, s, before, after, d, mode = "zeros") {
  const span = d * (k - 1) + 1;
  const room = n + before + after - span;
  if (room < 0) {
    refuse(say("A kernel that spans {span} does not fit into {size} + {padding} of padding.",
      { span, size: n, padding: before + after }));
  }
  const added = Math.max(before, after);
  const most = { zeros: Infinity, replicate: Infinity, reflect: n - 1, circular: n }[mode];
  if (added > most) {
    refuse(say("padding is {padding}; expected at most {most} for padding_mode {mode}.",
      { padding: added, most, mode }));
  }
  const outside = {
    zeros: () => -1,
    reflect: (i) => (i < 0 ? -i : 2 * (n - 1) - i),
    replicate: (i) => (i < 0 ? 0 : n - 1),
    circular: (i) => (i + n) % n,
  }[mode];
  const at = (o, u) => o * s + u * d;
  const source = (p) => (p >= before && p < before + n ? p - before : outside(p - before));
  const out = Math.floor(room / s) + 1;
  const read = new Set();
  for (let o = 0; o < out; o += 1) for (let u = 0; u < k; u += 1) read.add(at(o, u) - before);
  const unread = [...Array(n).keys()].filter((i) => !read.has(i));
  return { n, k, s, d, before, after, span, out, at, source, unread, padded: n + before + after };
}

// Both axes of a window operation. padding: one number or two, at most `most`, or "same".
function axes(size, kernel, stride, padding, dilation, mode, most = LIMITS.padding) {
  const same = padding === "same";
  if (same && Math.max(...stride) > 1) refuse(say("padding “same” needs stride 1."));
  const sides = same ? [0, 0] : pair(say("padding"), padding, 0, most);
  return size.map((n, i) => {
    // An odd total has no equal halves: the extra pixel goes after, as in PyTorch.
    const total = same ? dilation[i] * (kernel[i] - 1) : 2 * sides[i];
    const before = Math.floor(total / 2);
    return axis(n, kernel[i], stride[i], before, total - before, dilation[i], mode);
  });
}

// The same for a state with an input and a kernel.
function kernelAxes(state) {
  return axes(
    tensor(say("The input"), state.x, [LIMITS.side, LIMITS.side]),
    tensor(say("The kernel"), state.kernel, [LIMITS.kernel, LIMITS.kernel]),
    pair(say("stride"), state.stride, 1, LIMITS.stride), state.padding,
    pair(say("dilation"), state.dilation, 1, LIMITS.dilation),
    choice("padding_mode", state.padding_mode ?? "zeros", MODES));
}

// The gradient of the output. Not given: 1, 2, 3, ..., so that each can be followed.
function gradientOf(state, rows, columns) {
  const gradient = state.grad_output ?? matrix(rows.out, columns.out, (i, j) => i * columns.out + j + 1);
  const given = tensor(say("The gradient"), gradient, [32, 32]);
  if (given[0] !== rows.out || given[1] !== columns.out) {
    refuse(say("The gradient is {given}; expected {expected}, as the output.",
      { given: given.join("×"), expected: `${rows.out}×${columns.out}` }));
  }
  return gradient;
}

// A matrix from a function of its indices.
function matrix(height, width, value) {
  return Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) =>
    value(r, c)));
}

// Which rows and columns no window reads, in words; empty if there are none.
function unreadNote(rows, columns) {
  const [r, c] = [rows.unread, columns.unread];
  const list = { rows: r.join(", "), columns: c.join(", ") };
  const ofRows = r.length > 1 ? say("rows {rows}", list) : say("row {rows}", list);
  const ofColumns = c.length > 1 ? say("columns {columns}", list) : say("column {columns}", list);
  if (r.length && c.length) {
    return say("✕ not read: {rows} and {columns}", { rows: ofRows, columns: ofColumns });
  }
  if (!r.length && !c.length) return "";
  return say("✕ not read: {pixels}", { pixels: r.length ? ofRows : ofColumns });
}

// One input channel under one kernel: what both kinds of window operation are made of.
function correlate(plane, kernel, rows, columns) {
  return matrix(rows.out, columns.out, (i, j) => {
    let sum = 0;
    for (let u = 0; u < rows.k; u += 1) {
      const r = rows.source(rows.at(i, u));
      for (let v = 0; r >= 0 && v < columns.k; v += 1) {
        const c = columns.source(columns.at(j, v));
        if (c >= 0) sum += kernel[u][v] * plane[r][c];
      }
    }
    return sum;
  });
}

return { axes, axis, correlate, gradientOf, kernelAxes, matrix, unreadNote };
});
