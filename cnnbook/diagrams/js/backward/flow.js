// Lines over the grids: from which numbers a number flows to which.
"use strict";

globalThis.cnnbookDiagrams.part("backward/flow", ({ el, put }) => {

// More lines than these are one line from their middle.
const MOST_LINES = 9;

class Flow {
  constructor(...grids) {
    this.halo = el("path", { class: "halo" });
    this.line = el("path", { class: "line" });
    this.over = el("svg", { class: "flow gradient", "aria-hidden": "true" }, this.halo, this.line);
    this.box = el("div", { class: "flowing" }, ...grids, this.over);
  }

  // Draw from each list of cells to each: [[cells, cells], …].
  show(pairs) {
    const origin = this.over.getBoundingClientRect();
    const d = pairs.flatMap(([from, to]) => {
      if (!from.length || !to.length) return [];
      const starts = from.length > MOST_LINES ? [from] : from.map((cell) => [cell]);
      return starts.map((cells) => arrow(around(cells), around(to), origin));
    }).join("");
    for (const path of [this.halo, this.line]) put(path, { d });
  }
}

// The rectangle round some cells.
function around(cells) {
  const boxes = cells.map((cell) => cell.getBoundingClientRect());
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
  return { left, top, right, bottom };
}

// From the nearer edge of one rectangle to that of the other, with a head.
function arrow(from, to, origin) {
  const down = to.top >= from.bottom;
  const middle = ({ left, right }) => (left + right) / 2 - origin.left;
  const [x1, y1] = [middle(from), (down ? from.bottom : from.top) - origin.top];
  const [x2, y2] = [middle(to), (down ? to.top : to.bottom) - origin.top];
  const bend = (y2 - y1) / 2;
  const head = down ? -8 : 8;
  const points = [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2].map((n) => n.toFixed(1));
  const tip = `M${x2 - 5} ${y2 + head}L${x2} ${y2}L${x2 + 5} ${y2 + head}`;
  return `M${points.slice(0, 2)}C${points.slice(2)}${tip}`;
}

return { Flow };
});
