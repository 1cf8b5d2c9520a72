// The layers of the network that learns, forward and backward, one picture at a time.
//
// forward(x) gives a layer's output and keeps what backward(dy) needs. backward(dy) gives the
// gradient of the input, and adds to the gradients of the layer's weights: the pictures of a batch
// come one after the other. Maps lie in one row of numbers: [map, row, column].
"use strict";

globalThis.cnnbookDiagrams.part("train/layers", () => {

const numbersOf = (count) => new Float64Array(count);

// What a layer learns, and the gradients of it.
class Weighted {
  constructor(outputs, fan) {
    this.fan = fan;
    this.parameters = [numbersOf(outputs * fan), numbersOf(outputs)];
    this.gradients = this.parameters.map((numbers) => numbersOf(numbers.length));
  }
}

// 3×3 kernels on maps with a frame of zeros: y[o, i, j] = b[o] + Σ w[o, c, u, v] · x[c, i + u, j + v].
class Convolution extends Weighted {
  constructor(inputs, outputs, side) {
    super(outputs, inputs * 9);
    Object.assign(this, { inputs, outputs, side, wide: side + 2 });
    this.framed = numbersOf(inputs * this.wide ** 2);
    this.blamed = numbersOf(this.framed.length);
    // Where the pixel of each weight of a kernel lies, from the first corner of the window.
    this.window = Int32Array.from({ length: this.fan }, (_, weight) => {
      const [c, u, v] = [Math.floor(weight / 9), Math.floor(weight / 3) % 3, weight % 3];
      return (c * this.wide + u) * this.wide + v;
    });
  }

  // Where a row of the maps begins inside the frame.
  row(index) {
    return (index + 1 + 2 * Math.floor(index / this.side)) * this.wide + 1;
  }

  forward(x) {
    const { framed, side, wide, fan, parameters: [weights, bias] } = this;
    for (let row = 0; row < this.inputs * side; row += 1) {
      framed.set(x.subarray(row * side, (row + 1) * side), this.row(row));
    }
    const y = numbersOf(this.outputs * side * side);
    for (let index = 0; index < y.length; index += 1) {
      const kernel = Math.floor(index / (side * side));
      const corner = (Math.floor(index / side) % side) * wide + (index % side);
      let sum = bias[kernel];
      // Three rows of three, channel by channel; written out, since all time is spent here.
      for (let c = 0, w = kernel * fan; w < (kernel + 1) * fan; c += 1, w += 9) {
        const a = corner + c * wide * wide;
        const b = a + wide;
        const d = b + wide;
        sum += weights[w] * framed[a] + weights[w + 1] * framed[a + 1] + weights[w + 2] * framed[a + 2]
          + weights[w + 3] * framed[b] + weights[w + 4] * framed[b + 1] + weights[w + 5] * framed[b + 2]
          + weights[w + 6] * framed[d] + weights[w + 7] * framed[d + 1] + weights[w + 8] * framed[d + 2];
      }
      y[index] = sum;
    }
    return y;
  }

  // Every product of a weight and a pixel went into an output, and sends that one's gradient back
  // twice: times the pixel to the weight, times the weight to the pixel.
  backward(dy) {
    const { framed, blamed, side, wide, fan, window } = this;
    const { parameters: [weights], gradients: [dw, db] } = this;
    blamed.fill(0);
    for (let index = 0; index < dy.length; index += 1) {
      const d = dy[index];
      // Most outputs lost in max pooling: they changed nothing.
      if (d === 0) continue;
      const kernel = Math.floor(index / (side * side));
      const corner = (Math.floor(index / side) % side) * wide + (index % side);
      db[kernel] += d;
      for (let t = 0; t < fan; t += 1) {
        const pixel = corner + window[t];
        dw[kernel * fan + t] += d * framed[pixel];
        blamed[pixel] += d * weights[kernel * fan + t];
      }
    }
    // What the frame receives is cut off.
    const dx = numbersOf(this.inputs * side * side);
    for (let row = 0; row < this.inputs * side; row += 1) {
      const start = this.row(row);
      dx.set(blamed.subarray(start, start + side), row * side);
    }
    return dx;
  }
}

class Relu {
  forward(x) {
    this.x = x;
    const y = numbersOf(x.length);
    for (let index = 0; index < x.length; index += 1) y[index] = Math.max(0, x[index]);
    return y;
  }

  backward(dy) {
    const dx = numbersOf(dy.length);
    for (let index = 0; index < dx.length; index += 1) dx[index] = this.x[index] > 0 ? dy[index] : 0;
    return dx;
  }
}

// The largest of each 2×2 window; of several the first, and what is no number before all.
class MaxPool {
  constructor(side) {
    this.side = side;
  }

  forward(x) {
    const { side } = this;
    const half = side / 2;
    const y = numbersOf(x.length / 4);
    this.winners = new Int32Array(y.length);
    for (let index = 0; index < y.length; index += 1) {
      let winner = 2 * Math.floor(index / half) * side + 2 * (index % half);
      for (const pixel of [winner + 1, winner + side, winner + side + 1]) {
        if (x[pixel] > x[winner] || Number.isNaN(x[pixel])) winner = pixel;
      }
      this.winners[index] = winner;
      y[index] = x[winner];
    }
    return y;
  }

  backward(dy) {
    const dx = numbersOf(4 * dy.length);
    for (let index = 0; index < dy.length; index += 1) dx[this.winners[index]] = dy[index];
    return dx;
  }
}

// Every output looks at every input: y[o] = b[o] + Σ w[o, i] · x[i].
class FullyConnected extends Weighted {
  forward(x) {
    const { fan, parameters: [weights, bias] } = this;
    this.x = x;
    const y = Float64Array.from(bias);
    for (let index = 0; index < weights.length; index += 1) {
      y[Math.floor(index / fan)] += weights[index] * x[index % fan];
    }
    return y;
  }

  backward(dy) {
    const { x, fan, parameters: [weights], gradients: [dw, db] } = this;
    const dx = numbersOf(fan);
    dy.forEach((d, o) => {
      db[o] += d;
      for (let i = 0; i < fan; i += 1) {
        dw[o * fan + i] += d * x[i];
        dx[i] += d * weights[o * fan + i];
      }
    });
    return dx;
  }
}

return { Convolution, FullyConnected, MaxPool, Relu };
});
