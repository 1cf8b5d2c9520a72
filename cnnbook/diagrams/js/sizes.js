// A stack of layers, edited live: shape, receptive field, parameters and multiply-accumulates of
// each, and the picture of what one output sees in every map before it.
"use strict";

globalThis.cnnbookDiagrams.part("sizes", ({
  ARGUMENTS, Diagram, button, copyOf, define, el, labelled, say, stackOf,
}) => {

// What a new layer begins with.
const FIRST = { out_channels: 8, kernel_size: 3, out_features: 10 };

const times = (list) => list.join("×");
const whole = (n) => n.toLocaleString("en-US");

const LABELS = {
  out_channels: () => say("out channels"), kernel_size: () => say("kernel size"),
  stride: () => say("stride"), padding: () => say("padding"), dilation: () => say("dilation"),
  groups: () => say("groups"), out_features: () => say("out features"),
};

class Sizes extends Diagram {
  static get title() { return say("Sizes and costs of a stack of layers"); }
  static compute = stackOf;

  build() {
    this.at = null;
    this.list = el("ol", { class: "layers", start: 0 });
    this.totals = el("p", { class: "sum", "aria-live": "polite" });
    this.picture = el("div", { class: "maps", role: "img" });
    this.seen = el("p", { class: "note" });
    const input = [say("channels"), say("height"), say("width")].map((label, i) =>
      this.field(label, () => this.state.input_size[i], (text) => {
        const size = [...this.state.input_size];
        size[i] = Number(text);
        this.set({ input_size: size });
      }));
    const add = button(say("Add a layer"), () => this.add());
    const windows = () => this.result.rows.flatMap((row, index) => (row.axes ? [index] : []));
    this.windows = windows;
    const cells = (i) => () => this.chosen().map[i + 1] - 1;
    this.app.append(
      el("div", { class: "bar" }, this.preset(say("stack"), "stack"), ...input),
      this.message, this.list, el("div", { class: "bar" }, add), this.totals,
      el("p", { class: "title" }, say("What one output sees")),
      el("div", { class: "bar" },
        this.select(say("of layer"), () => windows().map((index) =>
          [`${index}: ${this.state.layers[index][0]}`, index]), () => this.which(),
        (index) => { this.at = index; this.cell = null; this.show(); }),
        this.slider(say("row"), 0, cells(0)), this.slider(say("column"), 1, cells(1))),
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
        "aria-label": say("layer {index}", { index }),
        onchange: () => {
          if (!(choose.value in ARGUMENTS)) return;
          const given = Object.keys(ARGUMENTS[choose.value]).filter((name) => name in FIRST)
            .map((name) => [name, this.state.layers[index][1][name] ?? FIRST[name]]);
          this.change(index, [choose.value, Object.fromEntries(given)]);
          if (this.state.layers[index][0] !== choose.value) choose.value = kind;
        },
      }, ...Object.keys(ARGUMENTS).map((name) =>
        el("option", name === kind ? { selected: "" } : {}, name)));
      const fields = Object.keys(ARGUMENTS[kind]).filter((name) => name !== "bias").map((name) => {
        const field = el("input", {
          class: "number", "aria-label": say("{argument} of layer {index}", { argument: name, index }),
          autocomplete: "off", placeholder: say("kernel"),
          onchange: () => {
            const args = { ...this.state.layers[index][1], [name]: readArgument(field.value) };
            this.change(index, [kind, args]);
          },
        });
        this.fields.push([field, index, name]);
        return labelled(LABELS[name](), field);
      });
      const facts = el("div", { class: "facts" });
      this.facts.push(facts);
      const remove = button("✕", () => this.change(index, null),
        { class: "remove", "aria-label": say("remove layer {index}", { index }) });
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
      this.facts[index].replaceChildren(fact(say("shape"), times(row.shape)),
        fact(say("sees"), times(row.field)), fact(say("parameters"), whole(row.parameters)),
        fact(say("MACs"), whole(row.macs)));
    });
    this.totals.textContent = say("{input} → {output}: {parameters} parameters, {macs} MACs for one image.", {
      input: times(this.state.input_size), output: times(rows.at(-1).shape),
      parameters: whole(parameters), macs: whole(macs),
    });
  }

  // Trace one output cell back: in each map before it, from which row and column to which.
  trace() {
    const upto = this.which();
    const { rows } = this.result;
    const stages = [{ name: say("input"), map: this.state.input_size, axes: null }];
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
    const [top, bottom, left, right] = [...rows, ...columns];
    const places = { cell: cell.join(", "), top, bottom, left, right };
    this.seen.textContent = stages.length < 2 ? say("No layer here looks at more than one pixel.")
      : beyond ? say("Output [{cell}] sees rows {top} to {bottom} and columns {left} to {right} of " +
        "the input; what lies outside the picture is padding.", places)
      : say("Output [{cell}] sees rows {top} to {bottom} and columns {left} to {right} of the input.",
        places);
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
});
