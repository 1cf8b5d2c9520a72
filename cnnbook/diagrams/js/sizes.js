// A stack of layers, edited live: the maps to scale with what one output sees in every map before
// it; then shape, receptive field, parameters and multiply-accumulates of each layer.
"use strict";

globalThis.cnnbookDiagrams.part("sizes", ({
  Diagram, Line, Strip, button, copyOf, define, el, labelled, put, say, stackOf, times, whole,
  write,
}) => {

class Sizes extends Diagram {
  static get title() { return say("Sizes and costs of a stack of layers"); }
  static get hint() {
    return say("Point into a map: the lines show what that one number sees in the maps before it · " +
      "then change a layer below");
  }
  static compute = stackOf;
  static shared = ["input_size", "layers"];

  build() {
    this.at = null;
    this.lines = [];
    this.list = el("ol", { class: "layers", start: 0 });
    this.totals = el("p", { class: "sum", "aria-live": "polite" });
    this.strip = new Strip({
      point: (stage, cell) => { this.pointed = this.meant(stage, cell); this.mark(); },
      pick: (stage, cell) => { [this.at, this.cell] = this.meant(stage, cell); this.show(); },
      leave: () => { this.pointed = null; this.mark(); },
    });
    this.seen = el("p", { class: "note", role: "status" });
    const input = [say("channels"), say("height"), say("width")].map((label, i) =>
      this.field(label, () => this.state.input_size[i], (text) => {
        const size = [...this.state.input_size];
        size[i] = Number(text);
        this.set({ input_size: size });
      }));
    const add = button(say("Add a layer"), () => this.add());
    const cells = (i) => () => this.result.rows[this.which()]?.map[i + 1] - 1 || 0;
    this.app.append(
      this.front(this.preset(say("stack"), "stack")),
      this.message, this.strip.box, this.seen,
      el("div", { class: "bar" },
        this.select(say("of layer"), () => this.windows().map((index) =>
          [`${index}: ${this.state.layers[index][0]}`, index]), () => this.which(),
        (index) => { this.at = index; this.cell = null; this.show(); }),
        this.slider(say("row"), 0, cells(0)), this.slider(say("column"), 1, cells(1))),
      this.totals,
      // On a narrow screen the form would be all that one sees. A frame may have no width yet.
      el("details", { class: "form", open: (this.clientWidth || 800) > 560 && "" },
        el("summary", {}, say("Change the layers")),
        el("div", { class: "bar" }, ...input), this.list, el("div", { class: "bar" }, add)),
      this.python(() => this.code()),
    );
    new ResizeObserver(() => {
      if (this.room !== this.app.clientWidth) this.mark();
    }).observe(this.app);
  }

  // The layers that have a map of their own: all but those that work number by number.
  windows() {
    return this.result.rows.flatMap((row, index) => (row.axes ? [index] : []));
  }

  // The layer whose output is traced back: the chosen one, else the last before the head; −1 if no
  // layer looks at more than one pixel.
  which() {
    const list = this.windows();
    if (list.includes(this.at)) return this.at;
    const spatial = list.filter((index) => this.result.rows[index].shape.length === 3);
    return spatial.at(-1) ?? list.at(-1) ?? -1;
  }

  // The layer and the cell that a place of the strip stands for. In the input, the field follows
  // the pointer: meant is the cell of the chosen layer that looks there.
  meant(stage, cell) {
    if (stage) return [this.windows()[stage - 1], cell];
    const layer = this.which();
    const { map } = this.result.rows[layer] ?? { map: [1, 1, 1] };
    const size = this.state.input_size;
    return [layer, cell.map((n, i) => Math.floor(((n + 0.5) * map[i + 1]) / size[i + 1]))];
  }

  // Which layer and which cell of its map are shown: the middle until the reader moves it.
  place() {
    if (this.pointed) return this.pointed;
    const layer = this.which();
    const { map } = this.result.rows[layer] ?? { map: [1, 1, 1] };
    return [layer, [1, 2].map((i) =>
      Math.min(this.cell?.[i - 1] ?? Math.floor(map[i] / 2), map[i] - 1))];
  }

  slider(label, i, last) {
    const field = el("input", {
      type: "range", min: 0, "aria-label": label,
      oninput: () => {
        [, this.cell] = this.place();
        this.cell[i] = +field.value;
        this.mark();
      },
    });
    this.follow(() => { put(field, { max: last() }); field.value = this.place()[1][i]; });
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

  // The lines that are still meant stay where they are, and with them the field that is being left:
  // made anew is only what lies between the first and the last kind that changed.
  arrange() {
    const kinds = this.state.layers.map(([kind]) => kind);
    const { lines } = this;
    const most = Math.min(kinds.length, lines.length);
    let [before, after] = [0, 0];
    while (before < most && lines[before].kind === kinds[before]) before += 1;
    while (after < most - before && lines.at(-1 - after).kind === kinds.at(-1 - after)) after += 1;
    const made = kinds.slice(before, kinds.length - after).map((kind) => new Line(this, kind));
    const gone = lines.splice(before, lines.length - after - before, ...made);
    for (const { row } of gone) row.remove();
    this.list.children[before]?.before(...made.map(({ row }) => row));
    if (!after) this.list.append(...made.map(({ row }) => row));
    lines.forEach((line, index) => line.show(index, this.state.layers[index], this.result.rows[index]));
  }

  draw() {
    this.arrange();
    const { rows, parameters, macs } = this.result;
    write(this.totals, say("{input} → {output}: {parameters} parameters, {macs} MACs for one image.", {
      input: times(this.state.input_size), output: times(rows.at(-1).shape),
      parameters: whole(parameters), macs: whole(macs),
    }));
  }

  // The maps in their order, each with what the chosen cell sees of it: from which row and column
  // to which. Maps after the chosen layer's have no range.
  trace() {
    const [upto, cell] = this.place();
    const { rows } = this.result;
    const stages = [{ map: this.state.input_size, layer: -1, texts: [say("input")] }];
    for (const layer of this.windows()) {
      stages.push({ map: rows[layer].map, layer, axes: rows[layer].axes, texts: [
        `${layer}: ${this.state.layers[layer][0]}`] });
    }
    for (const { map, layer, texts } of stages) {
      const shape = layer < 0 ? map : rows[layer].shape;
      texts.push(times(shape), layer < 0 ? "" : say("sees {field}", { field: times(rows[layer].field) }));
    }
    let range = cell.map((p) => [p, p]);
    for (const stage of stages.filter(({ layer }) => layer <= upto).reverse()) {
      stage.range = range;
      range = stage.axes?.map((a, i) =>
        [a.at(range[i][0], 0) - a.before, a.at(range[i][1], a.k - 1) - a.before]);
    }
    return stages;
  }

  mark() {
    const stages = this.trace();
    this.room = this.app.clientWidth;
    this.strip.arrange(stages.map(({ map }) => map.slice(1)), Math.max(240, this.room - 30));
    this.strip.show(stages);
    const [upto, cell] = this.place();
    this.lines.forEach(({ row }, index) => put(row, { class: index === upto ? "chosen" : "" }));
    const [{ range, map }] = stages;
    const [rows, columns] = range ?? [[0, 0], [0, 0]];
    const beyond = rows[0] < 0 || columns[0] < 0 || rows[1] >= map[1] || columns[1] >= map[2];
    const [top, bottom, left, right] = [...rows, ...columns];
    const places = { cell: cell.join(", "), top, bottom, left, right };
    write(this.seen, upto < 0 ? say("No layer here looks at more than one pixel.")
      : beyond ? say("Output [{cell}] sees rows {top} to {bottom} and columns {left} to {right} of " +
        "the input; what lies outside the picture is padding.", places)
      : say("Output [{cell}] sees rows {top} to {bottom} and columns {left} to {right} of the input.",
        places));
    put(this.strip.box, { "aria-label": this.seen.textContent });
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

define("sizes", Sizes);
});
