// A whole small network: draw, and every map follows; point at a number to see where it is from.
(() => {
"use strict";

const {
  Diagram, Grid, axis, button, define, el, factor, finite, grid, number, plus, product, pyCode, refuse,
} = globalThis.cnnbookDiagrams;

// Numbers as Python packs them, float32 in base64, or a plain list.
const numbers = (given) => Float64Array.from(typeof given === "string"
  ? new Float32Array(Uint8Array.from(atob(given), (letter) => letter.charCodeAt()).buffer) : given);
const sum = (list) => list.reduce((total, value) => total + value, 0);
const count = (shape) => shape.reduce((total, n) => total * n);

// ---- arithmetic -------------------------------------------------------------------------------

// A function of each number by itself, and how it is written.
const POINTWISE = {
  identity: [(v) => v, "", ""], relu: [(v) => Math.max(0, v), "max(0, ", ")"],
  sigmoid: [(v) => 1 / (1 + Math.exp(-v)), "1 / (1 + exp(−(", ")))"], tanh: [Math.tanh, "tanh(", ")"],
};

// What a layer needs besides its input, worked out once: its weights and, for each place of an
// output map, which pixels of an input map its window reads (−1: padding). A pooling is a
// convolution of each map by itself, with equal weights, or with 1 and the maximum for the sum.
const plans = new WeakMap();

function planOf(layer) {
  if (!plans.has(layer)) {
    const { reads: [channels, h, w], kernel, stride, padding, dilation, groups, mode, kind } = layer;
    const [rows, columns] = [h, w].map((n, i) =>
      axis(n, kernel[i], stride[i], ...padding[i], dilation[i], mode));
    const k = rows.k * columns.k;
    const reads = grid(rows.out, columns.out, (i, j) => grid(rows.k, columns.k, (u, v) => {
      const [r, c] = [rows.source(rows.at(i, u)), columns.source(columns.at(j, v))];
      return r < 0 || c < 0 ? -1 : r * w + c;
    })).flat(3);
    const bias = layer.bias ? numbers(layer.bias) : new Float64Array(channels);
    plans.set(layer, {
      rows, columns, k, bias, maps: bias.length, reads: Int32Array.from(reads), plane: h * w,
      places: rows.out * columns.out, inputs: channels / groups, per: bias.length / groups,
      weight: layer.bias ? numbers(layer.weight)
        : new Float64Array(channels * k).fill(kind === "max_pool2d" ? 1 : 1 / k),
    });
  }
  return plans.get(layer);
}

function slide(plan, x, largest) {
  const { weight, bias, reads, k, maps, places, plane, inputs, per } = plan;
  const y = new Float64Array(maps * places);
  for (let o = 0; o < maps; o += 1) {
    const first = Math.floor(o / per) * inputs;
    for (let p = 0; p < places; p += 1) {
      let value = largest ? -Infinity : bias[o];
      for (let c = 0; c < inputs; c += 1) {
        const [from, at] = [(first + c) * plane, (o * inputs + c) * k];
        for (let t = 0; t < k; t += 1) {
          const source = reads[p * k + t];
          if (source >= 0) {
            const term = weight[at + t] * x[from + source];
            if (!largest) value += term;
            else if (term > value) value = term;
          }
        }
      }
      y[o * places + p] = value;
    }
  }
  return y;
}

function powersOf(x) {
  const top = Math.max(...x);
  return x.map((v) => Math.exp(v - top));
}

function forward(layer, x) {
  if (POINTWISE[layer.kind]) return x.map(POINTWISE[layer.kind][0]);
  if (layer.kind !== "softmax") return slide(planOf(layer), x, layer.kind === "max_pool2d");
  const powers = powersOf(x);
  return powers.map((v) => v / sum(powers));
}

// The numbers after each layer, the input first.
function compute({ input: { shape: size }, layers, images, x = images[0][1] }) {
  const values = [numbers(x)];
  if (values[0].length !== count(size)) {
    refuse(`The input has ${values[0].length} numbers; expected ${count(size)}.`);
  }
  values[0].forEach((value) => finite("The input", value));
  for (const layer of layers) values.push(forward(layer, values.at(-1)));
  if (!values.at(-1).every(Number.isFinite)) refuse("The network's numbers overflow.");
  return { values };
}

// ---- pictures ---------------------------------------------------------------------------------

// Maps side by side, a square for each number: the larger, the stronger; negative ones smaller
// and in another colour. One stop of the Tab key; arrow keys go from number to number.
class Picture extends Grid {
  constructor(role, label, shape, help, actions) {
    super(role, label, actions);
    const [length, h] = shape;
    [this.maps, this.h, this.w] = h ? shape : [1, Math.ceil(length / 16), Math.min(length, 16)];
    Object.assign(this, { role, count: count(shape), index: 0 });
    const find = (event) => this.number(...this.find(event).map(Math.floor));
    const pick = (index) => {
      if (index >= 0) actions.pick(this.index = index);
    };
    this.canvas = el("canvas", {
      tabindex: 0, role: "application", "aria-label": `${label}: ${help}`,
      onpointermove: (event) => {
        const index = event.pointerType === "mouse" ? find(event) : -1;
        if (index >= 0) actions.point?.(index);
      },
      onpointerleave: () => actions.leave?.(),
      onclick: (event) => pick(find(event)),
      onfocus: () => pick(this.index),
      onkeydown: (event) => {
        const [right, down] = {
          ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], " ": [0, 0],
        }[event.key] ?? [];
        if (down === undefined) return;
        event.preventDefault();
        if (!right && !down) actions.press?.();
        const [x, y] = this.place(this.index);
        const to = (n) => this.number(x + n * right, y + n * down);
        // From map to map over the line between them.
        const { step = 1 } = actions;
        pick(to(step) < 0 ? to(step + 1) : to(step));
      },
    });
    this.body.replaceWith(this.canvas);
  }

  listen() {}

  // How large a square is and how many maps stand side by side, in so many pixels of width.
  arrange(room, side) {
    const { maps, h, w } = this;
    const size = Math.max(2, Math.min(12, Math.floor(side / Math.max(h, w))));
    const most = Math.max(1, Math.floor((room + size) / (size * (w + 1))));
    const lines = Math.ceil(maps / most);
    const across = Math.ceil(maps / lines);
    Object.assign(this, { across, size, columns: across * (w + 1) - 1, rows: lines * (h + 1) - 1 });
    [this.canvas.width, this.canvas.height] = [this.columns * size, this.rows * size];
    this.sheet.style.width = `${this.canvas.width}px`;
    this.colours = [this.role, "unused"].map((role) =>
      getComputedStyle(this.canvas).getPropertyValue(`--${role}`));
  }

  // Column and row of a number, counted in squares of the whole picture.
  place(index) {
    const { h, w, across } = this;
    const map = Math.floor(index / (h * w));
    return [(map % across) * (w + 1) + index % w,
      Math.floor(map / across) * (h + 1) + Math.floor(index / w) % h];
  }

  // The number at a column and row, −1 between maps and outside.
  number(x, y) {
    const { h, w, across, columns } = this;
    const [c, r] = [x % (w + 1), y % (h + 1)];
    const map = Math.floor(y / (h + 1)) * across + Math.floor(x / (w + 1));
    const index = (map * h + r) * w + c;
    return x >= 0 && x < columns && c < w && y >= 0 && r < h && index < this.count ? index : -1;
  }

  // Where the pointer is, in squares.
  find({ offsetX: x, offsetY: y }) {
    const { canvas, columns, rows } = this;
    return [x / canvas.clientWidth * columns, y / canvas.clientHeight * rows];
  }

  paint(values, most) {
    const { size, canvas, colours, h, w } = this;
    const context = canvas.getContext("2d");
    const square = (index, strength, colour, edge, wide = 1, high = 1) => {
      const [x, y] = this.place(index).map((n) => n * size + edge);
      context.globalAlpha = strength;
      context.fillStyle = colour;
      context.fillRect(x, y, size * wide - 2 * edge, size * high - 2 * edge);
    };
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let map = 0; map < this.maps; map += 1) square(map * h * w, 0.06, colours[0], 0, w, h);
    for (let index = 0; index < this.count; index += 1) {
      const value = values[index];
      if (value) {
        const under = value < 0;
        square(index, Math.min(1, Math.abs(value) / most), colours[+under], under && size / 4);
      }
    }
  }

  outline(indices, role) {
    this.frame(...indices.map((index) => {
      const [x, y] = this.place(index);
      return [y, x, 1, 1, role];
    }));
  }
}

