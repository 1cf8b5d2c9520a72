// Curves over the epochs of a training.
"use strict";

globalThis.cnnbookDiagrams.part("train/curves", ({ el, say }) => {

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [170, 38, 12, 10, 34];
const LAST = [5, 10, 20, 40, 60, 80, 100, 150, 200];

// A plot of three lines, told apart by their dashes, too; at the left stand its ticks.
class Curves {
  constructor(ticks, write) {
    Object.assign(this, { ticks, write });
    this.title = el("figcaption");
    this.axes = el("g", { class: "axes" });
    this.lines = ["soft", "input", "kernel"].map((role) => el("path", { class: `curve ${role}` }));
    this.svg = el("svg", { class: "curves", role: "img" }, this.axes, ...this.lines);
    this.box = el("figure", {}, this.title, this.svg);
  }

  // lines: for each of the three a list of [epoch, value]; `width` in pixels.
  draw(lines, width, title) {
    const most = Math.max(0, ...lines.slice(1).flat().map(([epoch]) => epoch));
    const last = LAST.find((epoch) => epoch >= most) ?? most;
    const top = this.ticks.at(-1);
    const x = (epoch) => LEFT + (width - LEFT - RIGHT) * (epoch / last);
    const y = (value) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value / top);
    this.title.textContent = title;
    this.svg.setAttribute("aria-label", title);
    if (this.drawn !== `${width} ${last}`) {
      this.drawn = `${width} ${last}`;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      const text = (at, place, letters, anchor) =>
        el("text", { x: at, y: place, "text-anchor": anchor }, letters);
      this.axes.replaceChildren(
        ...this.ticks.flatMap((value) => [
          el("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
          text(LEFT - 5, y(value) + 4, this.write(value), "end"),
        ]),
        ...[0, 1, 2, 3, 4, 5].map((part) => (last * part) / 5).filter(Number.isInteger)
          .map((epoch) => text(x(epoch), HEIGHT - BOTTOM + 15, String(epoch), "middle")),
        text((LEFT + width - RIGHT) / 2, HEIGHT - 4, say("epoch"), "middle"));
    }
    lines.forEach((points, k) => {
      // What is too high for the plot runs along its upper edge.
      const shown = points.filter(([epoch, value]) => epoch <= last && !Number.isNaN(value));
      const places = shown.map(([epoch, value]) =>
        `${x(epoch).toFixed(1)} ${y(Math.min(top, value)).toFixed(1)}`);
      this.lines[k].setAttribute("d", places.length ? `M${places.join("L")}` : "");
    });
  }
}

// What the lines mean: a piece of each, and its name.
function legend(role) {
  const said = el("span");
  const box = el("span", { class: "legend" }, el("svg", { viewBox: "0 0 34 8", "aria-hidden": "true" },
    el("path", { class: `curve ${role}`, d: "M2 4H32" })), said);
  return { box, said };
}

return { Curves, legend };
});
