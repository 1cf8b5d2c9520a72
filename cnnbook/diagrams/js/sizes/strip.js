// The maps of a stack side by side, to scale, and between them the lines of what one output sees.
"use strict";

globalThis.cnnbookDiagrams.part("sizes/strip", ({ el, put, write }) => {

// In pixels: the side of a small map, which a finger must hit; and the margin.
const [LEAST, EDGE] = [24, 8];
// In a row: the sides of the largest map, the room of a caption, between two maps, below them. If
// captions do not fit side by side, every second one stands lower.
const ACROSS = { most: 190, least: 100, captions: [100, 50], gap: 16, below: 64, lower: 56 };
// One below the other: the same, and how high it should be at most.
const DOWN = { most: 150, least: 60, caption: 48, gap: 16, high: 640 };

// Where each map stands, [x, y, width, height], and its caption, in so much room: in a row if the
// largest stays large enough, else one below the other. All have one scale; only what would be
// smaller than a finger is drawn larger.
function places(sizes, room) {
  const largest = Math.max(...sizes.flat());
  const scaled = (side) => sizes.map((size) =>
    size.map((n) => Math.max(LEAST, Math.round((side * n) / largest))));
  const total = (list, gap) => list.reduce((sum, n) => sum + n + gap, 0);
  for (const caption of ACROSS.captions) {
    const across = (side) => total(scaled(side).map(([, w]) => Math.max(w, caption)), ACROSS.gap);
    let side = ACROSS.most;
    while (side > ACROSS.least && across(side) > room) side -= 2;
    if (across(side) <= room) {
      return inRow(scaled(side), caption, caption === ACROSS.captions[0] ? 0 : ACROSS.lower);
    }
  }
  const down = (now) => total(scaled(now).map(([h]) => Math.max(h, DOWN.caption)), DOWN.gap);
  let side = DOWN.most;
  while (side > DOWN.least && down(side) > DOWN.high) side -= 2;
  return { ...inColumn(scaled(side)), width: room };
}

function inRow(maps, caption, lower) {
  const high = Math.max(...maps.map(([h]) => h));
  let x = 0;
  const list = maps.map(([h, w], index) => {
    const wide = Math.max(w, caption);
    const middle = x + wide / 2;
    x += wide + ACROSS.gap;
    return { place: [middle - w / 2, EDGE + (high - h) / 2, w, h],
      caption: [middle, 2 * EDGE + 12 + high + (index % 2) * lower] };
  });
  return { list, row: true, width: x - ACROSS.gap, height: high + ACROSS.below + lower + 2 * EDGE };
}

function inColumn(maps) {
  const wide = Math.max(...maps.map(([, w]) => w));
  let y = EDGE;
  const list = maps.map(([h, w]) => {
    const high = Math.max(h, DOWN.caption);
    const place = [EDGE + (wide - w) / 2, y + (high - h) / 2, w, h];
    const caption = [wide + 2 * EDGE + 10, y + high / 2 - 13];
    y += high + DOWN.gap;
    return { place, caption };
  });
  return { list, row: false, height: y };
}

// One picture. point(stage, cell), pick(stage, cell), leave(): what the pointer does in it.
class Strip {
  constructor({ point, pick, leave }) {
    const on = (act) => (event) => {
      const found = this.find(event);
      if (found) act(...found);
    };
    this.box = el("svg", {
      class: "strip", role: "img", onpointerleave: leave, onclick: on(pick),
      onpointermove: on((...found) => { if (!this.still) point(...found); }),
      onpointerdown: (event) => { this.still = event.pointerType !== "mouse"; },
      onpointerenter: (event) => { this.still = event.pointerType !== "mouse"; },
    });
  }

  // Which map is under the pointer, and which of its cells.
  find({ target, clientX, clientY }) {
    const stage = target.dataset?.stage;
    if (stage === undefined) return null;
    const box = this.marks[stage].map.getBoundingClientRect();
    const [h, w] = this.sizes[stage];
    const cell = [[clientY - box.y, box.height, h], [clientX - box.x, box.width, w]].map(([at, side, n]) =>
      Math.max(0, Math.min(n - 1, Math.floor((at / side) * n))));
    return [+stage, cell];
  }

  // Make the maps; only if there are others than before, or another room.
  arrange(sizes, room) {
    const arranged = JSON.stringify([sizes, room]);
    if (arranged === this.arranged) return;
    Object.assign(this, { arranged, sizes }, places(sizes, room));
    put(this.box, { width: this.width, height: this.height });
    while (this.marks?.length > sizes.length) this.marks.pop().all.remove();
    this.marks = sizes.map((size, stage) => this.marks?.[stage] ?? this.make(stage));
    this.marks.forEach(({ map, cells, hit, texts }, stage) => {
      const { place: [x, y, width, height], caption: [tx, ty] } = this.list[stage];
      put(map, { x, y, width, height });
      put(cells, { d: linesOf(this.list[stage].place, sizes[stage]) });
      put(hit, { x: x - 4, y: y - 4, width: width + 8, height: height + 8 });
      texts.forEach((text, line) => put(text, {
        x: tx, y: ty + 17 * line, "text-anchor": this.row ? "middle" : "start",
      }));
    });
  }

  make(stage) {
    const role = stage ? "output" : "input";
    const mark = {
      field: el("path", { class: "field kernel" }), map: el("rect", { class: `map ${role}` }),
      cells: el("path", { class: `cells ${role}` }), halo: el("rect", { class: "halo" }),
      window: el("rect", { class: "kernel" }), hit: el("rect", { class: "hit", "data-stage": stage }),
      texts: ["name", "shape", "sees"].map((name) => el("text", { class: name })),
    };
    const { texts, ...shapes } = mark;
    mark.all = el("g", {}, ...Object.values(shapes), ...texts);
    this.box.append(mark.all);
    return mark;
  }

  // Write below each map its texts, and mark in it a range of rows and columns; null: none.
  show(stages) {
    stages.forEach(({ texts, range }, stage) => {
      const mark = this.marks[stage];
      mark.texts.forEach((text, line) => write(text, texts[line]));
      put(mark.all, { class: range ? "" : "later" });
      const box = range && this.window(stage, range);
      for (const rect of [mark.halo, mark.window]) {
        put(rect, { visibility: range ? "visible" : "hidden", ...box });
      }
      const from = range && stage && this.window(stage - 1, stages[stage - 1].range);
      // On a small box dashes would not be seen as a box.
      put(mark.window, { "data-small": box?.width < 20 || box?.height < 20 });
      put(mark.field, { d: from ? this.between(from, box) : "" });
    });
  }

  // The box of a range, a little beyond the map at most: what lies there is padding.
  window(stage, [rows, columns]) {
    const { place: [x, y, w, h] } = this.list[stage];
    const [tall, wide] = this.sizes[stage];
    const span = ([low, high], n, from, side) => {
      const least = from - EDGE + 2;
      const most = from + side + EDGE - 2;
      const start = Math.max(least, from + (low * side) / n);
      const end = Math.min(most, from + ((high + 1) * side) / n);
      return [start, Math.max(1, end - start)];
    };
    const [[left, width], [top, height]] = [span(columns, wide, x, w), span(rows, tall, y, h)];
    return Object.fromEntries(Object.entries({ x: left, y: top, width, height })
      .map(([name, value]) => [name, Math.round(10 * value) / 10]));
  }

  // From one window to the next: what is read together becomes one cell there.
  between(a, b) {
    return this.row
      ? `M${a.x + a.width} ${a.y}L${b.x} ${b.y}V${b.y + b.height}L${a.x + a.width} ${a.y + a.height}`
      : `M${a.x} ${a.y + a.height}L${b.x} ${b.y}H${b.x + b.width}L${a.x + a.width} ${a.y + a.height}`;
  }
}

// Thin lines between the cells of a map, where they are large enough to be told apart.
function linesOf([x, y, width, height], [rows, columns]) {
  if (width / columns < 4 || height / rows < 4) return "";
  const down = Array.from({ length: columns - 1 }, (_, c) =>
    `M${x + ((c + 1) * width) / columns} ${y}v${height}`);
  const across = Array.from({ length: rows - 1 }, (_, r) =>
    `M${x} ${y + ((r + 1) * height) / rows}h${width}`);
  return [...down, ...across].join("");
}

return { Strip };
});