// ---- the diagram ------------------------------------------------------------------------------

class Network extends Diagram {
  static title = "A network, live";
  static compute = compute;

  build() {
    const { input, layers, images, classes, factor: fine } = this.state;
    const { shape: size } = input;
    this.stages = [input, ...layers].map((layer, stage) => {
      const picture = new Picture(stage ? "output" : "input", layer.name, layer.shape,
        `${layer.facts}; arrow keys go from number to number`,
        this.pointing((index) => [stage, index]));
      return { ...layer, picture };
    });
    const [h, w] = size.slice(1).map((n) => n * fine);
    // Which pixel each cell of the drawing pad belongs to; a pixel is the mean of its cells.
    this.owner = Int32Array.from({ length: count(size) * fine ** 2 }, (_, cell) =>
      Math.floor(cell / w / fine) * size[2] + Math.floor(cell % w / fine));
    this.tool = "pencil";
    const title = "Draw here, large";
    this.pad = new Picture("input", title, [1, h, w],
      "arrow keys move the pen, space lowers or lifts it", {
        step: Math.ceil(fine / 2),
        pick: (index) => {
          const [x, y] = this.pad.place(index);
          if (this.down) this.stroke([x + 0.5, y + 0.5]);
          this.pad.outline([index], "kernel");
          this.pad.describe(title, `pen ${this.down ? "down" : "up"}, row ${y}, column ${x}`);
        },
        press: () => { this.down = !this.down; },
      });
    this.listen(this.pad.canvas);
    const { point, leave, pick } = this.pointing((index) => [layers.length, index]);
    this.shares = classes.map((name, k) => button(name, () => pick(k),
      { onpointerenter: () => point(k), onpointerleave: leave, onfocus: () => pick(k) }));
    this.grids = el("div", { class: "grids", tabindex: 0, role: "group", "aria-label": "windows" });
    this.windows = [];
    const options = () => [...images.map(([name], k) => [name, k]),
      ...(this.image === null ? [["your own", null]] : [])];
    this.app.append(
      el("div", { class: "bar" },
        this.select("image", options, () => this.image, (k) => this.load(numbers(images[k][1]), k)),
        this.select("tool", () => ["pencil", "eraser"].map((t) => [t, t]), () => this.tool,
          (tool) => { this.tool = tool; }),
        button("Clear", () => this.load(Array(count(size)).fill(this.state.scale[0]), null))),
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
      picture.describe(name, `${facts}, ${number(low)} to ${number(high)}`);
    });
    this.pad.paint(this.ink.map((value) => (value - paper) / (ink - paper)), 1);
    this.shares.forEach((bar, k) => {
      const share = values.at(-1)[k];
      bar.dataset.share = number(share);
      bar.setAttribute("aria-label", `${classes[k]}: ${number(share)}`);
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
    if (!stage) return [`mean of ${fine}×${fine} cells of the pad`];
    const layer = layers[stage - 1];
    const x = this.result.values[stage - 1];
    if (layer.kernel) return this.window(layer, stage, index);
    this.stages[stage - 1].picture.outline([index], "kernel");
    if (layer.kind === "softmax") {
      const powers = powersOf(x);
      return [`exp(${number(x[index])} − ${factor(Math.max(...x))}) / the sum of all ${x.length} = `,
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
    const channels = grid(inputs, k, (c, t) => {
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
      return [`the largest of ${terms.length},`, name(winner.at)];
    }
    if (layer.kind === "avg_pool2d") return [`(${number(k * channels[0].part)}, the window's sum) / ${k}`];
    const products = written.map(({ at, value, weight: w }) =>
      el("span", {}, product(value, "input", w, "kernel"), written === terms ? "" : name(at)));
    if (written !== terms) {
      products.push(`${factor(parts(channels) - parts(written))} (${terms.length - 8} smaller terms)`);
    }
    return plus([...products, `${factor(bias[o])} (bias)`]);
  }

  // A channel's window as a grid: numbers above, weights below; of a maximum the winner.
  open({ kind, bias, kernel: [rows, columns] }, stage, { map, terms, part }, winner) {
    const shown = this.windows[this.shown.length] ??= new Grid("input", "", {});
    this.shown.push(shown.box);
    const name = `${this.stages[stage - 1].name}, map ${map}`;
    shown.body.setAttribute("aria-label", name);
    shown.describe(name, bias ? `sum ${number(part)}` : "");
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
      ...(model ? ["# model: the network that this diagram was made of"] : []),
      `diagrams.network(${model}images=x.reshape(${shape.join(", ")})${rest})`);
  }
}

define("network", Network);
})();
