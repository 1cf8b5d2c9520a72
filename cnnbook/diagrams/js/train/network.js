// The network that learns: the chapter's, with 1,898 weights.
"use strict";

globalThis.cnnbookDiagrams.part("train/network", ({
  Convolution, FullyConnected, MaxPool, Relu,
}) => {

class Learner {
  // Its weights are drawn by chance.
  constructor(chance) {
    this.layers = [
      new Convolution(1, 8, 8), new Relu(), new MaxPool(8),
      new Convolution(8, 16, 4), new Relu(), new MaxPool(4),
      new FullyConnected(10, 64),
    ];
    const weighted = this.layers.filter(({ fan }) => fan);
    for (const { parameters, fan } of weighted) {
      for (const numbers of parameters) chance.weights(numbers, fan);
    }
    this.parameters = weighted.flatMap(({ parameters }) => parameters);
    this.gradients = weighted.flatMap(({ gradients }) => gradients);
  }

  // The outputs of all layers; the last are the scores of the ten digits.
  values(x) {
    const values = [];
    for (const layer of this.layers) values.push(layer.forward(values.at(-1) ?? x));
    return values;
  }

  scores(x) {
    return this.values(x).at(-1);
  }

  // Learn from a picture: its share of the gradients of a batch of so many. Returns the loss.
  learn(x, label, size) {
    const scores = this.scores(x);
    // The gradient of the loss: the probabilities, minus 1 at the right digit.
    let d = probabilitiesOf(scores).map((p, digit) => (p - (digit === label ? 1 : 0)) / size);
    for (const layer of [...this.layers].reverse()) d = layer.backward(d);
    return lossOf(scores, label);
  }
}

// Softmax: the largest score is subtracted first, so that no power is too large.
function probabilitiesOf(scores) {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// Cross-entropy: minus the logarithm of the right digit's probability.
function lossOf(scores, label) {
  const most = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
  return Math.log(sum) - (scores[label] - most);
}

// The digit with the highest score; of several the first. Where they are no numbers it is 0.
const answerOf = (scores) => Math.max(0, scores.indexOf(Math.max(...scores)));

return { Learner, answerOf, lossOf, probabilitiesOf };
});
