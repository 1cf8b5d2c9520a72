// One kernel slides over one input. Pointing at an output shows what it was computed from;
// pointing at an input shows which outputs read it.
"use strict";

globalThis.cnnbookDiagrams.part("convolution", ({
  Grid, MODES, Windowed, correlate, define, el, factor, kernelAxes, named, number, parseNumber,
  plus, product, py, pyCode, pyPair, say, sayParts, tensor,
}) => {

// Both axes and the output of a state.
function compute(state) {
  const [rows, columns] = kernelAxes(state);
  tensor(say("The bias"), state.bias, []);
  const plain = correlate(state.x, state.kernel, rows, columns);
  return { rows, columns, y: plain.map((row) => row.map((value) => value + state.bias)) };
}

// PyTorch's names for what fills the padding.
const MODE_NAMES = {
  zeros: () => say("zeros"), reflect: () => say("reflect"), replicate: () => say("replicate"),
  circular: () => say("circular"),
};

class Convolution extends Windowed {
  static get title() { return say("Convolution, step by step"); }
  static get hint() {
    return say("Drag over the input to paint · click a number twice to type another · " +
      "arrow keys move the window");
  }
  static compute = compute;
  static shared = ["x", "kernel", "bias", "stride", "padding", "dilation", "padding_mode"];

  build() {
    this.inputGrid((r, c) => ["input", r, c]);
    this.kernel = new Grid("kernel", say("Kernel"), {
      ...this.pointing((r, c) => ["kernel", r, c]), name: named(say("kernel")),
      edit: (r, c, text) => this.edit("kernel", [r, c], text),
    });
    this.output = new Grid("output", say("Output"), { ...this.stepping(), name: named(say("output")) });
    this.formula = el("p", { class: "note" });
    this.app.append(
      this.front(this.preset(say("example"), "example"),
        this.size(say("stride"), "stride", [1, 2, 3, [1, 2], [2, 1]]),
        this.size(say("padding"), "padding", [0, 1, 2, 3], ["same"])),
      this.more({ padding_mode: "zeros", dilation: [1, 1], bias: 0 },
        this.preset(say("input"), "input"), this.preset(say("kernel"), "kernel"),
        this.select(say("padding mode"), () => MODES.map((mode) => [MODE_NAMES[mode](), mode]),
          () => this.state.padding_mode, (mode) => this.set({ padding_mode: mode })),
        this.size(say("dilation"), "dilation", [1, 2, 3]),
        this.field(say("bias"), () => this.state.bias, (text) => this.set(() =>
          ({ bias: parseNumber(text) })))),
      this.message,
      el("div", { class: "grids" }, this.input.box, el("span", { class: "sign" }, "⋆"),
        this.kernel.box, el("span", { class: "sign" }, "="), this.output.box),
      this.walk(),
      this.sentence(),
      this.formula,
      this.texts([say("Input"), "x"], [say("Kernel"), "kernel"]),
      this.python(() => this.code()),
    );
  }

  draw() {
    const { rows, columns } = this.result;
    const { kernel } = this.state;
    this.app.style.setProperty("--all", columns.padded + columns.k + columns.out);
    this.drawInput();
    this.kernel.fill(rows.k, columns.k, (r, c) => ({ value: kernel[r][c] }));
    this.kernel.describe(say("Kernel {size}", { size: `${rows.k}×${columns.k}` }));
    this.output.describe(say("Output {size}", { size: `${rows.out}×${columns.out}` }));
    const size = ({ n, before, after, d, k, s, out }) =>
      `⌊(${n} + ${before + after} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1 = ${out}`;
    const both = [size(rows), size(columns)];
    this.formula.textContent = both[0] === both[1]
      ? say("Output height and width: {both}", { both: both[0] })
      : say("Output height: {height}; width: {width}", { height: both[0], width: both[1] });
  }

  mark() {
    const { rows, columns, y } = this.result;
    // The pointer goes before the focus, and both before the step.
    const [what, r, c] = this.pointed ?? this.looked ?? [];
    const now = this.place(this.step);
    const [i, j] = what === "output" ? [r, c] : now;
    const reached = (a, b) => a * columns.out + b <= this.step || (a === i && b === j);
    this.output.fill(rows.out, columns.out, (a, b) =>
      ({ value: y[a][b], kind: reached(a, b) ? "" : "blank" }));
    if (what === "input" && r < rows.padded && c < columns.padded) this.markReaders(r, c);
    else this.markWindow(i, j, what === "kernel" && r < rows.k && c < columns.k ? [r, c] : null);
  }

  // Output (i, j): the window it reads, with the kernel's numbers in it, and the arithmetic.
  markWindow(i, j, only) {
    const { rows, columns, y } = this.result;
    const { kernel, bias } = this.state;
    const [taps, terms] = [[], []];
    kernel.forEach((row, u) => row.forEach((weight, v) => {
      const [r, c] = [rows.at(i, u), columns.at(j, v)];
      taps.push({ r, c, as: "tap", weight: `×${number(weight, 2)}` });
      const term = product(this.valueAt(r, c), "input", weight, "kernel");
      if (only && only[0] === u && only[1] === v) term.className = "chosen";
      terms.push(term);
    }));
    if (bias) terms.push(el("span", {}, say("{number} (bias)", { number: factor(bias) })));
    this.input.mark(taps);
    this.kernel.mark(only ? [{ r: only[0], c: only[1], as: "now" }] : []);
    this.output.mark([{ r: i, c: j, as: "now" }]);
    this.input.frame([rows.at(i, 0), columns.at(j, 0), rows.span, columns.span, "kernel"]);
    this.output.frame([i, j, 1, 1, "output"]);
    this.live.replaceChildren(`y[${i}, ${j}] = `, ...plus(terms), " = ",
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
    const name = this.pixel(r, c) ? `x${place}` : say("Padding {place}", { place });
    const parts = {
      pixel: el("b", { class: "input" }, `${name} = ${number(this.valueAt(r, c))}`),
      count: readers.length,
      list: readers.map((o) => `y[${o.r}, ${o.c}] ${o.weight}`).join(", "),
    };
    this.live.replaceChildren(...(readers.length === 0
      ? sayParts("{pixel} is read by 0 outputs.", parts) : readers.length === 1
        ? sayParts("{pixel} is read by 1 output: {list}", parts)
        : sayParts("{pixel} is read by {count} outputs: {list}", parts)));
  }

  code() {
    const { x, kernel, bias, stride, padding, dilation, padding_mode: mode } = this.state;
    const rest = [`stride=${pyPair(stride)}`, `padding=${pyPair(padding)}`,
      `dilation=${pyPair(dilation)}`, `padding_mode=${py(mode)}`].join(", ");
    return pyCode({ x, kernel, bias: [bias] },
      `y = cnnbook.conv2d(x[None], kernel[None, None], bias, ${rest})[0]`,
      `diagrams.convolution(x, kernel, bias=${py(bias)}, ${rest})`);
  }
}

define("convolution", Convolution);
});
