// What a kernel makes of a picture: the sum at every place, and how sums become grey.
"use strict";

globalThis.cnnbookDiagrams.part("photo/arithmetic", ({
  LIMITS, axes, choice, integer, pair, refuse, say, tensor,
}) => {

const SIDE = 512;
const DISPLAYS = ["fitting", "plain", "signed", "size"];

// A picture is { height, width, data }: red, green, blue and opacity of each pixel, as in a canvas.
// The built-in ones are unpacked once for all diagrams of a page; until then they are white.
const unpacked = new Map();

function pictureOf(state) {
  const { picture, pictures, own } = state;
  if (picture === null && own) return own;
  choice(say("picture"), picture, pictures.map(({ key }) => key));
  const { address, size: [height, width] } = pictures.find(({ key }) => key === picture);
  if (!unpacked.has(address)) {
    unpacked.set(address, { height, width, data: new Uint8ClampedArray(4 * height * width).fill(255) });
  }
  return unpacked.get(address);
}

// Red, green and blue, or the brightness in whole numbers: the twin of _photo.planes_of.
const split = new WeakMap();

function planesOf(picture, colour) {
  if (!split.has(picture)) split.set(picture, {});
  return (split.get(picture)[colour] ??= colour ? [0, 1, 2].map((c) => planeOf(picture, c))
    : [greyOf(picture)]);
}

function planeOf({ data, height, width }, channel) {
  const plane = new Float32Array(height * width);
  for (let p = 0; p < plane.length; p += 1) plane[p] = data[4 * p + channel];
  return plane;
}

function greyOf({ data, height, width }) {
  const plane = new Float32Array(height * width);
  for (let p = 0; p < plane.length; p += 1) {
    const light = 299 * data[4 * p] + 587 * data[4 * p + 1] + 114 * data[4 * p + 2];
    plane[p] = Math.floor((light + 500) / 1000);
  }
  return plane;
}

// The sums of one plane. One weight after the other: each adds its product to all the sums.
function filter(plane, kernel, rows, columns) {
  const sums = new Float32Array(rows.out * columns.out);
  kernel.forEach((line, u) => line.forEach((weight, v) => {
    if (weight === 0) return;
    const [top, bottom] = inside(rows, u);
    const [left, right] = inside(columns, v);
    for (let i = top; i <= bottom; i += 1) {
      let from = (i * rows.s + u - rows.before) * columns.n + left * columns.s + v - columns.before;
      const end = i * columns.out + right;
      for (let to = i * columns.out + left; to <= end; to += 1) {
        sums[to] += weight * plane[from];
        from += columns.s;
      }
    }
  }));
  return sums;
}

// The first and the last output whose tap u meets a pixel, not padding.
const inside = ({ n, s, before, out }, u) => [
  Math.max(0, Math.ceil((before - u) / s)), Math.min(out - 1, Math.floor((n - 1 + before - u) / s)),
];

// The output whose window has its middle nearest to a pixel, and the other way round.
const half = ({ k }) => Math.floor((k - 1) / 2);
const cellAt = (a, pixel) =>
  Math.max(0, Math.min(a.out - 1, Math.floor((pixel + a.before - half(a)) / a.s + 0.5)));
const middleOf = (a, cell) => cell * a.s - a.before + half(a);

function rangeOf(sums) {
  let [low, high] = [Infinity, -Infinity];
  for (const plane of sums) {
    for (let index = 0; index < plane.length; index += 1) {
      if (plane[index] < low) low = plane[index];
      if (plane[index] > high) high = plane[index];
    }
  }
  return { low, high };
}

// The sums of the last picture and kernel, for whoever moves the window alone.
let last = {};

function sumsOf(picture, { kernel, colour }, rows, columns) {
  const key = JSON.stringify([kernel, colour, rows, columns]);
  if (last.picture !== picture || last.key !== key) {
    const sums = planesOf(picture, colour).map((plane) => filter(plane, kernel, rows, columns));
    last = { picture, key, sums, ...rangeOf(sums) };
  }
  return last;
}

function filtered(state) {
  const picture = pictureOf(state);
  const kernel = tensor(say("The kernel"), state.kernel, [LIMITS.kernel, LIMITS.kernel]);
  const [rows, columns] = axes([picture.height, picture.width], kernel,
    pair(say("stride"), state.stride, 1, LIMITS.stride), state.padding, [1, 1], "zeros");
  const at = pair(say("place"), state.at, -SIDE, 2 * SIDE);
  integer(say("channel"), state.channel, 0, 2);
  choice(say("colour"), state.colour, [true, false]);
  choice(say("display"), state.display, DISPLAYS);
  // A picture of 1×1 under a padding of 8 has 17×17 sums; no output is far larger than a picture.
  if (Math.max(rows.out, columns.out) > 2 * SIDE) refuse(say("The output is too large."));
  const { sums, low, high } = sumsOf(picture, state, rows, columns);
  return { picture, rows, columns, sums, low, high, cell: [cellAt(rows, at[0]), cellAt(columns, at[1])] };
}

// The size that 99 of 100 sums keep below, but no less than a quarter of the largest.
function usual(sums, most) {
  const counts = new Uint32Array(256);
  for (const plane of sums) {
    for (let index = 0; index < plane.length; index += 1) {
      counts[Math.floor(255 * Math.abs(plane[index]) / most)] += 1;
    }
  }
  let above = sums.length * sums[0].length / 100;
  let bin = 255;
  while (bin > 64 && counts[bin] <= above) {
    above -= counts[bin];
    bin -= 1;
  }
  return most * (bin + 1) / 256;
}

// How sums become grey, between 0 (black) and 255 (white), and what to say of it.
function lookOf({ kernel, display }, { sums, low, high }) {
  const total = kernel.flat().reduce((sum, weight) => sum + weight);
  const most = Math.max(high, -low) || 1;
  const way = display !== "fitting" ? display
    : low < 0 && Math.abs(total - 1) > 0.1 ? "signed" : "plain";
  if (way === "signed") {
    // A few sums at a sharp edge would leave all others grey.
    const white = Number(usual(sums, most).toPrecision(2));
    return { way, most, white, gain: 127 / white, offset: 128 };
  }
  const stretched = { most, white: most, gain: 255 / most, offset: 0 };
  if (way === "size") return { ...stretched, way, size: true };
  // Where nothing is negative and much is bright, white is the largest sum.
  if (display === "fitting" && low >= 0 && high > 256) return { ...stretched, way: "stretched" };
  let outside = 0;
  for (const plane of sums) {
    for (let index = 0; index < plane.length; index += 1) {
      if (plane[index] < -0.5 || plane[index] > 255.5) outside += 1;
    }
  }
  return { way, white: 255, gain: 1, offset: 0, outside, of: sums.length * sums[0].length };
}

// Sums as the colours of a canvas.
function paintSums(sums, { gain, offset, size }) {
  const data = new Uint8ClampedArray(4 * sums[0].length).fill(255);
  // The same numbers for red, green and blue are grey.
  for (let channel = 0; channel < 3; channel += 1) {
    const plane = sums[channel] ?? sums[0];
    for (let index = 0; index < plane.length; index += 1) {
      const sum = size ? Math.abs(plane[index]) : plane[index];
      data[4 * index + channel] = sum * gain + offset;
    }
  }
  return data;
}

return { DISPLAYS, SIDE, cellAt, filtered, lookOf, middleOf, paintSums, planesOf, unpacked };
});
