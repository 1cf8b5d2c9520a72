// A training in progress, in pieces so small that the page can do something else in between.
"use strict";

globalThis.cnnbookDiagrams.part("train/run", ({ Chance, Learner, STEPS, answerOf, lossOf }) => {

// The digits' orders are drawn by a generator of their own, as in _train_run.py.
const ORDER_SEED = 1000000;
// The held-out digits are asked so often in an epoch.
const ASKED = 2;

class Run {
  constructor({ optimiser, lr, batch_size: size, seed }, digits) {
    Object.assign(this, { size, digits });
    this.network = new Learner(new Chance(seed));
    this.change = STEPS[optimiser](this.network.parameters, lr);
    this.chance = new Chance(seed + ORDER_SEED);
    this.perEpoch = Math.ceil(digits.learnt.length / size);
    this.steps = 0;
    // The losses of the batches since the held-out digits were last asked, and what came of it:
    // { epoch, loss, wrong } and, after the start, the batches' mean loss as `learnt`.
    this.losses = [];
    this.points = [];
    this.pieces = this.all();
  }

  // Every piece is one picture. True is said where a step is done, with all that belongs to it.
  *all() {
    yield* this.ask();
    yield true;
    while (!this.diverged) {
      const order = this.chance.order(this.digits.learnt.length);
      for (let first = 0; first < order.length && !this.diverged; first += this.size) {
        yield* this.learn(order.slice(first, first + this.size));
        yield true;
      }
    }
  }

  // One step: the gradients of a batch, then the optimiser's change of all weights.
  *learn(batch) {
    const { network, digits: { learnt } } = this;
    for (const gradient of network.gradients) gradient.fill(0);
    let loss = 0;
    for (const index of batch) {
      loss += network.learn(learnt[index].x, learnt[index].label, batch.length) / batch.length;
      yield false;
    }
    this.change(network.gradients);
    this.losses.push(loss);
    this.loss = loss;
    this.steps += 1;
    this.diverged = !Number.isFinite(loss);
    const often = Math.ceil(this.perEpoch / ASKED);
    const within = this.steps % this.perEpoch;
    if (within % often === 0 || this.diverged) yield* this.ask();
  }

  // Ask for all held-out digits; nothing is learnt from them.
  *ask() {
    const { held } = this.digits;
    const answers = [];
    let loss = 0;
    for (const { x, label } of held) {
      const scores = this.network.scores(x);
      loss += lossOf(scores, label) / held.length;
      answers.push(answerOf(scores));
      yield false;
    }
    this.answers = answers;
    this.diverged ||= !Number.isFinite(loss);
    const wrong = held.filter(({ label }, index) => answers[index] !== label).length;
    const learnt = this.losses.reduce((sum, one) => sum + one, 0) / this.losses.length;
    this.points.push({ epoch: this.epoch, loss, wrong, learnt });
    this.losses = [];
  }

  get epoch() {
    return this.steps / this.perEpoch;
  }

  // Whether there is something to do until so many steps are done.
  open(steps) {
    return !this.points.length || (this.steps < steps && !this.diverged) || this.within;
  }

  // Work for so many milliseconds, or until so many steps are done.
  work(steps, milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    while (this.open(steps) && performance.now() < end) {
      this.within = this.pieces.next().value === false;
    }
  }
}

return { Run };
});
