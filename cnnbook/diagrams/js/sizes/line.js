// A line of the form of layers: its kind, its arguments, what it makes of the shape and costs.
"use strict";

globalThis.cnnbookDiagrams.part("sizes/line", ({
  ARGUMENTS, button, el, labelled, put, say, write,
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

class Line {
  constructor(diagram, kind) {
    Object.assign(this, { diagram, kind });
    this.choose = el("select", { onchange: () => this.choice() }, ...Object.keys(ARGUMENTS).map((name) =>
      el("option", name === kind ? { selected: "" } : {}, name)));
    const names = Object.keys(ARGUMENTS[kind]).filter((name) => name !== "bias");
    this.fields = names.map((name) => [name, el("input", {
      class: "number", autocomplete: "off", placeholder: say("kernel"),
      onchange: (event) => this.argument(name, event.target.value),
    })]);
    this.remove = button("✕", () => diagram.change(this.index, null), { class: "remove" });
    this.values = ["shape", "sees", "parameters", "MACs"].map(() => el("b"));
    const facts = [say("shape"), say("sees"), say("parameters"), say("MACs")];
    this.row = el("li", {}, el("div", { class: "bar" }, this.choose,
      ...this.fields.map(([name, field]) => labelled(LABELS[name](), field)), this.remove),
    el("div", { class: "facts" }, ...facts.map((fact, i) =>
      el("span", {}, el("small", {}, fact), " ", this.values[i]))));
  }

  // Another kind keeps the arguments that both have.
  choice() {
    const kind = this.choose.value;
    if (!(kind in ARGUMENTS)) return;
    const before = this.diagram.state.layers[this.index][1];
    const given = Object.keys(ARGUMENTS[kind]).filter((name) => name in FIRST)
      .map((name) => [name, before[name] ?? FIRST[name]]);
    this.diagram.change(this.index, [kind, Object.fromEntries(given)]);
    if (this.diagram.state.layers[this.index]?.[0] !== kind) this.choose.value = this.kind;
  }

  argument(name, text) {
    const [kind, before] = this.diagram.state.layers[this.index];
    this.diagram.change(this.index, [kind, { ...before, [name]: readArgument(text) }]);
  }

  // Show the layer as number `index` of the stack, with its row of the result.
  show(index, [kind, given], row) {
    this.index = index;
    put(this.choose, { "aria-label": say("layer {index}", { index }) });
    put(this.remove, { "aria-label": say("remove layer {index}", { index }) });
    for (const [name, field] of this.fields) {
      put(field, { "aria-label": say("{argument} of layer {index}", { argument: name, index }) });
      field.value = writeArgument({ ...ARGUMENTS[kind], ...given }[name]);
    }
    const facts = [times(row.shape), times(row.field), whole(row.parameters), whole(row.macs)];
    facts.forEach((fact, i) => write(this.values[i], fact));
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

return { Line, times, whole };
});
