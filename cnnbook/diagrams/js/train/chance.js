// Random numbers that JavaScript and Python draw alike: the twin of Chance in _train_run.py.
"use strict";

globalThis.cnnbookDiagrams.part("train/chance", () => {

// xorshift32: the next number is the last one, three times shifted and combined with itself.
// (G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003.)
class Chance {
  constructor(seed) {
    // Neighbouring seeds begin far apart.
    this.state = Math.imul(seed + 1, 2654435769) >>> 0;
    for (let round = 0; round < 8; round += 1) this.share();
  }

  // The next number, above 0 and below 1.
  share() {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state / 2 ** 32;
  }

  // Numbers evenly between −1/√fan and 1/√fan, put into an array.
  weights(array, fan) {
    const bound = 1 / Math.sqrt(fan);
    array.forEach((_, index) => { array[index] = (2 * this.share() - 1) * bound; });
  }

  // 0 to count − 1 in a random order: each place, from the last, is dealt one.
  order(count) {
    const dealt = Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last -= 1) {
      const other = Math.floor(this.share() * (last + 1));
      [dealt[last], dealt[other]] = [dealt[other], dealt[last]];
    }
    return dealt;
  }
}

return { Chance };
});
