// Several channels: each meets its own slice of a kernel, the partial sums are added. Input
// channels are layers from top to bottom, kernels are columns from left to right.
"use strict";

globalThis.cnnbookDiagrams.part("channels", ({
  Diagram, Grid, axis, brief, correlate, define, el, factor, named, number, plus, product, pyCode,
  refuse, say, sayParts, tensor,
}) => {

// The axes, parts[o][c] (what channel c gives to output o, for every place) and the output.
function compute({ x, weight, bias }) {
  const [channels, height, width] = tensor(say("The input"), x, [4, 8, 8]);
  const [outputs, slices, tall, wide] = tensor(say("The weight"), weight, [4, 4, 5, 5]);
  if (slices !== channels) {
    refuse(say("The input has {channels} channels and each kernel {slices} slices; " +
      "expected as many.", { channels, slices }));
  }
  if (tensor(say("The bias"), bias, [4])[0] !== outputs) {
    refuse(say("The bias has {count} numbers; expected one for each of {kernels} kernels.",
      { count: bias.length, kernels: outputs }));
  }
  const rows = axis(height, tall, 1, 0, 0, 1);
  const columns = axis(width, wide, 1, 0, 0, 1);
  const parts = weight.map((kernel) => kernel.map((slice, c) => correlate(x[c], slice, rows, columns)));
  const y = parts.map((list, o) => list[0].map((row, i) => row.map((_, j) =>
    list.reduce((sum, part) => sum + part[i][j], 0) + bias[o])));
  return { rows, columns, parts, y, channels, outputs };
}

class Channels extends Diagram {
  static get title() { return say("Convolution of several channels"); }
  static get hint() {
    return say("Drag over a channel to paint · click a number twice to type another · point at an " +
      "output to see its sum");
  }
  static compute = compute;
  static shared = ["x", "weight", "bias"];

  build() {
    this.stage = el("div", { class: "stage scroll" });
    this.app.append(
      this.front(this.preset(say("example"), "example")),
      this.message, this.stage,
      this.player(() => this.result.outputs * this.places(), (step) => {
        const [channel, row, column] = this.place(step);
        return say("output channel {channel}, row {row}, column {column}",
          { channel, row, column });
      }),
      this.sentence(),
      this.texts([say("Input"), "x"], [say("Weight"), "weight"], [say("Bias"), "bias"]),
      this.python(() => this.code()),
    );
    new ResizeObserver(() => this.fold()).observe(this.app);
  }

  places() {
    return this.result.rows.out * this.result.columns.out;
  }

  place(step) {
    const at = step % this.places();
    const wide = this.result.columns.out;
    return [Math.floor(step / this.places()), Math.floor(at / wide), at % wide];
  }

  // The grids stand in a table: a row for each input channel, a column for each kernel.
  arrange() {
    const { channels, outputs } = this.result;
    if (this.shape === `${channels} ${outputs}`) return;
    this.shape = `${channels} ${outputs}`;
    const list = (length, make) => Array.from({ length }, (_, index) => make(index));
    const leave = () => { this.pointed = null; this.mark(); };
    this.inputs = list(channels, (c) => new Grid("input", say("Channel {channel}", { channel: c }), {
      name: named(say("input channel {channel}", { channel: c })),
      paints: true, edit: (r, k, text) => this.edit("x", [c, r, k], text),
    }));
    this.kernels = list(outputs, (o) => list(channels, (c) => {
      const point = () => { this.pointed = [o, ...this.place(this.step).slice(1)]; this.mark(); };
      const names = { kernel: o, channel: c };
      return new Grid("kernel", say("Kernel {kernel}, channel {channel}", names), {
        name: named(say("kernel {kernel}, channel {channel},", names)), point, leave,
        edit: (r, k, text) => this.edit("weight", [o, c, r, k], text),
      });
    }));
    this.outputs = list(outputs, (o) => new Grid("output", say("Output {channel}", { channel: o }), {
      name: named(say("output channel {channel}", { channel: o })), leave,
      point: (r, c) => { this.pointed = [o, r, c]; this.mark(); },
      pick: (r, c) => {
        this.play(false);
        this.pointed = null;
        this.go(o * this.places() + r * this.result.columns.out + c);
      },
    }));
    // The row says which channel: the caption need not.
    this.kernels.forEach((list, o) => list.forEach((kernel) =>
      kernel.describe(say("Kernel {kernel}", { kernel: o }))));
    // The partial sum of the current place stands below each slice, the sum above the output.
    this.partial = list(outputs, () => list(channels, () => el("p", { class: "partial" })));
    this.total = list(outputs, () => el("p", { class: "partial total" }));
    const cell = (...children) => el("div", {}, ...children);
    const row = (...cells) => el("div", { class: "row" }, ...cells);
    this.stage.style.setProperty("--kernels", outputs);
    this.stage.replaceChildren(
      ...this.inputs.map((input, c) => row(cell(input.box),
        ...this.kernels.map((slices, o) => cell(slices[c].box, this.partial[o][c])))),
      row(el("div", { class: "sign" }, "Σ"),
        ...this.outputs.map((output, o) => cell(this.total[o], output.box))));
  }

  // Where the table is too wide its rows fold, so that every kernel can be reached.
  fold() {
    this.stage.classList.remove("folded");
    this.stage.classList.toggle("folded", this.stage.scrollWidth > this.stage.clientWidth);
  }

  draw() {
    this.arrange();
    const { rows, columns, outputs } = this.result;
    const { x, weight } = this.state;
    const wide = columns.n + outputs * Math.max(columns.k, columns.out, 2);
    this.app.style.setProperty("--all", wide + outputs);
    x.forEach((plane, c) => this.inputs[c].fill(rows.n, columns.n, (r, k) => ({ value: plane[r][k] })));
    weight.forEach((kernel, o) => kernel.forEach((slice, c) =>
      this.kernels[o][c].fill(rows.k, columns.k, (r, k) => ({ value: slice[r][k] }))));
    const size = String([rows.n, columns.n, columns.k, columns.out, this.shape]);
    if (size !== this.size) this.fold();
    this.size = size;
  }

  mark() {
    const { rows, columns, parts, y } = this.result;
    const { x, weight, bias } = this.state;
    const [o, i, j] = this.pointed ?? this.place(this.step);
    this.outputs.forEach((output, p) => {
      const reached = (a, b) => p * this.places() + a * columns.out + b <= this.step ||
        (p === o && a === i && b === j);
      output.fill(rows.out, columns.out, (a, b) =>
        ({ value: y[p][a][b], kind: reached(a, b) ? "" : "blank" }));
      output.mark(p === o ? [{ r: i, c: j, as: "now" }] : []);
      output.frame(...(p === o ? [[i, j, 1, 1, "output"]] : []));
      this.kernels[p].forEach((kernel, c) => {
        kernel.frame(...(p === o ? [[0, 0, rows.k, columns.k, "kernel"]] : []));
        this.partial[p][c].textContent = p === o ? `→ ${brief(parts[p][c][i][j])}` : "";
      });
      this.total[p].textContent = p === o && bias[o]
        ? say("Σ + bias {bias}", { bias: brief(bias[o]) }) : "";
    });
    const lines = [];
    this.inputs.forEach((input, c) => {
      const [taps, terms] = [[], []];
      weight[o][c].forEach((row, u) => row.forEach((value, v) => {
        const [r, k] = [rows.at(i, u), columns.at(j, v)];
        taps.push({ r, c: k, as: "tap", weight: `×${number(value, 2)}` });
        terms.push(product(x[c][r][k], "input", value, "kernel"));
      }));
      input.mark(taps);
      input.frame([i, j, rows.span, columns.span, "kernel"]);
      lines.push(el("span", { class: "line" }, ...sayParts("channel {channel}: {products} = {sum}",
        { channel: c, products: plus(terms), sum: el("b", {}, number(parts[o][c][i][j])) })));
    });
    const sums = parts[o].map((part) => factor(part[i][j]));
    if (bias[o]) sums.push(say("{number} (bias)", { number: factor(bias[o]) }));
    this.live.replaceChildren(...lines, el("span", { class: "line" },
      `y[${o}, ${i}, ${j}] = ${sums.join(" + ")} = `,
      el("b", { class: "output" }, number(y[o][i][j]))));
  }

  code() {
    const { x, weight, bias } = this.state;
    return pyCode({ x, weight, bias },
      "y = cnnbook.conv2d(x, weight, bias)", "diagrams.channels(x, weight, bias)");
  }
}

define("channels", Channels);
});
