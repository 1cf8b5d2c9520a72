// What a kernel leaves of a wave, and which wave the samples that a stride keeps look like.
"use strict";

globalThis.cnnbookDiagrams.part("frequency/arithmetic", ({
  LIMITS, finite, integer, number, refuse, say, tensor,
}) => {

// How far a wave of f cycles per pixel has turned after n pixels.
const turn = (f, n) => 2 * Math.PI * f * n;

// A number to twelve places: a quarter turn's cosine is 0, not 6e−17.
const plain = (value) => Math.round(value * 1e12) / 1e12;
const cosine = (angle) => plain(Math.cos(angle));
const sine = (angle) => plain(Math.sin(angle));

// The taps that stand before the middle of a kernel.
const before = (kernel) => Math.floor((kernel.length - 1) / 2);

// A wave of height 1 comes out of the kernel with this height, moved by `phase`: the sums of
// cosines and sines are the kernel's Fourier transform at that frequency.
function response(kernel, f) {
  const sum = (part) => kernel.reduce((all, weight, u) =>
    all + weight * part(turn(f, u - before(kernel))), 0);
  const [cosines, sines] = [sum(Math.cos), sum(Math.sin)].map(plain);
  const size = Math.hypot(cosines, sines);
  const all = kernel.reduce((most, weight) => most + Math.abs(weight), 0);
  // What is left of numbers that cancel, in the last digit, is none.
  const gain = size < 1e-12 * all ? 0 : size;
  return { cosines, sines, gain, phase: gain ? Math.atan2(sines, cosines) : 0 };
}

// Samples `stride` apart turn by f · stride each time, and whole turns cannot be seen. slow: the
// cycles per pixel that are left, negative if it seems to turn back.
function seen(f, stride) {
  const whole = Math.floor(f * stride + 0.5);
  const slow = (f * stride - whole) / stride;
  return { whole, slow, alias: Math.abs(slow) };
}

function spectrum({ kernel, frequency, stride }) {
  tensor(say("The kernel"), kernel, [LIMITS.kernel]);
  if (finite(say("The frequency"), frequency) < 0 || frequency > 0.5) {
    refuse(say("The frequency is {value}; expected 0 to 1/2 cycles per pixel.",
      { value: number(frequency) }));
  }
  integer(say("stride"), stride, 1, LIMITS.stride);
  const wave = (n) => cosine(turn(frequency, n));
  const filtered = (n) => kernel.reduce((sum, weight, u) =>
    sum + weight * wave(n + u - before(kernel)), 0);
  return { ...response(kernel, frequency), ...seen(frequency, stride), wave, filtered };
}

return { before, cosine, response, sine, spectrum, turn };
});
