// What a network computes, layer by layer.
"use strict";

globalThis.cnnbookDiagrams.part("network/arithmetic", ({ axis, finite, matrix, refuse, say }) => {

// Numbers as Python packs them, float32 in base64, or a plain list.
const numbers = (given) => Float64Array.from(typeof given === "string"
  ? new Float32Array(Uint8Array.from(atob(given), (letter) => letter.charCodeAt()).buffer) : given);
const sum = (list) => list.reduce((total, value) => total + value, 0);
const count = (shape) => shape.reduce((total, n) => total * n);

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
    const reads = matrix(rows.out, columns.out, (i, j) => matrix(rows.k, columns.k, (u, v) => {
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
function valuesOf({ input: { shape: size }, layers, images, start, x = images[start][1] }) {
  const values = [numbers(x)];
  if (values[0].length !== count(size)) {
    refuse(say("The input has {count} numbers; expected {expected}.",
      { count: values[0].length, expected: count(size) }));
  }
  values[0].forEach((value) => finite(say("The input"), value));
  for (const layer of layers) values.push(forward(layer, values.at(-1)));
  if (!values.at(-1).every(Number.isFinite)) refuse(say("The network's numbers overflow."));
  return { values };
}

return { POINTWISE, count, numbers, planOf, powersOf, sum, valuesOf };
});
