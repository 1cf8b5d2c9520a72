// A picture, the reader's own too, and a kernel that moves over it: what one place gives, and all.
"use strict";

globalThis.cnnbookDiagrams.part("photo", ({
  DISPLAYS, Grid, OwnPicture, View, button, cellAt, define, el, filtered, lookOf, matrix, middleOf,
  named, number, paintSums, photoStyle, planesOf, plus, product, py, pyPair, say, sayParts, unpack,
}) => {

const AROUND = 8; // pixels that the magnifier shows round the window, on both sides together

const DISPLAY_NAMES = {
  fitting: () => say("what fits"), plain: () => say("0 to 255 as they are"),
  signed: () => say("0 as middle grey"), size: () => say("without their sign"),
};

class Photo extends OwnPicture {
  static get title() { return say("A kernel over your own picture"); }
  static style = photoStyle;
  static get hint() {
    return say("Move over the picture, or drag with a finger · press a kernel · type into its nine " +
      "cells · open a picture of your own");
  }
  static compute = filtered;
  static shared = ["picture", "kernel", "stride", "padding", "colour", "channel", "display", "at"];

  build() {
    this.tool = this.toolFor(this.state.picture);
    this.input = new View("input", say("Picture"), {
      point: (r, c) => this.look(r, c), stop: () => this.stay(), key: (down, right) => this.move(down, right),
      pick: (r, c, first) => this.press(r, c, first),
      space: () => { if (this.tool !== "window") this.stroke(this.state.at, this.state.at); },
    });
    const over = (r, c) => this.look(...this.middle([r, c]));
    this.output = new View("output", say("Sums"), {
      point: over, pick: over, stop: () => this.stay(), key: (down, right) => this.move(down, right),
    });
    this.lens = new View("input", say("the window, enlarged"), {});
    this.pixels = new Grid("input", say("Pixels"), { name: named(say("pixel")) });
    this.kernel = new Grid("kernel", say("Kernel"), {
      name: named(say("kernel")), edit: (r, c, text) => this.edit("kernel", [r, c], text),
    });
    this.products = new Grid("output", say("Products"), { name: named(say("product")) });
    this.total = el("b");
    this.status = el("p", { class: "note", role: "status" });
    this.about = el("p", { class: "note" });
    this.three = el("p", { class: "note" });
    const sign = (text) => el("span", { class: "sign" }, text);
    const front = this.front(this.choosing(), ...this.opening());
    front.append(this.status);
    this.app.append(front, this.chips(), this.about, this.message,
      el("div", { class: "photo" }, this.input.box, this.output.box,
        el("div", { class: "grids", role: "group", "aria-label": say("the window") },
          this.lens.box, this.pixels.box, sign("×"), this.kernel.box, sign("="), this.products.box,
          el("span", { class: "total output" }, say("sum"), " ", this.total))),
      this.sentence(), this.three,
      this.more({ colour: false, channel: 0, stride: [1, 1], display: "fitting" },
        this.select(say("pointer"), () => [
          [say("moves the window"), "window"], [say("draws in black"), 0], [say("draws in white"), 255],
        ], () => this.tool, (tool) => { this.tool = tool; }),
        this.select(say("channels"), () => [[say("grey"), false], [say("red, green, blue"), true]],
          () => this.state.colour, (colour) => this.set({ colour })),
        this.select(say("written out"), () => this.channels().map((name, c) => [name, c]),
          () => this.state.channel, (channel) => this.set({ channel })),
        this.size(say("stride"), "stride", [1, 2, 3, 4]),
        this.size(say("padding"), "padding", [0, 1, 2, 3], ["same"]),
        this.select(say("show sums"), () => DISPLAYS.map((way) => [DISPLAY_NAMES[way](), way]),
          () => this.state.display, (display) => this.set({ display }))),
      this.texts([say("Kernel"), "kernel"]),
      this.python(() => this.code()),
    );
    this.listenToFiles();
    Promise.all(this.state.pictures.map(unpack)).then(() => {
      this.result = filtered(this.state);
      this.show();
    }, () => {
      this.message.textContent = say("The built-in pictures cannot be unpacked here. Open your own.");
    });
  }

  // ---- controls ----

  choosing() {
    const { pictures } = this.state;
    const options = () => [...pictures.map(({ key, name }) => [name, key]),
      ...(this.state.own ? [[say("your own"), null]] : [])];
    return this.select(say("picture"), options, () => this.state.picture, (picture) => {
      const { at } = pictures.find(({ key }) => key === picture) ?? { at: this.centre() };
      this.tool = this.toolFor(picture);
      this.set({ picture, at });
    });
  }

  chips() {
    const { kernels, kernel } = this.state;
    const same = (one) => JSON.stringify(one) === JSON.stringify(this.state.kernel);
    const all = kernels.some((one) => same(one.kernel)) ? kernels
      : [{ name: say("this chapter's example"), kernel, note: "" }, ...kernels];
    const made = all.map((one) => button(one.name, () => this.set({ kernel: one.kernel })));
    this.follow(() => {
      made.forEach((chip, index) => chip.setAttribute("aria-pressed", same(all[index].kernel)));
      this.about.textContent = all.find((one) => same(one.kernel))?.note ?? say("Your own kernel.");
    });
    return el("div", { class: "bar chips kernel", role: "group", "aria-label": say("kernels") }, ...made);
  }

  channels() {
    return this.state.colour ? [say("red"), say("green"), say("blue")] : [say("grey")];
  }

  // Paper is to draw on; "window" or a grey to draw with.
  toolFor(picture) {
    return picture === "paper" ? 0 : "window";
  }

  reset() {
    this.tool = this.toolFor(this.first.picture);
    super.reset();
  }

  // ---- the window ----

  look(r, c) {
    this.pointed = [r, c];
    this.mark();
  }

  // It stays where the pointer left it.
  stay() {
    this.last = null;
    if (this.pointed) this.set({ at: this.pointed });
  }

  press(r, c, first) {
    if (this.tool === "window") this.look(r, c);
    else {
      this.stroke([r, c], first ? [r, c] : this.last ?? [r, c]);
      this.last = [r, c];
    }
  }

  move(down, right) {
    const { rows, columns, cell: [i, j] } = this.result;
    const to = (a, cell) => Math.max(0, Math.min(a.out - 1, cell));
    this.set({ at: this.middle([to(rows, i + down), to(columns, j + right)]) });
  }

  middle([i, j]) {
    return [middleOf(this.result.rows, i), middleOf(this.result.columns, j)];
  }

  // ---- showing ----

  draw() {
    const { picture, rows, columns, sums } = this.result;
    const { kernel, colour, display } = this.state;
    const widest = Math.max(columns.n, columns.out);
    const size = (height, width) => `${height}×${width}`;
    const planes = planesOf(picture, colour);
    if (this.seen !== planes) {
      this.seen = planes;
      this.input.paint(paintSums(planes, { gain: 1, offset: 0 }), rows.n, columns.n);
    }
    if (this.painted !== sums || this.displayed !== display) {
      [this.painted, this.displayed] = [sums, display];
      const look = lookOf(this.state, this.result);
      this.output.paint(paintSums(sums, look), rows.out, columns.out);
      this.output.describe(say("Sums {size}", { size: size(rows.out, columns.out) }), this.legend(look));
      this.kernel.fill(rows.k, columns.k, (r, c) => ({ value: kernel[r][c] }));
      this.kernel.describe(say("Kernel"));
    }
    this.input.widen(columns.n / widest);
    this.output.widen(columns.out / widest);
    const { credit } = this.state.pictures.find(({ key }) => key === this.state.picture) ?? {};
    this.input.describe(say("Picture {size}", { size: size(rows.n, columns.n) }), credit);
    const help = say("arrow keys move the window, with Shift by 10");
    for (const view of [this.input, this.output]) {
      view.canvas.setAttribute("aria-label", `${view.caption.textContent}: ${help}`);
    }
    this.tell();
  }

  // What grey means.
  legend({ way, white, most, outside, of }) {
    const values = { white: number(white), black: number(-white), outside, of };
    if (way === "signed") {
      return white < most
        ? say("Middle grey is 0, white {white} or more, black {black} or less.", values)
        : say("Middle grey is 0, white {white}, black {black}.", values);
    }
    if (way === "size") return say("Black is 0, white {white} or {black}: signs are not shown.", values);
    if (way === "stretched") return say("Black is 0, white {white}.", values);
    return outside ? say("Black is 0 or less, white 255 or more: {outside} of {of} sums lie outside.", values)
      : say("Black is 0, white 255.");
  }

  mark() {
    const { rows, columns, cell, picture } = this.result;
    const { colour, kernel } = this.state;
    const [i, j] = this.pointed
      ? [cellAt(rows, this.pointed[0]), cellAt(columns, this.pointed[1])] : cell;
    const [top, left] = [i * rows.s - rows.before, j * columns.s - columns.before];
    const planes = planesOf(picture, colour);
    const channel = Math.min(this.state.channel, planes.length - 1);
    const isPixel = (r, c) => r >= 0 && r < rows.n && c >= 0 && c < columns.n;
    const window = (plane) => matrix(rows.k, columns.k, (u, v) =>
      (isPixel(top + u, left + v) ? plane[(top + u) * columns.n + left + v] : 0));
    const totals = planes.map((plane) => window(plane).flatMap((line, u) =>
      line.map((value, v) => value * kernel[u][v])).reduce((total, value) => total + value));
    const pixels = window(planes[channel]);
    this.pixels.fill(rows.k, columns.k, (u, v) =>
      ({ value: pixels[u][v], kind: isPixel(top + u, left + v) ? "" : "padding" }));
    const name = [say("Pixels"), say("Red"), say("Green"), say("Blue")][colour ? channel + 1 : 0];
    this.pixels.describe(name);
    this.pixels.body.setAttribute("aria-label", name);
    this.products.fill(rows.k, columns.k, (u, v) => ({ value: pixels[u][v] * kernel[u][v] }));
    this.total.textContent = number(totals[channel]);
    const side = Math.max(rows.k, columns.k) + AROUND;
    const [row, column] = [top + (rows.k - 1) / 2, left + (columns.k - 1) / 2];
    const corner = [row - (side - 1) / 2, column - (side - 1) / 2];
    this.input.frame([...corner, side, side, "lens"], [top, left, rows.k, columns.k, "kernel"]);
    this.lens.enlarge(this.input, side, row, column);
    this.lens.describe(`x[${top + (rows.k - 1 >> 1)}, ${left + (columns.k - 1 >> 1)}]`.replace(/-/g, "−"));
    this.lens.frame([top - corner[0], left - corner[1], rows.k, columns.k, "kernel"]);
    this.output.frame([i - 3, j - 3, 7, 7, "lens"], [i, j, 1, 1, "output"]);
    const terms = pixels.flatMap((line, u) =>
      line.map((value, v) => product(value, "input", kernel[u][v], "kernel")));
    this.live.replaceChildren(`y[${i}, ${j}] = `, ...plus(terms), " = ",
      el("b", { class: "output" }, number(totals[channel])));
    const [red, green, blue] = totals.map((total) => number(total));
    this.three.replaceChildren(...(colour
      ? sayParts("Each channel is filtered by itself: red {red}, green {green}, blue {blue}. " +
        "A layer of a network would add them up.", { red, green, blue }) : []));
  }

  code() {
    const { picture, kernel, stride, padding, colour, at } = this.state;
    const own = ["from PIL import Image", "", "image = Image.open(\"picture.jpg\").convert(\"RGB\")",
      "image = np.asarray(image).transpose(2, 0, 1)"];
    const rest = `stride=${pyPair(stride)}, padding=${pyPair(padding)}, colour=${colour ? "True" : "False"}`;
    return ["import numpy as np", "from cnnbook import diagrams", ...(picture === null ? own : []), "",
      `kernel = np.array(${py(kernel)})`,
      `diagrams.photo(${picture === null ? "image" : py(picture)}, kernel, ${rest}, at=(${at.join(", ")}))`,
      ""].join("\n");
  }
}

define("photo", Photo);
});
