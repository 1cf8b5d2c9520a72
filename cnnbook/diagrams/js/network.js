// A whole small network: draw, and every map follows; point at a number to see where it is from.
"use strict";

globalThis.cnnbookDiagrams.part("network", ({
  Diagram, Grid, POINTWISE, Picture, button, count, define, el, factor, matrix, number, numbers,
  percent, planOf, plus, powersOf, product, pyCode, say, sayParts, sum, valuesOf,
}) => {

class Network extends Diagram {
  static get title() { return say("A network, live"); }
  static compute = valuesOf;

  build() {
    const { input, layers, images, classes, factor: fine } = this.state;
    const { shape: size } = input;
    this.stages = [input, ...layers].map((layer, stage) => {
      const picture = new Picture(stage ? "output" : "input", layer.name, layer.shape,
        say("{picture}: {facts}; arrow keys go from number to number",
          { picture: layer.name, facts: layer.facts }),
        this.pointing((index) => [stage, index]));
      return { ...layer, picture };
    });
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
      el("div", { class: "bar" },
        this.select(say("image"), options, () => this.image, pickImage),
        this.select(say("tool"), () => [[say("pencil"), "pencil"], [say("eraser"), "eraser"]],
          () => this.tool, (tool) => { this.tool = tool; }),
        button(say("Clear"), () => this.load(Array(count(size)).fill(this.state.scale[0]), null))),
      this.message,
      el("div", { class: "top" }, this.pad.box, el("div", { class: "shares output" }, ...this.shares)),
      el("div", { class: "why" }, this.sentence(), this.grids),
      ...this.stages.map(({ picture }) => picture.box),
      this.python(() => this.code()));
    const [, height, width] = layers[0].shape;
    this.looked = [1, height ? (height >> 1) * width + (width >> 1) : 0];
    this.load(numbers(images[0][1]), 0);
    new ResizeObserver(() => { if (this.room !== this.app.clientWidth) this.show(); }).observe(this.app);
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
  }

  // Lay an image on the pad: every cell has its pixel's number.
  load(x, image) {
    this.ink = Float64Array.from(this.owner, (pixel) => x[pixel]);
    this.image = image;
    this.set({ x });
  }

  // ---- showing ----

  draw() {
    const { values } = this.result;
    const { scale: [paper, ink], classes } = this.state;
    if (this.room !== this.app.clientWidth) {
      this.room = this.app.clientWidth;
      for (const { picture } of this.stages) picture.arrange(this.room - 30, picture.maps > 1 ? 72 : 192);
      this.pad.arrange(this.room, 256);
    }
    this.stages.forEach(({ picture, name, facts }, stage) => {
      const [low, high] = [Math.min(...values[stage]), Math.max(...values[stage])];
      picture.paint(values[stage], Math.max(high, -low));
      picture.describe(name,
        say("{facts}, {low} to {high}", { facts, low: number(low), high: number(high) }));
    });
    this.pad.paint(this.ink.map((value) => (value - paper) / (ink - paper)), 1);
    const written = ["softmax", "sigmoid"].includes(this.stages.at(-1).kind) ? percent : number;
    this.shares.forEach((bar, k) => {
      const share = values.at(-1)[k];
      bar.dataset.share = written(share);
      bar.setAttribute("aria-label", `${classes[k]}: ${written(share)}`);
      bar.style.setProperty("--share", `${100 * Math.max(0, Math.min(1, share))}%`);
    });
  }

  // A number's name: conv1[0, 3, 4].
  name(stage, index) {
    const { name, shape: [, h, w] } = this.stages[stage];
    const place = h ? [Math.floor(index / (h * w)), Math.floor(index / w) % h, index % w] : [index];
    return `${name}[${place.join(", ")}]`;
  }

  mark() {
    const [stage, index] = this.pointed ?? this.looked;
    this.stages.forEach(({ picture }) => picture.frame());
    this.stages[stage].picture.outline([index], "output");
    this.shown = [];
    this.live.replaceChildren(`${this.name(stage, index)} = `, ...this.because(stage, index), " = ",
      el("b", { class: "output" }, number(this.result.values[stage][index])));
    this.grids.replaceChildren(...this.shown);
  }

  // The arithmetic of a number, as parts of a sentence.
  because(stage, index) {
    const { factor: fine, layers } = this.state;
    if (!stage) return [say("mean of {cells} cells of the pad", { cells: `${fine}×${fine}` })];
    const layer = layers[stage - 1];
    const x = this.result.values[stage - 1];
    if (layer.kernel) return this.window(layer, stage, index);
    this.stages[stage - 1].picture.outline([index], "kernel");
    if (layer.kind === "softmax") {
      const powers = powersOf(x);
      const power = `exp(${number(x[index])} − ${factor(Math.max(...x))})`;
      return [say("{power} / the sum of all {count}", { power, count: x.length }), " = ",
        `${number(powers[index])} / ${number(sum(powers))}`];
    }
    const [, before, after] = POINTWISE[layer.kind];
    return [before, el("b", { class: "input" }, this.name(stage - 1, index)), after, " = ", before,
      number(x[index]), after];
  }

  // A window: its numbers times its weights.
  window(layer, stage, index) {
    const { rows, columns, weight, bias, reads, k, places, plane, inputs, per } = planOf(layer);
    const { picture } = this.stages[stage - 1];
    const x = this.result.values[stage - 1];
    const [o, p] = [Math.floor(index / places), index % places];
    const name = (at) => el("small", {}, ` ${this.name(stage - 1, at)}`);
    const parts = (list) => sum(list.map(({ part }) => part));
    const first = Math.floor(o / per) * inputs;
    const channels = matrix(inputs, k, (c, t) => {
      const source = reads[p * k + t];
      const at = source < 0 ? -1 : (first + c) * plane + source;
      const [value, w] = [x[at] ?? 0, weight[(o * inputs + c) * k + t]];
      return { at, value, weight: w, part: value * w };
    }).map((terms, c) => ({ map: first + c, terms, part: parts(terms) }));
    const terms = channels.flatMap((channel) => channel.terms).filter(({ at }) => at >= 0);
    const bySize = (a, b) => Math.abs(b.part) - Math.abs(a.part);
    const written = terms.length > 12 ? [...terms].sort(bySize).slice(0, 8) : terms;
    const winner = terms.reduce((best, term) => (term.value > best.value ? term : best));
    if (layer.kind === "linear") picture.outline(written.map(({ at }) => at), "kernel");
    else {
      picture.frame(...channels.map(({ map }) => {
        const [left, top] = picture.place(map * plane);
        return [top + rows.at(Math.floor(p / columns.out), 0) - rows.before,
          left + columns.at(p % columns.out, 0) - columns.before, rows.span, columns.span, "kernel"];
      }));
      // Of many channels those that matter most.
      if (k <= 64) channels.sort(bySize).slice(0, Math.max(1, 200 / k))
        .forEach((channel) => this.open(layer, stage, channel, winner));
    }
    if (layer.kind === "max_pool2d") {
      return sayParts("the largest of {count},{place}",
        { count: terms.length, place: name(winner.at) });
    }
    if (layer.kind === "avg_pool2d") {
      return [say("({sum}, the window's sum) / {count}",
        { sum: number(k * channels[0].part), count: k })];
    }
    const products = written.map(({ at, value, weight: w }) =>
      el("span", {}, product(value, "input", w, "kernel"), written === terms ? "" : name(at)));
    if (written !== terms) {
      products.push(say("{sum} ({count} smaller terms)",
        { sum: factor(parts(channels) - parts(written)), count: terms.length - 8 }));
    }
    return plus([...products, say("{number} (bias)", { number: factor(bias[o]) })]);
  }

  // A channel's window as a grid: numbers above, weights below; of a maximum the winner.
  open({ kind, bias, kernel: [rows, columns] }, stage, { map, terms, part }, winner) {
    const shown = this.windows[this.shown.length] ??= new Grid("input", "", {});
    this.shown.push(shown.box);
    const name = say("{layer}, map {map}", { layer: this.stages[stage - 1].name, map });
    shown.body.setAttribute("aria-label", name);
    shown.describe(name, bias ? say("sum {sum}", { sum: number(part) }) : "");
    shown.fill(rows, columns, (r, c) => {
      const { at, value } = terms[r * columns + c];
      return { value, kind: at < 0 ? "padding" : "" };
    });
    shown.mark(terms.flatMap((term, t) => (kind === "max_pool2d" && term !== winner ? [] : [{
      r: Math.floor(t / columns), c: t % columns, as: "tap",
      weight: bias && `×${number(term.weight, 2)}`,
    }])));
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
