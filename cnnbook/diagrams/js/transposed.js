// Every input stamps its multiple of the kernel into the output. Pointing at an output shows which
// stamps add up there; pointing at an input shows its stamp.
"use strict";

globalThis.cnnbookDiagrams.part("transposed", ({
  Diagram, Grid, define, el, laid, named, number, plus, product, pyCode, pyPair, say, sayParts, stamps,
  termsAt, total, transposedStyle,
}) => {

// More frames than these hide what they frame.
const MOST_FRAMES = 9;

class Transposed extends Diagram {
  static get title() { return say("Transposed convolution, stamp by stamp"); }
  static style = transposedStyle;
  static get hint() {
    return say("Play to lay one stamp after the other · point at an output to see what adds up · " +
      "drag over the input to paint");
  }
  static compute = stamps;
  static shared = ["x", "kernel", "stride", "padding", "output_padding", "dilation"];

  build() {
    const on = (what) => this.pointing((r, c) => [what, r, c]);
    const change = (name) => (r, c, text) => this.edit(name, [r, c], text);
    // An index of the output itself is negative in what padding cuts off.
    const own = (r, c) => [r - this.result.rows.before, c - this.result.columns.before];
    this.input = new Grid("input", say("Input"), {
      ...on("input"), paints: true, name: named(say("input")), edit: change("x"),
    });
    this.kernel = new Grid("kernel", say("Kernel"), {
      ...on("kernel"), name: named(say("kernel")), edit: change("kernel"),
    });
    this.output = new Grid("output", say("Output"), {
      ...on("output"), name: (r, c) => named(say("output"))(...own(r, c)),
    });
    // It stands below the sentence, whose length a pointer would change: a click picks a cell.
    this.reach = new Grid("output", say("Stamps per output"), {
      pick: (r, c) => {
        const { rows, columns } = this.result;
        this.looked = ["output", r + rows.before, c + columns.before];
        this.mark();
      },
      name: named(say("stamps on output")),
    });
    this.canvas = el("canvas", { role: "img" });
    this.shades = el("figcaption");
    this.formula = el("p", { class: "note" });
    this.evenness = el("p");
    // The whole output first; Play begins with the first stamp.
    this.step = Infinity;
    this.app.append(
      this.front(this.preset(say("example"), "example"), this.preset(say("kernel"), "kernel"),
        this.size(say("stride"), "stride", [1, 2, 3, 4, [1, 2], [2, 1]]),
        this.size(say("padding"), "padding", [0, 1, 2, 3])),
      this.more({ output_padding: [0, 0], dilation: [1, 1] },
        this.size(say("output padding"), "output_padding", [0, 1, 2, [0, 1]]),
        this.size(say("dilation"), "dilation", [1, 2, 3])),
      this.message,
      el("div", { class: "grids" }, this.input.box, el("span", { class: "sign" }, "×"),
        this.kernel.box, el("span", { class: "sign" }, "→"), this.output.box),
      this.player(() => this.result.rows.n * this.result.columns.n,
        (step) => named(say("input"))(...this.place(step)), say("input cell")),
      this.sentence(),
      el("div", { class: "grids stamps" }, this.reach.box,
        el("figure", { class: "box output" }, this.shades, this.canvas)),
      this.formula,
      // Folded: on the page a question may come first.
      el("details", {}, el("summary", {}, say("Even or uneven?")), this.evenness),
      this.texts([say("Input"), "x"], [say("Kernel"), "kernel"]),
      this.python(() => this.code()),
    );
  }

  // Who sees the whole output sees it after a change, too.
  set(changes) {
    if (this.step >= this.result.rows.n * this.result.columns.n - 1) this.step = Infinity;
    super.set(changes);
  }

  reset() {
    super.reset();
    this.go(Infinity);
  }

  // The row and column of a step's input.
  place(step) {
    const { n } = this.result.columns;
    return [Math.floor(step / n), step % n];
  }

  draw() {
    const { rows, columns, counts } = this.result;
    const { x, kernel } = this.state;
    const size = (a, b) => ({ size: `${a}×${b}` });
    this.app.style.setProperty("--all", columns.n + columns.k + columns.shown);
    this.input.fill(rows.n, columns.n, (r, c) => ({ value: x[r][c] }));
    this.kernel.fill(rows.k, columns.k, (r, c) => ({ value: kernel[r][c] }));
    this.reach.fill(rows.out, columns.out, (r, c) => ({ value: counts[r][c] }));
    this.input.describe(say("Input {size}", size(rows.n, columns.n)));
    this.kernel.describe(say("Kernel {size}", size(rows.k, columns.k)));
    this.output.describe(say("Output {size}", size(rows.out, columns.out)),
      rows.before || columns.before ? say("Dotted: cut off by padding.") : "");
    const sizeOf = ({ n, k, s, before, more, d, out }) =>
      `${s}·(${n} − 1) − 2·${before} + ${d}·(${k} − 1) + ${more} + 1 = ${out}`;
    const both = [sizeOf(rows), sizeOf(columns)];
    this.formula.textContent = both[0] === both[1]
      ? say("Output height and width: {both}", { both: both[0] })
      : say("Output height: {height}; width: {width}", { height: both[0], width: both[1] });
    this.evenness.textContent = this.said();
  }

  // How evenly stamps lie, and what that does to an input without any pattern.
  said() {
    const { counts: [few, many], sums: [low, high] } = this.result.inside;
    const stampsSaid = few < many
      ? say("Away from the border an output gets {few} to {many} stamps.", { few, many })
      : many === 1 ? say("Away from the border every output gets 1 stamp.")
        : say("Away from the border every output gets {many} stamps.", { many });
    const flat = high - low <= 1e-9 * Math.max(1, Math.abs(high));
    const sums = { low: number(low), high: number(high) };
    const flatSaid = flat
      ? say("A flat input of ones comes out flat there: {high}.", sums)
      : say("A flat input of ones comes out uneven there, {low} to {high}: a checkerboard. " +
        "Repeat the cells first and convolve then, and it stays flat with any kernel.", sums);
    return `${stampsSaid} ${flatSaid}`;
  }

  mark() {
    const { rows, columns, all, reach } = this.result;
    let [what, r, c] = this.pointed ?? this.looked ?? [];
    // What was looked at may be gone after a change of size.
    const { x, kernel } = this.state;
    if ({ input: x, kernel, output: all }[what]?.[r]?.[c] === undefined) what = "";
    // Steps add up; what is pointed at is shown complete.
    const steps = what ? Infinity : this.step + 1;
    const { sums: now, counts } = laid(this.result, this.state, steps);
    const kept = (a, axis) => a >= axis.before && a < axis.before + axis.out;
    this.output.fill(rows.shown, columns.shown, (a, b) => {
      const waits = reach[a][b] > 0 && counts[a][b] === 0;
      const cut = !(kept(a, rows) && kept(b, columns));
      return { value: now[a][b], kind: waits ? "blank" : cut ? "padding" : "" };
    });
    this.shade(now);
    for (const one of [this.input, this.kernel, this.output, this.reach]) {
      one.mark([]);
      one.frame();
    }
    if (what === "output") this.markSum(r, c);
    else if (what === "kernel") this.markTap(r, c);
    else this.markStamp(...(what ? [r, c] : this.place(this.step)), counts, steps);
  }

  // The output as a picture: black is its least number or 0, white its largest.
  shade(now) {
    const { rows, columns, y } = this.result;
    const [low, high] = [Math.min(0, ...y.flat()), Math.max(0, ...y.flat())];
    Object.assign(this.canvas, { width: columns.out, height: rows.out });
    const pen = this.canvas.getContext("2d");
    y.forEach((row, r) => row.forEach((_, c) => {
      const value = now[r + rows.before][c + columns.before];
      const grey = high > low ? Math.round((255 * (value - low)) / (high - low)) : 0;
      pen.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      pen.fillRect(c, r, 1, 1);
    }));
    const text = say("As a picture: {low} black, {high} white",
      { low: number(low), high: number(high) });
    this.shades.textContent = text;
    this.canvas.setAttribute("aria-label", text);
  }

  // "y[0, 2]", for a place counted with what is cut off.
  called(r, c) {
    const { rows, columns } = this.result;
    return `y[${r - rows.before}, ${c - columns.before}]`.replace(/-/g, "−");
  }

  // "y[0, 2] = 1×100 + 2×1 = 102".
  sum(r, c, terms) {
    const parts = terms.map(({ pixel, weight }) => product(pixel, "input", weight, "kernel"));
    return [`${this.called(r, c)} = `, ...plus(parts), terms.length ? " = " : "",
      el("b", { class: "output" }, number(total(terms)))];
  }

  // Output (r, c): the stamps that reach it, and their sum.
  markSum(r, c) {
    const { rows, columns } = this.result;
    const terms = termsAt(this.result, this.state, r, c);
    this.input.mark(terms.map(({ i, j, weight }) =>
      ({ r: i, c: j, as: "tap", weight: `×${number(weight, 2)}` })));
    this.kernel.mark(terms.map(({ u, v, pixel }) =>
      ({ r: u, c: v, as: "tap", weight: `×${number(pixel, 2)}` })));
    this.output.mark([{ r, c, as: "now" }]);
    const frames = terms.length > MOST_FRAMES ? [] : terms.map(({ i, j }) =>
      [rows.at(i, 0), columns.at(j, 0), rows.span, columns.span, "kernel"]);
    this.output.frame(...frames, [r, c, 1, 1, "output"]);
    const [a, b] = [r - rows.before, c - columns.before];
    const cut = a < 0 || b < 0 || a >= rows.out || b >= columns.out;
    if (!cut) {
      this.reach.mark([{ r: a, c: b, as: "now" }]);
      this.reach.frame([a, b, 1, 1, "output"]);
    }
    const count = terms.length;
    this.live.replaceChildren(
      el("span", { class: "line" }, count === 1 ? say("1 stamp reaches this output.")
        : say("{count} stamps reach this output.", { count }),
      ...(cut ? [" ", say("Padding cuts it off.")] : [])),
      el("span", { class: "line" }, ...this.sum(r, c, terms)));
  }

  // A number of the kernel: where it is written, once by every stamp.
  markTap(u, v) {
    const { rows, columns } = this.result;
    const { x, kernel } = this.state;
    const weight = kernel[u][v];
    this.kernel.mark([{ r: u, c: v, as: "now" }]);
    this.kernel.frame([u, v, 1, 1, "kernel"]);
    this.output.mark(x.flatMap((row, i) => row.map((pixel, j) =>
      ({ r: rows.at(i, u), c: columns.at(j, v), as: "reader", weight: added(pixel * weight) }))));
    this.live.replaceChildren(...sayParts("Every stamp holds {weight} here, times its input. " +
      "From one stamp to the next it is {down} down or {across} across.",
    { weight: el("b", { class: "kernel" }, number(weight)), down: rows.s, across: columns.s }));
  }

  // The stamp of input (i, j), and the first output where it has met another.
  markStamp(i, j, counts, steps) {
    const { rows, columns } = this.result;
    const { x, kernel } = this.state;
    const cells = kernel.flatMap((row, u) => row.map((weight, v) =>
      ({ r: rows.at(i, u), c: columns.at(j, v), as: "tap", weight: added(x[i][j] * weight) })));
    this.input.mark([{ r: i, c: j, as: "now" }]);
    this.input.frame([i, j, 1, 1, "input"]);
    this.output.mark(cells);
    this.output.frame([cells[0].r, cells[0].c, rows.span, columns.span, "kernel"]);
    const value = number(x[i][j]);
    const parts = {
      pixel: el("b", { class: "input" }, `x[${i}, ${j}] = ${value}`), value,
      first: this.called(cells[0].r, cells[0].c),
      last: this.called(cells.at(-1).r, cells.at(-1).c),
    };
    const met = cells.find(({ r, c }) => counts[r][c] > 1);
    const sofar = ({ r, c }) => termsAt(this.result, this.state, r, c)
      .filter((term) => term.i * columns.n + term.j < steps);
    this.live.replaceChildren(
      el("span", { class: "line" },
        ...sayParts("{pixel} stamps {value} × the kernel, from {first} to {last}.", parts)),
      ...(met ? [el("span", { class: "line" }, ...sayParts("Where stamps meet, they add up: {sum}",
        { sum: this.sum(met.r, met.c, sofar(met)) }))] : []));
  }

  code() {
    const { x, kernel, stride, padding, output_padding: more, dilation } = this.state;
    const rest = [`stride=${pyPair(stride)}`, `padding=${pyPair(padding)}`,
      `output_padding=${pyPair(more)}`, `dilation=${pyPair(dilation)}`].join(", ");
    return pyCode({ x, kernel },
      `y = cnnbook.conv_transpose2d(x[None], kernel[None, None], ${rest})[0]`,
      `diagrams.transposed(x, kernel, ${rest})`);
  }
}

// What a stamp adds to a cell.
const added = (value) => `+${number(value, 2)}`.replace("+−", "−");

define("transposed", Transposed);
});
