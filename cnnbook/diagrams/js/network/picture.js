// Maps of numbers, painted.
"use strict";

globalThis.cnnbookDiagrams.part("network/picture", ({ Grid, count, el }) => {

// Maps side by side, a square for each number: the larger, the stronger; negative ones smaller
// and in another colour. One stop of the Tab key; arrow keys go from number to number.
class Picture extends Grid {
  constructor(role, label, shape, help, actions) {
    super(role, label, actions);
    const [length, h] = shape;
    [this.maps, this.h, this.w] = h ? shape : [1, Math.ceil(length / 16), Math.min(length, 16)];
    Object.assign(this, { role, count: count(shape), index: 0 });
    const find = (event) => this.number(...this.find(event).map(Math.floor));
    const pick = (index) => {
      if (index >= 0) actions.pick(this.index = index);
    };
    this.canvas = el("canvas", {
      tabindex: 0, role: "application", "aria-label": help,
      onpointermove: (event) => {
        const index = event.pointerType === "mouse" ? find(event) : -1;
        if (index >= 0) actions.point?.(index);
      },
      onpointerleave: () => actions.leave?.(),
      onpointerdown: (event) => { this.touched = event.pointerType !== "mouse"; },
      onclick: (event) => {
        const index = find(event);
        pick(index);
        // A finger covers several squares: it chooses a map, and then a square of it, enlarged.
        if (index >= 0 && this.touched && this.size < 24) actions.enlarge?.(index);
      },
      onfocus: () => pick(this.index),
      onkeydown: (event) => {
        const [right, down] = {
          ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], " ": [0, 0],
        }[event.key] ?? [];
        if (down === undefined) return;
        event.preventDefault();
        if (!right && !down) actions.press?.();
        const [x, y] = this.place(this.index);
        const to = (n) => this.number(x + n * right, y + n * down);
        // From map to map over the line between them.
        const { step = 1 } = actions;
        pick(to(step) < 0 ? to(step + 1) : to(step));
      },
    });
    this.body.replaceWith(this.canvas);
  }

  listen() {}

  // How large a square is and how many maps stand side by side, in so many pixels of width.
  arrange(room, side, largest = 12) {
    const { maps, h, w } = this;
    const size = Math.max(2, Math.min(largest, Math.floor(side / Math.max(h, w))));
    const most = Math.max(1, Math.floor((room + size) / (size * (w + 1))));
    const lines = Math.ceil(maps / most);
    const across = Math.ceil(maps / lines);
    Object.assign(this, { across, size, columns: across * (w + 1) - 1, rows: lines * (h + 1) - 1 });
    [this.canvas.width, this.canvas.height] = [this.columns * size, this.rows * size];
    this.sheet.style.width = `${this.canvas.width}px`;
    this.colours = [this.role, "unused"].map((role) =>
      getComputedStyle(this.canvas).getPropertyValue(`--${role}`));
  }

  // Column and row of a number, counted in squares of the whole picture.
  place(index) {
    const { h, w, across } = this;
    const map = Math.floor(index / (h * w));
    return [(map % across) * (w + 1) + index % w,
      Math.floor(map / across) * (h + 1) + Math.floor(index / w) % h];
  }

  // The number at a column and row, −1 between maps and outside.
  number(x, y) {
    const { h, w, across, columns } = this;
    const [c, r] = [x % (w + 1), y % (h + 1)];
    const map = Math.floor(y / (h + 1)) * across + Math.floor(x / (w + 1));
    const index = (map * h + r) * w + c;
    return x >= 0 && x < columns && c < w && y >= 0 && r < h && index < this.count ? index : -1;
  }

  // Where the pointer is, in squares.
  find({ offsetX: x, offsetY: y }) {
    const { canvas, columns, rows } = this;
    return [x / canvas.clientWidth * columns, y / canvas.clientHeight * rows];
  }

  paint(values, most) {
    const { size, canvas, colours, h, w } = this;
    const context = canvas.getContext("2d");
    const square = (index, strength, colour, edge, wide = 1, high = 1) => {
      const [x, y] = this.place(index).map((n) => n * size + edge);
      context.globalAlpha = strength;
      context.fillStyle = colour;
      context.fillRect(x, y, size * wide - 2 * edge, size * high - 2 * edge);
    };
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let map = 0; map < this.maps; map += 1) square(map * h * w, 0.06, colours[0], 0, w, h);
    for (let index = 0; index < this.count; index += 1) {
      const value = values[index];
      if (value) {
        const under = value < 0;
        square(index, Math.min(1, Math.abs(value) / most), colours[+under], under && size / 4);
      }
    }
  }

  outline(indices, role) {
    this.frame(...indices.map((index) => {
      const [x, y] = this.place(index);
      return [y, x, 1, 1, role];
    }));
  }
}

return { Picture };
});
