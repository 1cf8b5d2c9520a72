// The arithmetic of a transposed convolution: where stamps lie, and what adds up there.
"use strict";

globalThis.cnnbookDiagrams.part("transposed/arithmetic", ({
  LIMITS, matrix, pair, refuse, say, tensor,
}) => {

// MAX_OUTPUT of _transposed.py.
const MOST = 32;

// One axis. at(i, u): where tap u of the stamp of input i lies, counted with what is cut off;
// taps(o): all [i, u] that lie at o. The output is what stands from `before` on, `out` cells.
function stampAxis(n, k, s, before, more, d) {
  if (more >= Math.max(s, d)) {
    refuse(say("output padding is {more}; expected less than the stride ({s}) or the dilation ({d}).",
      { more, s, d }));
  }
  const span = d * (k - 1) + 1;
  const whole = s * (n - 1) + span;
  const out = whole - 2 * before + more;
  if (out < 1) {
    refuse(say("Nothing is left of the output: the stamps span {whole}, and padding cuts {cut} off.",
      { whole, cut: 2 * before }));
  }
  const shown = Math.max(whole, before + out);
  if (shown > MOST) {
    refuse(say("The stamps span {shown}; a diagram shows at most {most} along an axis.",
      { shown, most: MOST }));
  }
  const at = (i, u) => i * s + u * d;
  const found = Array.from({ length: shown }, () => []);
  for (let i = 0; i < n; i += 1) for (let u = 0; u < k; u += 1) found[at(i, u)].push([i, u]);
  return { n, k, s, d, before, more, span, out, shown, at, taps: (o) => found[o] };
}

// What reaches output (r, c): for each stamp its input, its tap and both numbers.
function termsAt({ rows, columns }, { x, kernel }, r, c) {
  return rows.taps(r).flatMap(([i, u]) => columns.taps(c).map(([j, v]) =>
    ({ i, j, u, v, pixel: x[i][j], weight: kernel[u][v] })));
}

const total = (terms) => terms.reduce((sum, { pixel, weight }) => sum + pixel * weight, 0);

// The sums, and the numbers of stamps, after the stamps of the first `steps` inputs.
function laid({ rows, columns }, { x, kernel }, steps) {
  const [sums, counts] = [0, 0].map(() => matrix(rows.shown, columns.shown, () => 0));
  x.forEach((row, i) => row.forEach((pixel, j) => {
    if (i * columns.n + j >= steps) return;
    kernel.forEach((weights, u) => weights.forEach((weight, v) => {
      sums[rows.at(i, u)][columns.at(j, v)] += pixel * weight;
      counts[rows.at(i, u)][columns.at(j, v)] += 1;
    }));
  }));
  return { sums, counts };
}

// What an input of ones gives away from the border: the sums of the taps that lie a stride apart,
// and how many taps these are; [least, most] of both.
function inside({ rows, columns }, kernel) {
  const [sums, counts] = [0, 0].map(() => matrix(rows.s, columns.s, () => 0));
  kernel.forEach((row, u) => row.forEach((weight, v) => {
    const [a, b] = [(u * rows.d) % rows.s, (v * columns.d) % columns.s];
    sums[a][b] += weight;
    counts[a][b] += 1;
  }));
  const ends = (values) => [Math.min(...values.flat()), Math.max(...values.flat())];
  return { sums: ends(sums), counts: ends(counts) };
}

// all and reach: the sums and the numbers of stamps with what is cut off; y and counts without.
function stamps(state) {
  const n = tensor(say("The input"), state.x, [LIMITS.side, LIMITS.side]);
  const k = tensor(say("The kernel"), state.kernel, [LIMITS.kernel, LIMITS.kernel]);
  const s = pair(say("stride"), state.stride, 1, LIMITS.stride);
  const p = pair(say("padding"), state.padding, 0, LIMITS.padding);
  const more = pair(say("output padding"), state.output_padding, 0, LIMITS.padding);
  const d = pair(say("dilation"), state.dilation, 1, LIMITS.dilation);
  const [rows, columns] = [0, 1].map((i) => stampAxis(n[i], k[i], s[i], p[i], more[i], d[i]));
  const axes = { rows, columns };
  const { sums: all, counts: reach } = laid(axes, state, Infinity);
  const kept = (whole) => matrix(rows.out, columns.out, (r, c) =>
    whole[r + rows.before][c + columns.before]);
  return { ...axes, all, reach, y: kept(all), counts: kept(reach), inside: inside(axes, state.kernel) };
}

return { laid, stamps, termsAt, total };
});
