// How a gradient changes the weights: the steps of cnnbook.optim.
"use strict";

globalThis.cnnbookDiagrams.part("train/optimisers", () => {

// weight −= lr · gradient
const plainStep = (parameters, lr) => (gradients) => parameters.forEach((weights, k) => {
  weights.forEach((_, i) => { weights[i] -= lr * gradients[k][i]; });
});

// The velocity takes the gradient's place: velocity = 0.9 · velocity + gradient.
function momentumStep(parameters, lr, momentum = 0.9) {
  const velocities = parameters.map((weights) => new Float64Array(weights.length));
  return (gradients) => parameters.forEach((weights, k) => {
    const velocity = velocities[k];
    weights.forEach((_, i) => {
      velocity[i] = momentum * velocity[i] + gradients[k][i];
      weights[i] -= lr * velocity[i];
    });
  });
}

// Each weight moves by about lr, in the direction of its average gradient.
function adamStep(parameters, lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8) {
  const means = parameters.map((weights) => new Float64Array(weights.length));
  const squares = parameters.map((weights) => new Float64Array(weights.length));
  let steps = 0;
  return (gradients) => {
    steps += 1;
    const [first, second] = [1 - beta1 ** steps, Math.sqrt(1 - beta2 ** steps)];
    parameters.forEach((weights, k) => {
      const [m, v] = [means[k], squares[k]];
      weights.forEach((_, i) => {
        const gradient = gradients[k][i];
        m[i] = beta1 * m[i] + (1 - beta1) * gradient;
        v[i] = beta2 * v[i] + (1 - beta2) * gradient ** 2;
        weights[i] -= ((lr / first) * m[i]) / (Math.sqrt(v[i]) / second + eps);
      });
    });
  };
}

// By name: what makes the step of a learning rate for some weights.
const STEPS = { SGD: plainStep, momentum: momentumStep, Adam: adamStep };

return { STEPS };
});
