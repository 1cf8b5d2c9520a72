// Several channels: each meets its own slice of a kernel, the partial sums are added. Input
// channels are layers from top to bottom, kernels are columns from left to right.
"use strict";

globalThis.cnnbookDiagrams.part("channels", ({
  Diagram, Grid, axis, brief, correlate, define, el, factor, named, number, plus, product, pyCode,
  refuse, tensor,
}) => {

// The axes, parts[o][c] (what channel c gives to output o, for every place) and the output.
function compute({ x, weight, bias }) {
  const [channels, height, width] = tensor("The input", x, [4, 8, 8]);
  const [outputs, slices, tall, wide] = tensor("The weight", weight, [4, 4, 5, 5]);
  if (slices !== channels) {
    refuse(`The input has ${channels} channels and each kernel ${slices} slices; expected as many.`);
  }
  if (tensor("The bias", bias, [4])[0] !== outputs) {
    refuse(`The bias has ${bias.length} numbers; expected one for each of ${outputs} kernels.`);
  }
  const rows = axis(height, tall, 1, 0, 0, 1);
  const columns = axis(width, wide, 1, 0, 0, 1);
  const parts = weight.map((kernel) => kernel.map((slice, c) => correlate(x[c], slice, rows, columns)));
  const y = parts.map((list, o) => list[0].map((row, i) => row.map((_, j) =>
    list.reduce((sum, part) => sum + part[i][j], 0) + bias[o])));
  return { rows, columns, parts, y, channels, outputs };
}

class Channels extends Diagram {
  static title = "Convolution of several channels";
  static compute = compute;

  build() {
    this.stage = el("div", { class: "stage scroll" });
    this.app.append(
      el("div", { class: "bar" }, this.preset("example")),
      this.message, this.stage,
      this.player(() => this.result.outputs * this.places(), (step) => {
        const [o, i, j] = this.place(step);
        return `output channel ${o}, row ${i}, column ${j}`;
      }),
      this.sentence(),
      this.texts({ Input: "x", Weight: "weight", Bias: "bias" }),
      this.python(() => this.code()),
    );
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
    this.inputs = list(channels, (c) => new Grid("input", `Channel ${c}`, {
      name: named(`input channel ${c}`),
      edit: (r, k, text) => this.edit("x", [c, r, k], text),
    }));
    this.kernels = list(outputs, (o) => list(channels, (c) => {
      const point = () => { this.pointed = [o, ...this.place(this.step).slice(1)]; this.mark(); };
      return new Grid("kernel", `Kernel ${o}, channel ${c}`, {
        name: named(`kernel ${o}, channel ${c},`), point, leave,
        edit: (r, k, text) => this.edit("weight", [o, c, r, k], text),
      });
    }));
    this.outputs = list(outputs, (o) => new Grid("output", `Output ${o}`, {
      name: named(`output channel ${o}`), leave,
      point: (r, c) => { this.pointed = [o, r, c]; this.mark(); },
      pick: (r, c) => {
        this.play(false);
        this.pointed = null;
        this.go(o * this.places() + r * this.result.columns.out + c);
      },
    }));
    // The row says which channel: the caption need not.
    this.kernels.forEach((list, o) => list.forEach((kernel) => kernel.describe(`Kernel ${o}`)));
    // The partial sum of the current place stands below each slice, the sum above the output.
    this.partial = list(outputs, () => list(channels, () => el("p", { class: "partial" })));
    this.total = list(outputs, () => el("p", { class: "partial total" }));
    const cells = [];
    for (let c = 0; c < channels; c += 1) {
      cells.push(el("div", {}, this.inputs[c].box));
      for (let o = 0; o < outputs; o += 1) {
        cells.push(el("div", {}, this.kernels[o][c].box, this.partial[o][c]));
      }
    }
    cells.push(el("div", { class: "sign" }, "Σ"));
    for (let o = 0; o < outputs; o += 1) cells.push(el("div", {}, this.total[o], this.outputs[o].box));
    this.stage.style.setProperty("--kernels", outputs);
    this.stage.replaceChildren(...cells);
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
      this.total[p].textContent = p === o ? (bias[o] ? `Σ + bias ${brief(bias[o])}` : "") : "";
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
      lines.push(el("span", { class: "line" }, `channel ${c}: `, ...plus(terms), " = ",
        el("b", {}, number(parts[o][c][i][j]))));
    });
    const sums = parts[o].map((part) => factor(part[i][j])).join(" + ");
    this.live.replaceChildren(...lines, el("span", { class: "line" }, `y[${o}, ${i}, ${j}] = ${sums}` +
      (bias[o] ? ` + ${factor(bias[o])} (bias)` : "") + " = ",
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
