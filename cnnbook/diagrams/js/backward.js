// The backward pass of one convolution: every product of the forward pass sends the gradient of
// its output back twice, times the pixel to the kernel and times the kernel's number to the pixel.
"use strict";

globalThis.cnnbookDiagrams.part("backward", ({
  Flow, Grid, Windowed, define, el, gradientOf, kernelAxes, matrix, named, number, plus, product,
  pyCode, pyPair, say, sayParts,
}) => {

// A longer sum is cut short: nobody reads it. A longer list of single products is not written.
const [MOST_TERMS, MOST_PRODUCTS] = [64, 9];

// products lists every product of the forward pass: where its output (dy), its tap (w) and its
// pixel (x; at: counted with padding) lie, and its three numbers.
function compute(state) {
  const [rows, columns] = kernelAxes(state);
  const grad_output = gradientOf(state, rows, columns);
  const products = [];
  matrix(rows.out, columns.out, (i, j) => matrix(rows.k, columns.k, (u, v) => {
    const at = [rows.at(i, u), columns.at(j, v)];
    const [r, c] = [rows.source(at[0]), columns.source(at[1])];
    if (r < 0 || c < 0) return;
    products.push({ dy: [i, j], w: [u, v], x: [r, c], at,
      sent: grad_output[i][j], weight: state.kernel[u][v], pixel: state.x[r][c] });
  }));
  const made = { rows, columns, products, grad_output };
  return { ...made, sums: gradients(made, Infinity) };
}

// The gradients of input, kernel and bias, after some steps.
function gradients({ rows, columns, products, grad_output }, steps) {
  const gone = (i, j) => i * columns.out + j < steps;
  const sums = {
    x: matrix(rows.n, columns.n, () => 0), w: matrix(rows.k, columns.k, () => 0), b: [[0]],
  };
  for (const { dy, w, x, sent, weight, pixel } of products) {
    if (!gone(...dy)) break;
    sums.w[w[0]][w[1]] += sent * pixel;
    sums.x[x[0]][x[1]] += sent * weight;
  }
  matrix(rows.out, columns.out, (i, j) => { sums.b[0][0] += gone(i, j) ? grad_output[i][j] : 0; });
  return sums;
}

class Backward extends Windowed {
  static get title() { return say("Convolution, backwards"); }
  static get hint() {
    return say("Point at a number of dy to see where it flows, at one of dx or dw to see which sum " +
      "it is · drag over the input to paint · click a number twice to type another");
  }
  static compute = compute;
  static shared = ["x", "kernel", "grad_output", "stride", "padding", "dilation"];
  static axes = kernelAxes;

  build() {
    const on = (what) => this.pointing((r, c) => [what, r, c]);
    const change = (name) => (r, c, text) => this.edit(name, [r, c], text);
    this.inputGrid((r, c) => this.pixel(r, c) && ["x", ...this.pixel(r, c)]);
    this.kernel = new Grid("kernel", say("Kernel"), {
      ...on("w"), name: named(say("kernel")), edit: change("kernel"),
    });
    const back = (title, cell, symbol, actions) => {
      const made = new Grid("gradient", title, { ...actions, name: named(cell) });
      made.describe(say("{gradient}, {symbol}", { gradient: title, symbol }));
      return made;
    };
    this.gradOut = back(say("Gradient of the output"), say("gradient of output"), "dy",
      { ...this.stepping(), edit: change("grad_output") });
    this.back = {
      x: back(say("Gradient of the input"), say("gradient of input"), "dx", on("x")),
      w: back(say("Gradient of the kernel"), say("gradient of kernel"), "dw", on("w")),
      b: back(say("Gradient of the bias"), say("gradient of bias"), "db", on("b")),
    };
    this.grids = [this.input, this.kernel, this.gradOut, ...Object.values(this.back)];
    const boxes = this.grids.map((one) => one.box);
    for (const box of boxes.slice(0, 2)) box.classList.add("blamed");
    this.flow = new Flow(el("div", { class: "grids" }, ...boxes.slice(0, 3)),
      el("div", { class: "grids" }, ...boxes.slice(3)));
    this.app.append(
      this.front(this.preset(say("example"), "example"),
        this.size(say("stride"), "stride", [1, 2, 3, [1, 2], [2, 1]]),
        this.size(say("padding"), "padding", [0, 1, 2, 3], ["same"])),
      this.more({ dilation: [1, 1] },
        this.size(say("dilation"), "dilation", [1, 2, 3])),
      this.message,
      this.flow.box,
      this.walk(),
      this.sentence(),
      this.texts([say("Input"), "x"], [say("Kernel"), "kernel"],
        [say("Gradient of the output"), "grad_output"]),
      this.python(() => this.code()),
    );
    // Where the grids stand, the lines follow.
    new ResizeObserver(() => this.mark()).observe(this.flow.box);
  }

  draw() {
    const { columns, grad_output: dy } = this.result;
    const { kernel } = this.state;
    this.app.style.setProperty("--all", columns.padded + columns.k + columns.out);
    this.drawInput();
    this.kernel.fill(kernel.length, kernel[0].length, (r, c) => ({ value: kernel[r][c] }));
    this.gradOut.fill(dy.length, dy[0].length, (r, c) => ({ value: dy[r][c] }));
  }

  mark() {
    const { rows, columns, sums } = this.result;
    let [what, r, c] = this.pointed ?? this.looked ?? [];
    // What was looked at may be gone after a change of size.
    if (what !== "output" && sums[what]?.[r]?.[c] === undefined) what = "";
    // Steps add up; what is pointed at is shown complete.
    const now = what ? sums : gradients(this.result, this.step + 1);
    for (const [name, all] of Object.entries(now)) {
      this.back[name].fill(all.length, all[0].length, (i, j) => ({ value: all[i][j] }));
    }
    for (const one of this.grids) {
      one.mark([]);
      one.frame();
    }
    if (sums[what]) this.markSum(what, r, c);
    else this.markStep(...(what ? [r, c] : this.place(this.step)));
  }

  // The cells of a grid where products lie.
  cells(grid, key, list) {
    return [...new Set(list.map((p) => grid.cells[p[key][0]][p[key][1]]))];
  }

  // A frame round the cells where products lie.
  enclose(grid, key, list, role) {
    const [rows, columns] = [0, 1].map((i) => list.map((p) => p[key][i]));
    const [top, left] = [Math.min(...rows), Math.min(...columns)];
    if (list.length) {
      grid.frame([top, left, Math.max(...rows) - top + 1, Math.max(...columns) - left + 1, role]);
    }
  }

  // Mark where products lie, with what each is multiplied by, or what it adds.
  put(target, key, list, as, sign, value) {
    target.mark(list.map((p) => ({
      r: p[key][0], c: p[key][1], as,
      weight: `${sign}${number(value(p), 2)}`.replace("+−", "−"),
    })));
  }

  // One number of a gradient: the products that make it. The bias is added to each output times 1.
  markSum(what, r, c) {
    const { rows, columns, products, grad_output: dy, sums } = this.result;
    const outputs = () => dy.flatMap((row, i) => row.map((sent, j) => ({ dy: [i, j], sent, weight: 1 })));
    const list = what === "b" ? outputs()
      : products.filter((p) => p[what][0] === r && p[what][1] === c);
    const [other, role] = what === "w" ? ["pixel", "input"] : ["weight", "kernel"];
    const here = { r, c, as: "now" };
    this.flow.show([[this.cells(this.gradOut, "dy", list), [this.back[what].cells[r][c]]]]);
    this.back[what].mark([here]);
    this.back[what].frame([r, c, 1, 1, "gradient"]);
    this.put(this.gradOut, "dy", list, "reader", "×", (p) => p[other]);
    if (what === "w") {
      this.kernel.mark([here]);
      this.put(this.input, "at", list, "tap", "×", (p) => p.sent);
    } else if (what === "x") {
      this.input.mark([{ ...here, r: r + rows.before, c: c + columns.before }]);
      this.put(this.kernel, "w", list, "tap", "×", (p) => p.sent);
    }
    const terms = list.slice(0, MOST_TERMS).map((p) => product(p.sent, "gradient", p[other], role));
    if (list.length > MOST_TERMS) terms.push(say("… ({count} more)", { count: list.length - MOST_TERMS }));
    this.live.replaceChildren(what === "b" ? "db" : `d${what}[${r}, ${c}]`, " = ", ...plus(terms),
      terms.length ? " = " : "", el("b", { class: "gradient" }, number(sums[what][r][c])));
  }

  // What the gradient of output (i, j) adds.
  markStep(i, j) {
    const { rows, columns, products, grad_output: dy } = this.result;
    const list = products.filter((p) => p.dy[0] === i && p.dy[1] === j);
    this.gradOut.mark([{ r: i, c: j, as: "now" }]);
    this.gradOut.frame([i, j, 1, 1, "gradient"]);
    this.input.frame([rows.at(i, 0), columns.at(j, 0), rows.span, columns.span, "kernel"]);
    this.put(this.input, "at", list, "tap", "×", (p) => p.sent);
    this.put(this.kernel, "w", list, "tap", "×", (p) => p.sent);
    this.put(this.back.w, "w", list, "tap", "+", (p) => p.sent * p.pixel);
    this.put(this.back.x, "x", list, "tap", "+", (p) => p.sent * p.weight);
    const [{ b }, here] = [this.back, this.gradOut.cells[i][j]];
    b.mark([{ r: 0, c: 0, as: "tap", weight: `+${number(dy[i][j], 2)}`.replace("+−", "−") }]);
    b.frame([0, 0, 1, 1, "gradient"]);
    this.enclose(this.back.w, "w", list, "gradient");
    this.enclose(this.back.x, "x", list, "gradient");
    this.flow.show([[[here], this.cells(this.back.w, "w", list)],
      [[here], this.cells(this.back.x, "x", list)], [[here], [b.cells[0][0]]]]);
    const sent = number(dy[i][j]);
    const written = (other, role) => list.flatMap((p, index) =>
      [index ? ", " : "", product(p.sent, "gradient", p[other], role)]);
    const lines = list.length > MOST_PRODUCTS ? [] : [
      sayParts("to dw: {products}", { products: written("pixel", "input") }),
      sayParts("to dx: {products}", { products: written("weight", "kernel") }),
      sayParts("to db: {gradient}", { gradient: el("b", { class: "gradient" }, sent) })];
    this.live.replaceChildren(...sayParts("{output} = {gradient} adds {sent} × its patch of the " +
      "input to dw, {sent} × the kernel to dx, on this patch, and {sent} to db.",
    { output: `dy[${i}, ${j}]`, gradient: el("b", { class: "gradient" }, sent), sent }),
    ...lines.map((line) => el("span", { class: "line" }, ...line)));
  }

  code() {
    const { x, kernel, stride, padding, dilation } = this.state;
    const rest = `stride=${pyPair(stride)}, padding=${pyPair(padding)}, dilation=${pyPair(dilation)}`;
    return pyCode({ x, kernel, grad_output: this.result.grad_output },
      "dx, dw, db = cnnbook.conv2d_backward(",
      `    grad_output[None], x[None], kernel[None, None], ${rest})`,
      `diagrams.backward(x, kernel, ${rest}, grad_output=grad_output)`);
  }
}

define("backward", Backward);
});
