// One kernel slides over one input. Pointing at an output shows what it was computed from;
// pointing at an input shows which outputs read it.
(() => {
"use strict";

const {
  Explorer, Grid, LIMITS, MODES, axis, choice, correlate, define, el, factor, number, pair,
  parseNumber, py, pyPair, refuse, tensor, unreadNote,
} = globalThis.cnnbookExplorers;

// Both axes, the padded input and the output of a state.
function compute(state) {
  const size = tensor("The input", state.x, [LIMITS.side, LIMITS.side]);
  const kernel = tensor("The kernel", state.kernel, [LIMITS.kernel, LIMITS.kernel]);
  tensor("The bias", state.bias, []);
  const stride = pair("stride", state.stride, 1, LIMITS.stride);
  const dilation = pair("dilation", state.dilation, 1, LIMITS.dilation);
  choice("padding_mode", state.padding_mode, MODES);
  const same = state.padding === "same";
  if (same && Math.max(...stride) > 1) refuse("padding “same” needs stride 1.");
  const padding = same ? [0, 0] : pair("padding", state.padding, 0, LIMITS.padding);
  const [rows, columns] = [0, 1].map((i) => {
    // An odd total has no equal halves: the extra pixel goes after, as in PyTorch.
    const total = same ? dilation[i] * (kernel[i] - 1) : 2 * padding[i];
    const before = Math.floor(total / 2);
    return axis(size[i], kernel[i], stride[i], before, total - before, dilation[i],
      state.padding_mode);
  });
  const plain = correlate(state.x, state.kernel, rows, columns);
  return { rows, columns, y: plain.map((row) => row.map((value) => value + state.bias)) };
}

class Convolution extends Explorer {
  static title = "Convolution, step by step";
  static compute = compute;

  build() {
    const at = (label) => (r, c) => `${label} row ${r}, column ${c}`;
    const leave = () => { this.pointed = null; this.mark(); };
    const point = (what) => (r, c) => { this.pointed = [what, r, c]; this.mark(); };
    const pickInput = (r, c) => { this.looked = [r, c]; this.pointed = null; this.mark(); };
    const pickOutput = (r, c) => {
      this.play(false);
      this.pointed = null;
      this.go(r * this.result.columns.out + c);
    };
    this.input = new Grid("input", "Input", {
      name: (r, c) => {
        const { rows, columns } = this.result;
        return at("input")(r - rows.before, c - columns.before);
      },
      point: point("input"), pick: pickInput, leave,
      canEdit: (r, c) => this.pixel(r, c) !== null,
      edit: (r, c, text) => this.edit("x", this.pixel(r, c), text),
    });
    this.kernel = new Grid("kernel", "Kernel", {
      name: at("kernel"), leave, point: point("kernel"), pick: point("kernel"),
      edit: (r, c, text) => this.edit("kernel", [r, c], text),
    });
    this.output = new Grid("output", "Output", {
      name: at("output"), point: point("output"), pick: pickOutput, leave,
    });
    this.formula = el("p", { class: "note" });
    const steps = () => this.result.rows.out * this.result.columns.out;
    const cell = (step) => {
      const { columns } = this.result;
      return `row ${Math.floor(step / columns.out)}, column ${step % columns.out}`;
    };
    this.app.append(
      el("div", { class: "bar" },
        this.preset("input"), this.preset("kernel"),
        this.size("stride", "stride", [1, 2, 3, [1, 2], [2, 1]]),
        this.size("padding", "padding", [0, 1, 2, 3], ["same"]),
        this.select("padding mode", () => MODES.map((mode) => [mode, mode]),
          () => this.state.padding_mode, (mode) => this.set({ padding_mode: mode })),
        this.size("dilation", "dilation", [1, 2, 3]),
        this.field("bias", () => this.state.bias, (text) => this.set(() =>
          ({ bias: parseNumber(text) })))),
      this.message,
      el("div", { class: "grids" }, this.input.box, el("span", { class: "sign" }, "⋆"),
        this.kernel.box, el("span", { class: "sign" }, "="), this.output.box),
      this.player(steps, cell),
      this.sentence(),
      this.formula,
      this.texts({ Input: "x", Kernel: "kernel" }),
      this.python(() => this.code()),
    );
  }

  // The input pixel at a padded place, or null where there is only padding.
  pixel(r, c) {
    const { rows, columns } = this.result;
    const inside = (a, p) => p >= a.before && p < a.before + a.n;
    return inside(rows, r) && inside(columns, c) ? [r - rows.before, c - columns.before] : null;
  }

  // The number at a padded place, whatever filled it.
  valueAt(r, c) {
    const [i, j] = [this.result.rows.source(r), this.result.columns.source(c)];
    return i < 0 || j < 0 ? 0 : this.state.x[i][j];
  }

  draw() {
    const { rows, columns } = this.result;
    const { kernel } = this.state;
    this.app.style.setProperty("--all", columns.padded + columns.k + columns.out);
    this.input.fill(rows.padded, columns.padded, (r, c) => {
      const pixel = this.pixel(r, c);
      const unread = pixel && (rows.unread.includes(pixel[0]) || columns.unread.includes(pixel[1]));
      return { value: this.valueAt(r, c), kind: !pixel ? "padding" : unread ? "unused" : "" };
    });
    this.kernel.fill(rows.k, columns.k, (r, c) => ({ value: kernel[r][c] }));
    const padded = rows.padded > rows.n || columns.padded > columns.n;
    this.input.describe(`Input ${rows.n}×${columns.n}` +
      (padded ? `, padded ${rows.padded}×${columns.padded}` : ""), unreadNote(rows, columns));
    this.kernel.describe(`Kernel ${rows.k}×${columns.k}`);
    this.output.describe(`Output ${rows.out}×${columns.out}`);
    const size = ({ n, before, after, d, k, s, out }) =>
      `⌊(${n} + ${before + after} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1 = ${out}`;
    const both = [size(rows), size(columns)];
    this.formula.textContent = both[0] === both[1]
      ? `Output height and width: ${both[0]}`
      : `Output height: ${both[0]}; width: ${both[1]}`;
  }

  mark() {
    const { rows, columns, y } = this.result;
    // The pointer goes before the focus, and both before the step.
    const [what, r, c] = this.pointed ?? (this.looked ? ["input", ...this.looked] : []);
    const now = [Math.floor(this.step / columns.out), this.step % columns.out];
    const [i, j] = what === "output" ? [r, c] : now;
    const reached = (a, b) => a * columns.out + b <= this.step || (a === i && b === j);
    this.output.fill(rows.out, columns.out, (a, b) =>
      ({ value: y[a][b], kind: reached(a, b) ? "" : "blank" }));
    if (what === "input" && r < rows.padded && c < columns.padded) this.markReaders(r, c);
    else this.markWindow(i, j, what === "kernel" ? [r, c] : null);
  }

  // Output (i, j): the window it reads, with the kernel's numbers in it, and the arithmetic.
  markWindow(i, j, only) {
    const { rows, columns, y } = this.result;
    const { kernel, bias } = this.state;
    const [taps, terms] = [[], []];
    kernel.forEach((row, u) => row.forEach((weight, v) => {
      const [r, c] = [rows.at(i, u), columns.at(j, v)];
      taps.push({ r, c, as: "tap", weight: `×${number(weight, 2)}` });
      const [a, w] = [el("b", { class: "input" }, factor(this.valueAt(r, c))),
        el("b", { class: "kernel" }, factor(weight))];
      const chosen = only && only[0] === u && only[1] === v;
      terms.push(terms.length ? " + " : "", el("span", { class: chosen ? "chosen" : "" }, a, "×", w));
    }));
    if (bias) terms.push(" + ", el("span", {}, factor(bias), " (bias)"));
    this.input.mark(taps);
    this.kernel.mark(only ? [{ r: only[0], c: only[1], as: "now" }] : []);
    this.output.mark([{ r: i, c: j, as: "now" }]);
    this.input.frame([rows.at(i, 0), columns.at(j, 0), rows.span, columns.span, "kernel"]);
    this.output.frame([i, j, 1, 1, "output"]);
    this.live.replaceChildren(`y[${i}, ${j}] = `, ...terms, " = ",
      el("b", { class: "output" }, number(y[i][j])));
  }

  // Input (r, c), counted with padding: the outputs that read it, with the weight it meets in each.
  markReaders(r, c) {
    const { rows, columns } = this.result;
    const hits = (a, p) => {
      const found = [];
      for (let o = 0; o < a.out; o += 1) {
        for (let u = 0; u < a.k; u += 1) if (a.at(o, u) === p) found.push([o, u]);
      }
      return found;
    };
    const readers = hits(rows, r).flatMap(([i, u]) => hits(columns, c).map(([j, v]) =>
      ({ r: i, c: j, as: "reader", weight: `×${number(this.state.kernel[u][v], 2)}` })));
    this.input.mark([{ r, c, as: "now" }]);
    this.input.frame([r, c, 1, 1, "input"]);
    this.kernel.mark([]);
    this.output.mark(readers);
    this.output.frame();
    const place = `[${r - rows.before}, ${c - columns.before}]`.replace(/-/g, "−");
    const name = this.pixel(r, c) ? `x${place}` : `Padding ${place}`;
    const list = readers.map((o) => `y[${o.r}, ${o.c}] ${o.weight}`).join(", ");
    const count = readers.length === 1 ? "1 output" : `${readers.length} outputs`;
    this.live.replaceChildren(el("b", { class: "input" },
      `${name} = ${number(this.valueAt(r, c))}`), ` is read by ${count}`, list ? `: ${list}` : ".");
  }

  code() {
    const { x, kernel, bias, stride, padding, dilation, padding_mode: mode } = this.state;
    const rest = [`stride=${pyPair(stride)}`, `padding=${pyPair(padding)}`,
      `dilation=${pyPair(dilation)}`, `padding_mode=${py(mode)}`].join(", ");
    return [
      "import numpy as np", "import cnnbook", "from cnnbook import explorers", "",
      `x = np.array(${py(x)}, dtype=np.float64)`,
      `kernel = np.array(${py(kernel)}, dtype=np.float64)`,
      `bias = np.array([${py(bias)}], dtype=np.float64)`,
      `y = cnnbook.conv2d(x[None], kernel[None, None], bias, ${rest})[0]`,
      `explorers.convolution(x, kernel, bias=${py(bias)}, ${rest})`, "",
    ].join("\n");
  }
}

define("convolution", Convolution);
})();
