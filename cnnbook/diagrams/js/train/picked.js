// What the network makes of one digit: its answer, its kernels and maps.
"use strict";

globalThis.cnnbookDiagrams.part("train/picked", ({
  Grid, Little, answerOf, el, number, percent, probabilitiesOf, say,
}) => {

const chanceOf = (share) => (Number.isNaN(share) ? "—" : percent(share));
const largest = (numbers) => Math.max(1e-9, ...numbers.map(Math.abs));

class Picked {
  constructor() {
    this.kernel = 0;
    this.digit = new Little("input", 8, 12);
    this.title = el("p", { class: "title" });
    this.chances = Array.from({ length: 10 }, (_, digit) => {
      const share = el("span");
      const box = el("div", { class: "chance output" }, el("b", {}, String(digit)), share);
      return { box, share };
    });
    this.deep = Array.from({ length: 16 }, () => new Little("output", 4, 8));
    this.pairs = Array.from({ length: 8 }, (_, index) => {
      const [kernel, map] = [new Little("kernel", 3, 12), new Little("output", 8, 5)];
      const pick = el("button", {
        type: "button", onclick: () => this.pick(index),
        "aria-label": say("kernel {index} and its map", { index }),
      }, kernel.canvas, map.canvas, el("span", {}, String(index)));
      return { kernel, map, pick };
    });
    this.weights = new Grid("kernel", say("kernel"), {});
    this.map = new Grid("output", say("map"), {});
    this.boxes = [this.title, el("div", { class: "inside" }, this.left(), this.right())];
  }

  left() {
    const name = say("The 16 maps of the second layer");
    return el("div", {},
      el("div", { class: "top" }, this.digit.canvas,
        el("div", { class: "answers" }, ...this.chances.map(({ box }) => box))),
      el("p", { class: "title" }, name),
      el("div", { class: "deep", role: "img", "aria-label": name },
        ...this.deep.map(({ canvas }) => canvas)));
  }

  right() {
    return el("div", {},
      el("p", { class: "title" }, say("The 8 kernels of the first layer, and the map of each")),
      el("div", { class: "pairs" }, ...this.pairs.map(({ pick }) => pick)),
      el("p", { class: "note" }, say("The larger a number, the stronger its square; those below 0 " +
        "are small squares. Pick a kernel to read its numbers.")),
      el("div", { class: "grids" }, this.weights.box, this.map.box));
  }

  pick(kernel) {
    this.kernel = kernel;
    this.show(...this.shown);
  }

  // Show a network and a digit: { x, label }.
  show(network, { x, label }) {
    this.shown = [network, { x, label }];
    const values = network.values(x);
    // After the first ReLU, after the second, and the scores.
    const [maps, deep, scores] = [values[1], values[4], values.at(-1)];
    this.digit.paint(x, 1);
    this.answer(scores, label);
    const [weights, bias] = network.parameters;
    const [strongest, brightest, deepest] = [weights, maps, deep].map(largest);
    this.pairs.forEach(({ kernel, map, pick }, index) => {
      kernel.paint(weights, strongest, 9 * index);
      map.paint(maps, brightest, 64 * index);
      pick.setAttribute("aria-pressed", index === this.kernel);
    });
    this.deep.forEach((map, index) => map.paint(deep, deepest, 16 * index));
    const k = this.kernel;
    this.weights.describe(say("kernel {index}", { index: k }),
      say("bias {bias}", { bias: number(bias[k]) }));
    this.weights.fill(3, 3, (r, c) => ({ value: weights[9 * k + 3 * r + c] }));
    this.map.describe(say("map {index}, after ReLU", { index: k }));
    this.map.fill(8, 8, (r, c) => ({ value: maps[64 * k + 8 * r + c] }));
  }

  answer(scores, label) {
    const shares = probabilitiesOf(scores);
    const answer = answerOf(scores);
    const facts = { digit: label, answer, share: chanceOf(shares[answer]) };
    this.title.textContent = answer === label
      ? say("This {digit} is read as {answer}, with probability {share}", facts)
      : say("✕ This {digit} is read as {answer}, with probability {share}", facts);
    this.chances.forEach(({ box, share }, digit) => {
      share.textContent = chanceOf(shares[digit]);
      box.style.setProperty("--share", `${100 * (shares[digit] || 0)}%`);
      box.classList.toggle("best", digit === answer);
    });
  }
}

return { Picked };
});
