// A stack of layers, edited live: shape, receptive field, parameters and multiply-accumulates of
// each, and the picture of what one output sees in every map before it.
(() => {
"use strict";

const {
  Diagram, axes, axis, button, choice, copyOf, define, el, integer, labelled, pair, refuse,
} = globalThis.cnnbookDiagrams;

// The limits and arguments of cnnbook/diagrams/_sizes.py; undefined: must be given.
const MAX = { layers: 24, side: 4096, window: 512 };
const POOL = { kernel_size: undefined, stride: null, padding: 0 };
const ARGUMENTS = {
  conv2d: {
    out_channels: undefined, kernel_size: undefined, stride: 1, padding: 0, dilation: 1, groups: 1,
    bias: true,
  },
  max_pool2d: POOL,
  avg_pool2d: POOL,
  relu: {},
  flatten: {},
  linear: { out_features: undefined, bias: true },
};
// What a new layer begins with.
const FIRST = { out_channels: 8, kernel_size: 3, out_features: 10 };

const times = (list) => list.join("×");
const whole = (n) => n.toLocaleString("en-US");

// A window operation on shape [C, H, W]: what it makes of it, and its two axes.
function windowed(kind, a, [channels, height, width]) {
  const k = pair("kernel_size", a.kernel_size, 1, MAX.window);
  const s = a.stride === null ? k : pair("stride", a.stride, 1, MAX.window);
  const d = pair("dilation", a.dilation ?? 1, 1, MAX.window);
  const same = kind === "conv2d" && a.padding === "same";
  const p = same || a.padding === "valid" ? [0, 0] : pair("padding", a.padding, 0, MAX.window);
  if (kind !== "conv2d" && (a.padding === "valid" || p.some((n, i) => 2 * n > k[i]))) {
    refuse("padding is more than half the kernel.");
  }
  const both = axes([height, width], k, s, same ? a.padding : p, d, "zeros", MAX.window);
  const out = both.map((one) => one.out);
  if (kind !== "conv2d") return { shape: [channels, ...out], axes: both, parameters: 0, macs: 0 };
  const made = integer("out_channels", a.out_channels, 1, MAX.side);
  const groups = integer("groups", a.groups, 1, MAX.side);
  if (channels % groups || made % groups) {
    refuse(`groups is ${groups}; expected a divisor of ${channels} and of ${made}.`);
  }
  const weights = made * (channels / groups) * k[0] * k[1];
  choice("bias", a.bias, [true, false]);
  return {
    shape: [made, ...out], axes: both, parameters: weights + (a.bias ? made : 0),
    macs: weights * out[0] * out[1],
  };
}

// A fully connected layer sees the whole map before it, as a kernel of that size would.
function connected(a, [features], before) {
  const made = integer("out_features", a.out_features, 1, MAX.side);
  choice("bias", a.bias, [true, false]);
  return {
    shape: [made], map: [made, 1, 1], macs: features * made,
    parameters: features * made + (a.bias ? made : 0),
    axes: before.slice(1).map((n) => axis(n, n, 1, 0, 0, 1)),
  };
}

// rows: one per layer, with its shape, the last shape that has a height (map), axes, field and cost.
function compute(state) {
  if (state.input_size?.length !== 3) refuse("The input size needs three numbers: C, H, W.");
  let shape = state.input_size.map((n) => integer("The input size", n, 1, MAX.side));
  if (!Array.isArray(state.layers) || !state.layers.length || state.layers.length > MAX.layers) {
    refuse(`Expected 1 to ${MAX.layers} layers.`);
  }
  let map = shape;
  const [field, jump] = [[1, 1], [1, 1]];
  const rows = state.layers.map(([kind, given], index) => {
    try {
      choice("The layer", kind, Object.keys(ARGUMENTS));
      for (const name of Object.keys(given)) choice("An argument", name, Object.keys(ARGUMENTS[kind]));
      const a = { ...ARGUMENTS[kind], ...given };
      const flat = shape.length === 1;
      if (flat && "kernel_size" in a) refuse("it comes after flatten.");
      if (!flat && kind === "linear") refuse("it needs flatten before it.");
      let row = { shape, parameters: 0, macs: 0 };
      if ("kernel_size" in a) row = windowed(kind, a, shape);
      else if (kind === "linear") row = connected(a, shape, map);
      else if (kind === "flatten") row.shape = [shape.reduce((product, n) => product * n)];
      shape = row.shape;
      if (row.axes) map = row.map ?? shape;
      row.axes?.forEach((one, i) => {
        field[i] += (one.span - 1) * jump[i];
        jump[i] *= one.s;
      });
      if (Math.max(row.parameters, row.macs, ...field) > Number.MAX_SAFE_INTEGER) {
        refuse("that is more than 2^53 of something.");
      }
      return { ...row, map, field: [...field] };
    } catch (error) {
      error.message = `Layer ${index} (${kind}): ${error.message}`;
      throw error;
    }
  });
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
  return { rows, parameters: total("parameters"), macs: total("macs") };
}

class Sizes extends Diagram {
  static title = "Sizes and costs of a stack of layers";
  static compute = compute;

  build() {
    this.at = null;
    this.list = el("ol", { class: "layers", start: 0 });
    this.totals = el("p", { class: "sum", "aria-live": "polite" });
    this.picture = el("div", { class: "maps", role: "img" });
    this.seen = el("p", { class: "note" });
    const input = ["channels", "height", "width"].map((name, i) =>
      this.field(name, () => this.state.input_size[i], (text) => {
        const size = [...this.state.input_size];
        size[i] = Number(text);
        this.set({ input_size: size });
      }));
    const add = button("Add a layer", () => this.add());
    const windows = () => this.result.rows.flatMap((row, index) => (row.axes ? [index] : []));
    this.windows = windows;
    const cells = (i) => () => this.chosen().map[i + 1] - 1;
    this.app.append(
      el("div", { class: "bar" }, this.preset("stack"), ...input),
      this.message, this.list, el("div", { class: "bar" }, add), this.totals,
      el("p", { class: "title" }, "What one output sees"),
      el("div", { class: "bar" },
        this.select("of layer", () => windows().map((index) =>
          [`${index}: ${this.state.layers[index][0]}`, index]), () => this.which(),
        (index) => { this.at = index; this.cell = null; this.show(); }),
        this.slider("row", 0, cells(0)), this.slider("column", 1, cells(1))),
      this.picture, this.seen,
      this.python(() => this.code()),
    );
  }

  // The layer whose output is traced back: the chosen one, else the last before the head.
  which() {
    const list = this.windows();
    if (list.includes(this.at)) return this.at;
    const spatial = list.filter((index) => this.result.rows[index].shape.length === 3);
    return spatial.at(-1) ?? list.at(-1) ?? -1;
  }

  chosen() {
    return this.result.rows[this.which()] ?? { map: [1, 1, 1], axes: null };
  }

  // Which cell of the chosen map: the middle until the reader moves it.
  place() {
    const { map } = this.chosen();
    return [1, 2].map((i) => Math.min(this.cell?.[i - 1] ?? Math.floor(map[i] / 2), map[i] - 1));
  }

  slider(label, i, last) {
    const field = el("input", {
      type: "range", min: 0, "aria-label": label,
      oninput: () => {
        this.cell = this.place();
        this.cell[i] = +field.value;
        this.mark();
      },
    });
    this.follow(() => { field.max = last(); field.value = this.place()[i]; });
    return labelled(label, field);
  }

  add() {
    const layers = copyOf(this.state.layers);
    const flat = this.result.rows.at(-1).shape.length === 1;
    layers.push(flat ? ["linear", { out_features: 10 }] : ["relu", {}]);
    this.set({ layers });
  }

  change(index, layer) {
    const layers = copyOf(this.state.layers);
    layers.splice(index, 1, ...(layer ? [layer] : []));
    this.set({ layers });
  }

  // One line per layer: its kind, its arguments, what it makes of the shape. The lines are made
  // anew only when a kind changes: a field that is being left must stay where it is.
  arrange() {
    const kinds = this.state.layers.map(([kind]) => kind).join();
    if (kinds === this.kinds) return;
    this.kinds = kinds;
    this.fields = [];
    this.facts = [];
    this.list.replaceChildren(...this.state.layers.map(([kind], index) => {
      const choose = el("select", {
        "aria-label": `layer ${index}`,
        onchange: () => {
          const given = Object.keys(ARGUMENTS[choose.value]).filter((name) => name in FIRST)
            .map((name) => [name, this.state.layers[index][1][name] ?? FIRST[name]]);
          this.change(index, [choose.value, Object.fromEntries(given)]);
          if (this.state.layers[index][0] !== choose.value) choose.value = kind;
        },
      }, ...Object.keys(ARGUMENTS).map((name) =>
        el("option", name === kind ? { selected: "" } : {}, name)));
      const fields = Object.keys(ARGUMENTS[kind]).filter((name) => name !== "bias").map((name) => {
        const field = el("input", {
          class: "number", "aria-label": `${name} of layer ${index}`, autocomplete: "off",
          placeholder: "kernel",
          onchange: () => {
            const args = { ...this.state.layers[index][1], [name]: readArgument(field.value) };
            this.change(index, [kind, args]);
          },
        });
        this.fields.push([field, index, name]);
        return labelled(name.replace("_", " "), field);
      });
      const facts = el("div", { class: "facts" });
      this.facts.push(facts);
      const remove = button("✕", () => this.change(index, null),
        { class: "remove", "aria-label": `remove layer ${index}` });
      return el("li", {}, el("div", { class: "bar" }, choose, ...fields, remove), facts);
    }));
  }

  draw() {
    this.arrange();
    const { rows, parameters, macs } = this.result;
    for (const [field, index, name] of this.fields) {
      const [kind, given] = this.state.layers[index];
      field.value = writeArgument({ ...ARGUMENTS[kind], ...given }[name]);
    }
    rows.forEach((row, index) => {
      const fact = (name, value) => el("span", {}, el("small", {}, name), " ", el("b", {}, value));
      this.facts[index].replaceChildren(fact("shape", times(row.shape)),
        fact("sees", times(row.field)), fact("parameters", whole(row.parameters)),
        fact("MACs", whole(row.macs)));
    });
    this.totals.textContent = `${times(this.state.input_size)} → ${times(rows.at(-1).shape)}: ` +
      `${whole(parameters)} parameters, ${whole(macs)} MACs for one image.`;
  }

  // Trace one output cell back: in each map before it, from which row and column to which.
  trace() {
    const upto = this.which();
    const { rows } = this.result;
    const stages = [{ name: "input", map: this.state.input_size, axes: null }];
    for (let index = 0; index <= upto; index += 1) {
      const { axes, map } = rows[index];
      if (axes) stages.push({ name: `${index}: ${this.state.layers[index][0]}`, map, axes });
    }
    let range = this.place().map((p) => [p, p]);
    for (let index = stages.length - 1; index >= 0; index -= 1) {
      stages[index].range = range;
      range = stages[index].axes?.map((a, i) =>
        [a.at(range[i][0], 0) - a.before, a.at(range[i][1], a.k - 1) - a.before]);
    }
    return stages;
  }

  mark() {
    const stages = this.trace();
    const largest = Math.max(...stages.flatMap(({ map }) => map.slice(1)));
    // Small maps keep a visible size; the caption has the true one.
    const scale = (n) => Math.max(8, (120 * n) / largest);
    this.picture.replaceChildren(...stages.map(({ name, map, range }, index) => {
      const [, height, width] = map;
      const [h, w] = [scale(height), scale(width)];
      const [[top, bottom], [left, right]] = range;
      const role = index === 0 ? "input" : "output";
      const box = {
        x: (left * w) / width, y: (top * h) / height,
        width: ((right - left + 1) * w) / width, height: ((bottom - top + 1) * h) / height,
      };
      const svg = el("svg", {
        "aria-hidden": "true", width: w + 24, height: h + 24,
        viewBox: `-12 -12 ${w + 24} ${h + 24}`,
      },
        el("rect", { class: `map ${role}`, width: w, height: h }),
        el("rect", { class: "halo", ...box }), el("rect", { class: "kernel", ...box }));
      return el("div", { class: `map ${role}` }, el("span", {}, name), svg,
        el("span", {}, times(map)));
    }));
    const [{ range, map }] = stages;
    const [rows, columns] = range;
    const beyond = rows[0] < 0 || columns[0] < 0 || rows[1] >= map[1] || columns[1] >= map[2];
    const cell = this.place();
    this.seen.textContent = stages.length > 1
      ? `Output [${cell.join(", ")}] sees rows ${rows.join(" to ")} and columns ${columns.join(" to ")} of ` +
        `the input${beyond ? "; what lies outside the picture is padding" : ""}.`.replace(/-/g, "−")
      : "No layer here looks at more than one pixel.";
    this.picture.setAttribute("aria-label", this.seen.textContent);
  }

  code() {
    const value = (v) => (v === null ? "None" : v === true ? "True" : v === false ? "False"
      : Array.isArray(v) ? `(${v.join(", ")})` : JSON.stringify(v));
    const entry = ([name, v]) => `"${name}": ${value(v)}`;
    const lines = this.state.layers.map(([kind, given]) =>
      `    ("${kind}", {${Object.entries(given).map(entry).join(", ")}}),`);
    return ["from cnnbook import diagrams", "", "layers = [", ...lines, "]",
      `diagrams.sizes((${this.state.input_size.join(", ")}), layers)`, ""].join("\n");
  }
}

// “3”, “3, 1” or “same”; an empty field is None. What is none of these is refused by compute.
function readArgument(text) {
  const parts = text.split(/[\s,×()]+/).filter(Boolean);
  if (!parts.length) return null;
  const numbers = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return numbers.length === 1 ? numbers[0] : numbers;
}

function writeArgument(value) {
  if (value === null) return "";
  return Array.isArray(value) && value[0] === value[1] ? String(value[0]) : String(value);
}

define("sizes", Sizes);
})();
