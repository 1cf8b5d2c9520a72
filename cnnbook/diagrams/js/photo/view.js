// A picture on a canvas, with frames over it; the pointer, a finger and arrow keys move over it.
"use strict";

globalThis.cnnbookDiagrams.part("photo/view", ({ Grid, el }) => {

// point(row, column): the pointer is there; pick(row, column, press): it was pressed there, or drawn
// along; key(down, right): an arrow key; space(): the space key.
class View extends Grid {
  constructor(role, label, actions) {
    super(role, label, actions);
    const kind = actions.key ? { tabindex: 0, role: "application" } : { role: "img" };
    this.canvas = el("canvas", { "aria-label": label, ...kind });
    this.body.replaceWith(this.canvas);
    this.sheet.classList.add("view");
    if (!actions.key) return;
    const find = ({ offsetX: x, offsetY: y }) => {
      const { canvas, rows, columns } = this;
      return [[y, canvas.clientHeight, rows], [x, canvas.clientWidth, columns]]
        .map(([place, whole, n]) => Math.max(0, Math.min(n - 1, Math.floor((n * place) / whole))));
    };
    const on = (type, action) => this.canvas.addEventListener(type, action);
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.held = true;
      actions.pick(...find(event), true);
    });
    on("pointermove", (event) => {
      if (this.held) actions.pick(...find(event), false);
      else if (event.pointerType === "mouse") actions.point(...find(event));
    });
    on("lostpointercapture", () => { this.held = false; actions.stop?.(); });
    on("pointerleave", () => actions.stop?.());
    on("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const far = event.shiftKey ? 10 : 1;
      const move = {
        ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far],
      }[event.key];
      if (move) actions.key(...move);
      else if (event.key === " " && actions.space) actions.space();
      else return;
      event.preventDefault();
    });
  }

  listen() {}

  paint(data, rows, columns) {
    if (this.rows !== rows || this.columns !== columns) {
      Object.assign(this, { rows, columns });
      [this.canvas.width, this.canvas.height] = [columns, rows];
      this.sheet.style.setProperty("--aspect", columns / rows);
    }
    this.canvas.getContext("2d").putImageData(new ImageData(data, columns, rows), 0, 0);
  }

  // How much of the common width this picture takes.
  widen(part) {
    this.sheet.style.setProperty("--part", part);
  }

  // An enlarged part of another view: `side` of its pixels round a middle.
  enlarge({ canvas }, side, row, column) {
    const size = 12;
    Object.assign(this, { rows: side, columns: side });
    [this.canvas.width, this.canvas.height] = [side * size, side * size];
    const pen = this.canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    const [x, y] = [column, row].map((n) => n - (side - 1) / 2);
    pen.drawImage(canvas, x, y, side, side, 0, 0, side * size, side * size);
    this.sheet.style.setProperty("--aspect", 1);
  }
}

return { View };
});
