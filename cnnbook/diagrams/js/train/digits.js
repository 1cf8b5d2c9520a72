// The digits to learn and those held out, from the text that Python packed.
"use strict";

globalThis.cnnbookDiagrams.part("train/digits", ({ Chance }) => {

// The seed of the one order of pixels that "shuffled" gives all pictures, as in _train_run.py.
const [PIXELS, PIXELS_SEED] = [64, 64];

// The pixels of so many digits from 0 to 1. A pixel is a letter, 0 to g, which is 16; a capital
// stands for several zeros: B for two, C for three, to Z.
function unpacked(text, count) {
  const pixels = new Float64Array(count * PIXELS);
  let place = 0;
  for (const letter of text) {
    if (letter >= "A" && letter <= "Z") place += letter.charCodeAt() - 64;
    else {
      pixels[place] = Number.parseInt(letter, 17) / 16;
      place += 1;
    }
  }
  return pixels;
}

// { pixels, labels, held }: all pixels in one row, the labels, and how many digits at the end are
// held out.
const digitsOf = ({ digits, labels, held }) =>
  ({ pixels: unpacked(digits, labels.length), labels: [...labels].map(Number), held });

// All pictures with their pixels in the one other order.
function inOrder({ pixels, labels, held }) {
  const order = new Chance(PIXELS_SEED).order(PIXELS);
  const moved = new Float64Array(pixels.length);
  for (let place = 0; place < pixels.length; place += 1) {
    moved[place] = pixels[place - (place % PIXELS) + order[place % PIXELS]];
  }
  return { pixels: moved, labels, held };
}

// Lists of digits { x, label } to learn from and held out; x are the 64 pixels.
function splitOf({ pixels, labels, held }) {
  const all = labels.map((label, index) =>
    ({ label, x: pixels.subarray(index * PIXELS, (index + 1) * PIXELS) }));
  return { learnt: all.slice(0, -held), held: all.slice(-held) };
}

return { digitsOf, inOrder, splitOf };
});
