// Pooling and its gradient: what a window keeps, and which pixels the gradient of an output
// goes back to.
"use strict";

globalThis.cnnbookDiagrams.part("pooling", ({
  Grid, LIMITS, Windowed, axes, choice, define, el, factor, gradientOf, matrix, named, number,
  pair, pyCode, pyPair, refuse, say, sayParts, tensor,
}) => {

function poolAxes(state) {
  const size = tensor(say("The input"), state.x, [LIMITS.side, LIMITS.side]);
  const kernel = pair("kernel_size", state.kernel_size, 1, LIMITS.kernel);
  const stride = state.stride === null ? kernel : pair(say("stride"), state.stride, 1, LIMITS.stride);
  const padding = pair(say("padding"), state.padding, 0, LIMITS.padding);
  if (padding.some((p, i) => 2 * p > kernel[i])) {
    refuse(
      say("padding is more than half the kernel; expected that every window reads the input."));
  }
  return axes(size, kernel, stride, padding, [1, 1]);
}

// shares[i][j] lists the pixels of output (i, j) as [row, column, share]: what fraction of the
// output's gradient each receives. The output is the same sum the other way round.
function compute(state) {
  const mode = choice("mode", state.mode, ["max", "mean", "sum"]);
  const [rows, columns] = poolAxes(state);
  const share = { sum: 1, mean: 1 / (rows.k * columns.k) }[mode];
  const shares = matrix(rows.out, columns.out, (i, j) => {
    const pixels = matrix(rows.k, columns.k, (u, v) =>
      [rows.source(rows.at(i, u)), columns.source(columns.at(j, v))])
      .flat().filter(([r, c]) => r >= 0 && c >= 0);
    // Of equal maxima the first wins, row by row.
    const values = pixels.map(([r, c]) => state.x[r][c]);
    const winner = values.indexOf(Math.max(...values));
    return pixels.map(([r, c], index) => [r, c, share ?? Number(index === winner)]);
  });
  const y = shares.map((row) => row.map((list) =>
    list.reduce((sum, [r, c, part]) => sum + part * state.x[r][c], 0)));
  const gradOut = gradientOf(state, rows, columns);
  const gradIn = matrix(rows.n, columns.n, () => 0);
  shares.forEach((row, i) => row.forEach((list, j) => list.forEach(([r, c, part]) => {
    gradIn[r][c] += part * gradOut[i][j];
  })));
  return { rows, columns, shares, y, grad_output: gradOut, grad_input: gradIn };
}

class Pooling extends Windowed {
  static get title() { return say("Pooling, forward and backward"); }
  static get hint() {
    return say("Drag over the input to paint · click a number twice to type another · " +
      "arrow keys move the window");
  }
  static compute = compute;
  static shared = ["x", "kernel_size", "stride", "padding", "mode", "grad_output"];
  static axes = poolAxes;

  build() {
    const output = this.stepping();
    this.inputGrid((r, c) =>
      ["input", r - this.result.rows.before, c - this.result.columns.before]);
    this.output = new Grid("output", say("Output"), { ...output, name: named(say("output")) });
    this.gradOut = new Grid("gradient", say("Gradient of the output"), {
      ...output, name: named(say("gradient of output")),
      edit: (r, c, text) => this.edit("grad_output", [r, c], text),
    });
    this.gradIn = new Grid("gradient", say("Gradient of the input"), {
      ...this.pointing((r, c) => ["input", r, c]), name: named(say("gradient of input")),
    });
    const strides = () => [[say("the kernel"), null], ["1", 1], ["2", 2], ["3", 3]].concat(
      Array.isArray(this.state.stride) ? [[this.state.stride.join(" × "), this.state.stride]] : []);
    this.app.append(
      this.front(this.preset(say("example"), "example"),
        this.select(say("mode"),
          () => [[say("max"), "max"], [say("mean"), "mean"], [say("sum"), "sum"]],
          () => this.state.mode, (mode) => this.set({ mode })),
        this.size(say("kernel size"), "kernel_size", [1, 2, 3, 4, [1, 2], [2, 1]])),
      this.more({ stride: null, padding: [0, 0] },
        this.select(say("stride"), strides, () => this.state.stride,
          (stride) => this.set({ stride })),
        this.size(say("padding"), "padding", [0, 1, 2])),
      this.message,
      el("div", { class: "grids" }, this.input.box, el("span", { class: "sign" }, "→"),
        this.output.box),
      el("div", { class: "grids" }, this.gradIn.box, el("span", { class: "sign" }, "←"),
        this.gradOut.box),
      this.walk(),
      this.sentence(),
      this.texts([say("Input"), "x"], [say("Gradient of the output"), "grad_output"]),
      this.python(() => this.code()),
    );
  }

  draw() {
    const { rows, columns, grad_output: gradOut, grad_input: gradIn } = this.result;
    const { mode } = this.state;
    this.app.style.setProperty("--all", columns.padded + columns.out);
    this.drawInput(mode === "max" ? "−∞" : "0");
    this.gradOut.fill(rows.out, columns.out, (i, j) => ({ value: gradOut[i][j] }));
    this.gradIn.fill(rows.n, columns.n, (r, c) => ({ value: gradIn[r][c] }));
    this.output.describe(say("Output {size}", { size: `${rows.out}×${columns.out}` }));
  }

  mark() {
    const { rows, columns, y } = this.result;
    const [what, r, c] = this.pointed ?? this.looked ?? [];
    const [i, j] = what === "output" ? [r, c]
      : this.place(this.step);
    const reached = (a, b) => a * columns.out + b <= this.step || (a === i && b === j);
    this.output.fill(rows.out, columns.out, (a, b) =>
      ({ value: y[a][b], kind: reached(a, b) ? "" : "blank" }));
    if (what === "input" && this.pixel(r + rows.before, c + columns.before)) this.markPixel(r, c);
    else this.markWindow(i, j);
  }

  // Output (i, j): the window it reads, and the pixels that its gradient goes to.
  markWindow(i, j) {
    const { rows, columns, shares, y, grad_output: gradOut } = this.result;
    const { mode, x } = this.state;
    const list = shares[i][j];
    const given = list.filter(([, , share]) => share);
    const value = ([r, c]) => el("b", { class: "input" }, factor(x[r][c]));
    this.input.mark(list.map(([r, c, share]) =>
      ({ r: r + rows.before, c: c + columns.before, as: share ? "tap" : "seen" })));
    this.input.frame([rows.at(i, 0), columns.at(j, 0), rows.k, columns.k, "kernel"]);
    for (const grad of [this.output, this.gradOut]) grad.mark([{ r: i, c: j, as: "now" }]);
    this.output.frame([i, j, 1, 1, "output"]);
    this.gradOut.frame([i, j, 1, 1, "gradient"]);
    const part = (share) => `+${number(share * gradOut[i][j], 2)}`.replace("+−", "−");
    this.gradIn.mark(given.map(([r, c, share]) => ({ r, c, as: "tap", weight: part(share) })));
    this.gradIn.frame();
    const between = mode === "max" ? ", " : " + ";
    const values = list.flatMap((pixel, index) => [index ? between : "", value(pixel)]);
    const count = rows.k * columns.k;
    const start = { max: "max(", mean: "(", sum: "" }[mode];
    const end = { max: ")", mean: `) / ${count}`, sum: "" }[mode];
    const parts = {
      gradient: el("b", { class: "gradient" }, number(gradOut[i][j])), count,
      pixel: `x[${given[0]?.slice(0, 2).join(", ")}]`,
    };
    const back = {
      max: () => sayParts("Its gradient {gradient} goes to {pixel} alone.", parts),
      mean: () => sayParts("Its gradient {gradient} is shared: 1/{count} to each pixel.", parts),
      sum: () => sayParts("Its gradient {gradient} goes to each pixel in full.", parts),
    }[mode];
    this.live.replaceChildren(
      el("span", { class: "line" }, `y[${i}, ${j}] = ${start}`, ...values, `${end} = `,
        el("b", { class: "output" }, number(y[i][j]))),
      el("span", { class: "line" }, ...back()));
  }

  // Input (r, c): the outputs that read it, and what each sends back.
  markPixel(r, c) {
    const { rows, columns, shares, grad_output: gradOut, grad_input: gradIn } = this.result;
    const readers = shares.flatMap((row, i) => row.flatMap((list, j) =>
      list.filter((pixel) => pixel[0] === r && pixel[1] === c).map(([, , share]) => [i, j, share])));
    this.input.mark([{ r: r + rows.before, c: c + columns.before, as: "now" }]);
    this.input.frame([r + rows.before, c + columns.before, 1, 1, "input"]);
    this.gradIn.mark([{ r, c, as: "now" }]);
    this.gradIn.frame([r, c, 1, 1, "gradient"]);
    for (const grad of [this.output, this.gradOut]) {
      grad.mark(readers.map(([i, j, share]) =>
        ({ r: i, c: j, as: "reader", weight: `×${number(share, 2)}` })));
      grad.frame();
    }
    const terms = readers.map(([i, j, share]) => `${number(share)}×${factor(gradOut[i][j])}`);
    const parts = {
      pixel: el("b", { class: "input" }, `x[${r}, ${c}]`), count: readers.length,
      sum: terms.length ? `${terms.join(" + ")} = ` : "",
      gradient: el("b", { class: "gradient" }, number(gradIn[r][c])),
    };
    this.live.replaceChildren(
      el("span", { class: "line" }, ...(readers.length === 1
        ? sayParts("{pixel} is read by 1 output.", parts)
        : sayParts("{pixel} is read by {count} outputs.", parts))),
      el("span", { class: "line" }, ...sayParts("Its gradient is {sum}{gradient}.", parts)));
  }

  code() {
    const { x, kernel_size: kernel, stride, padding, mode } = this.state;
    const name = { max: "max", mean: "avg", sum: "sum" }[mode];
    const rest = [`kernel_size=${pyPair(kernel)}`, `stride=${stride === null ? "None" : pyPair(stride)}`,
      `padding=${pyPair(padding)}`].join(", ");
    return pyCode({ x, grad_output: this.result.grad_output },
      `y = cnnbook.${name}_pool2d(x[None], ${rest})[0]`,
      `grad_input = cnnbook.${name}_pool2d_backward(grad_output[None], x[None], ${rest})[0]`,
      `diagrams.pooling(x, ${rest}, mode="${mode}", grad_output=grad_output)`);
  }
}

define("pooling", Pooling);
});
