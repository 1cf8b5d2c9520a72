// Small pictures of numbers, and a gallery of them to pick from.
"use strict";

globalThis.cnnbookDiagrams.part("train/gallery", ({ el }) => {

// A square picture of side² numbers in the colours of a role: the larger, the stronger; what is
// below 0 is smaller and in another colour.
class Little {
  constructor(role, side, size) {
    Object.assign(this, { role, side, size });
    this.canvas = el("canvas", {
      width: side * size, height: side * size, class: "little", "aria-hidden": "true",
    });
  }

  paint(values, most, from = 0) {
    const { canvas, side, size } = this;
    this.colours ??= [this.role, "unused"].map((role) =>
      getComputedStyle(canvas).getPropertyValue(`--${role}`));
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.globalAlpha = 0.08;
    context.fillStyle = this.colours[0];
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (let index = 0; index < side * side; index += 1) {
      const value = values[from + index];
      if (value) {
        const edge = value < 0 ? size / 4 : 0;
        context.globalAlpha = Math.min(1, Math.abs(value) / most);
        context.fillStyle = this.colours[value < 0 ? 1 : 0];
        context.fillRect((index % side) * size + edge, Math.floor(index / side) * size + edge,
          size - 2 * edge, size - 2 * edge);
      }
    }
  }
}

// Pictures to pick from: one stop of the Tab key, arrow keys go from one to the next.
class Gallery {
  constructor(label, littles, pick) {
    this.tiles = littles.map((little, index) => {
      const said = el("span");
      const tile = el("button", {
        type: "button", onclick: () => pick(index), onkeydown: (event) => this.key(event, index, pick),
      }, little.canvas, said);
      return Object.assign(tile, { said });
    });
    this.box = el("div", { class: "gallery", role: "group", "aria-label": label }, ...this.tiles);
  }

  key(event, index, pick) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (index + step + this.tiles.length) % this.tiles.length;
    this.tiles[next].focus();
    pick(next);
  }

  // tell(index) gives { text, label, wrong }: what stands below a picture, and what it is called.
  show(picked, tell) {
    this.tiles.forEach((tile, index) => {
      const { text, label, wrong = false } = tell(index);
      if (tile.said.textContent !== text) tile.said.textContent = text;
      tile.classList.toggle("wrong", wrong);
      tile.setAttribute("aria-label", label);
      tile.setAttribute("aria-pressed", index === picked);
      tile.setAttribute("tabindex", index === picked ? 0 : -1);
    });
  }
}

return { Gallery, Little };
});
