// What a stack of layers makes of a shape, and what it costs.
"use strict";

globalThis.cnnbookDiagrams.part("sizes/arithmetic", ({
  axes, axis, choice, integer, pair, refuse, say,
}) => {

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

// A window operation on shape [C, H, W]: what it makes of it, and its two axes.
function windowed(kind, a, [channels, height, width]) {
  const k = pair("kernel_size", a.kernel_size, 1, MAX.window);
  const s = a.stride === null ? k : pair(say("stride"), a.stride, 1, MAX.window);
  const d = pair(say("dilation"), a.dilation ?? 1, 1, MAX.window);
  const same = kind === "conv2d" && a.padding === "same";
  const p = same || a.padding === "valid" ? [0, 0] : pair(say("padding"), a.padding, 0, MAX.window);
  if (kind !== "conv2d" && (a.padding === "valid" || p.some((n, i) => 2 * n > k[i]))) {
    refuse(say("padding is more than half the kernel."));
  }
  const both = axes([height, width], k, s, same ? a.padding : p, d, "zeros", MAX.window);
  const out = both.map((one) => one.out);
  if (kind !== "conv2d") return { shape: [channels, ...out], axes: both, parameters: 0, macs: 0 };
  const made = integer("out_channels", a.out_channels, 1, MAX.side);
  const groups = integer("groups", a.groups, 1, MAX.side);
  if (channels % groups || made % groups) {
    refuse(say("groups is {groups}; expected a divisor of {channels} and of {made}.",
      { groups, channels, made }));
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
function stackOf(state) {
  if (state.input_size?.length !== 3) {
    refuse(say("The input size needs three numbers: C, H, W."));
  }
  let shape = state.input_size.map((n) => integer(say("The input size"), n, 1, MAX.side));
  if (!Array.isArray(state.layers) || !state.layers.length || state.layers.length > MAX.layers) {
    refuse(say("Expected 1 to {count} layers.", { count: MAX.layers }));
  }
  let map = shape;
  const [field, jump] = [[1, 1], [1, 1]];
  const rows = state.layers.map(([kind, given], index) => {
    try {
      choice(say("The layer"), kind, Object.keys(ARGUMENTS));
      for (const name of Object.keys(given)) {
        choice(say("An argument"), name, Object.keys(ARGUMENTS[kind]));
      }
      const a = { ...ARGUMENTS[kind], ...given };
      const flat = shape.length === 1;
      if (flat && "kernel_size" in a) refuse(say("it comes after flatten."));
      if (!flat && kind === "linear") refuse(say("it needs flatten before it."));
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
        refuse(say("that is more than 2^53 of something."));
      }
      return { ...row, map, field: [...field] };
    } catch (error) {
      error.message = say("Layer {index} ({kind}): {reason}",
        { index, kind, reason: error.message });
      throw error;
    }
  });
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
  return { rows, parameters: total("parameters"), macs: total("macs") };
}

return { ARGUMENTS, stackOf };
});
