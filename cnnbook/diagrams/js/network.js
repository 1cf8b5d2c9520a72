// A whole small network: draw, and every map follows; point at a number to see where it is from.
"use strict";

globalThis.cnnbookDiagrams.part("network", ({
  Lens, Opened, Picture, button, count, define, el, numbers, pyCode, say, valuesOf, write,
}) => {

class Network extends Opened {
  static get title() { return say("A network, live"); }
  static get hint() {
    return say("Fool it: draw over the picture with a finger, the mouse or the arrow keys until it " +
      "says something else · point at any number to see its sum");
  }
  static compute = valuesOf;
  static shared = ["x"];

  build() {
    const { input, layers, images, classes, factor: fine } = this.state;
    const { shape: size } = input;
    this.stages = [input, ...layers].map((layer, stage) => {
      const picture = new Picture(stage ? "output" : "input", layer.name, layer.shape,
        say("{picture}: {facts}; arrow keys go from number to number",
          { picture: layer.name, facts: layer.facts }),
        { ...this.pointing((index) => [stage, index]), enlarge: (index) => this.enlarge(stage, index) });
      return { ...layer, picture, role: stage ? "output" : "input" };
    });
    this.lens = new Lens();
    this.verdict = el("p", { class: "verdict", role: "status" });
    const [h, w] = size.slice(1).map((n) => n * fine);
    // Which pixel each cell of the drawing pad belongs to; a pixel is the mean of its cells.
    this.owner = Int32Array.from({ length: count(size) * fine ** 2 }, (_, cell) =>
      Math.floor(cell / w / fine) * size[2] + Math.floor(cell % w / fine));
    this.tool = "pencil";
    const title = say("Draw here, large");
    this.pad = new Picture("input", title, [1, h, w],
      say("{picture}: arrow keys move the pen, space lowers or lifts it", { picture: title }), {
        step: Math.ceil(fine / 2),
        pick: (index) => {
          const [x, y] = this.pad.place(index);
          if (this.down) this.stroke([x + 0.5, y + 0.5]);
          this.pad.outline([index], "kernel");
          const place = { row: y, column: x };
          this.pad.describe(title, this.down ? say("pen down, row {row}, column {column}", place)
            : say("pen up, row {row}, column {column}", place));
        },
        press: () => { this.down = !this.down; },
      });
    this.listen(this.pad.canvas);
    const { point, leave, pick } = this.pointing((index) => [layers.length, index]);
    this.shares = classes.map((name, k) => button(name, () => pick(k),
      { onpointerenter: () => point(k), onpointerleave: leave, onfocus: () => pick(k) }));
    this.grids = el("div", { class: "grids", tabindex: 0, role: "group", "aria-label": say("windows") });
    this.windows = [];
    const options = () => [...images.map(([name], k) => [name, k]),
      ...(this.image === null ? [[say("your own"), null]] : [])];
    const pickImage = (k) => {
      if (k !== null) this.load(numbers(images[k][1]), k);
    };
    this.app.append(
      this.front(this.select(say("image"), options, () => this.image, pickImage),
        this.select(say("tool"), () => [[say("pencil"), "pencil"], [say("eraser"), "eraser"]],
          () => this.tool, (tool) => { this.tool = tool; }),
        button(say("Clear"), () => this.load(Array(count(size)).fill(this.state.scale[0]), null))),
      this.message,
      el("div", { class: "top" }, this.pad.box,
        el("div", {}, this.verdict, el("div", { class: "shares output" }, ...this.shares))),
      el("div", { class: "why" }, this.sentence(), this.grids),
      ...this.stages.map(({ picture }) => picture.box),
      this.python(() => this.code()));
    const [, height, width] = layers[0].shape;
    this.looked = [1, height ? (height >> 1) * width + (width >> 1) : 0];
    this.reset();
    this.first = this.state;
    new ResizeObserver(() => { if (this.room !== this.app.clientWidth) this.show(); }).observe(this.app);
  }

  reset() {
    const { images, start } = this.state;
    this.load(numbers(images[start][1]), start);
  }

  // A link carries the pixels, with as many digits as anybody sees.
  changes() {
    if (this.image === this.state.start) return {};
    return { x: Array.from(this.state.x, (v) => Number(v.toPrecision(4))) };
  }

  take({ x }) {
    const size = count(this.state.input.shape);
    if (x.length !== size || !x.every((v) => Number.isFinite(v) && Math.abs(v) <= 1e6)) {
      throw new TypeError("x");
    }
    this.load(x, null);
  }

  // ---- the drawing pad ----

  listen(canvas) {
    let from = null;
    const on = (type, action) => canvas.addEventListener(type, action);
    const draw = (event) => {
      const to = this.pad.find(event);
      this.stroke(to, from ?? to);
      from = to;
    };
    on("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.down = false;
      draw(event);
    });
    on("pointermove", (event) => { if (from) draw(event); });
    on("lostpointercapture", () => { from = null; });
    // While she draws, a screen reader would fall behind.
    on("focus", () => this.live.setAttribute("aria-live", "off"));
    on("blur", () => this.live.setAttribute("aria-live", "polite"));
  }

  // A round pen along a line: every cell that is near enough to it. On 32 cells it is 5 wide, which
  // gives drawn digits as much ink as the data's have.
  stroke([x1, y1], [x0, y0] = [x1, y1]) {
    const { h, w } = this.pad;
    const [dx, dy] = [x1 - x0, y1 - y0];
    const length = dx * dx + dy * dy || 1;
    const value = this.state.scale[this.tool === "pencil" ? 1 : 0];
    this.ink.forEach((_, cell) => {
      const [x, y] = [cell % w + 0.5 - x0, Math.floor(cell / w) % h + 0.5 - y0];
      const part = Math.max(0, Math.min(1, (x * dx + y * dy) / length));
      if (Math.hypot(x - part * dx, y - part * dy) <= Math.max(h, w) / 13) this.ink[cell] = value;
    });
    const { factor: fine, input: { shape: size } } = this.state;
    const x = Array(count(size)).fill(0);
    this.ink.forEach((ink, cell) => { x[this.owner[cell]] += ink; });
    this.image = null;
    this.set({ x: x.map((total) => total / fine ** 2) });
    this.judge();
  }

  // Lay an image on the pad: every cell has its pixel's number.
  load(x, image) {
    this.ink = Float64Array.from(this.owner, (pixel) => x[pixel]);
    [this.image, this.before] = [image, null];
    this.set({ x });
    if (image !== null) this.before = this.answer();
    this.judge();
  }

  // ---- what it says ----

  // The likeliest class; undefined if the outputs are no classes.
  answer() {
    const values = this.result.values.at(-1);
    return this.state.classes[values.indexOf(Math.max(...values))];
  }

  // What the network answers, and whether the reader has changed its mind.
  judge() {
    const now = this.answer();
    if (now === undefined) return;
    const share = this.written(this.stages.length - 1, Math.max(...this.result.values.at(-1)));
    const facts = { now, share, before: this.before };
    const { before, image } = this;
    write(this.verdict, before === null ? say("It says “{now}”, {share}.", facts)
      : image !== null
        ? say("It says “{now}”, {share}. Draw over it until it says something else.", facts)
      : now === before ? say("It still says “{now}”, {share}.", facts)
      : say("Now it says “{now}”, {share}. Before you drew it said “{before}”.", facts));
  }

  // A map stands there large, to be tapped.
  enlarge(stage, index) {
    this.lens.open(this.stages[stage], stage, index, (first) =>
      this.pointing((place) => [stage, first + place]));
    this.lens.arrange(this.room - 30);
    this.show();
  }

  // ---- showing ----

  draw() {
    const { values } = this.result;
    const { scale: [paper, ink], classes, layers } = this.state;
    if (this.room !== this.app.clientWidth) {
      this.room = this.app.clientWidth;
      for (const { picture } of this.stages) picture.arrange(this.room - 30, picture.maps > 1 ? 72 : 192);
      this.pad.arrange(this.room, 256);
      this.lens.arrange(this.room - 30);
    }
    this.stages.forEach(({ picture, name, facts }, stage) => {
      const [low, high] = [Math.min(...values[stage]), Math.max(...values[stage])];
      const most = Math.max(high, -low);
      picture.paint(values[stage], most);
      if (stage === this.lens.stage) this.lens.paint(values[stage], most);
      picture.describe(name, say("{facts}, {low} to {high}",
        { facts, low: this.written(stage, low), high: this.written(stage, high) }));
    });
    this.pad.paint(this.ink.map((value) => (value - paper) / (ink - paper)), 1);
    this.shares.forEach((bar, k) => {
      const share = values.at(-1)[k];
      bar.dataset.share = this.written(layers.length, share);
      bar.setAttribute("aria-label", `${classes[k]}: ${bar.dataset.share}`);
      bar.style.setProperty("--share", `${100 * Math.max(0, Math.min(1, share))}%`);
    });
  }

  mark() {
    const [stage, index] = this.pointed ?? this.looked;
    this.stages.forEach(({ picture }) => picture.frame());
    this.stages[stage].picture.outline([index], "output");
    this.shown = [];
    this.live.replaceChildren(`${this.name(stage, index)} = `, ...this.because(stage, index), " = ",
      el("b", { class: "output" }, this.written(stage, this.result.values[stage][index])));
    this.lens.outline(stage, index);
    this.grids.replaceChildren(...this.shown);
  }

  code() {
    const { x, input: { shape }, call: [model, rest] } = this.state;
    return pyCode({ x: Array.from(numbers(x), (v) => Number(v.toPrecision(7))) },
      ...(model ? [say("# model: the network that this diagram was made of")] : []),
      `diagrams.network(${model}images=x.reshape(${shape.join(", ")})${rest})`);
  }
}

define("network", Network);

});
