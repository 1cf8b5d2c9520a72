// A loss of two weights, seen from above, and the paths of three optimisers down its slopes.
"use strict";

globalThis.cnnbookDiagrams.part("descent", ({
  Diagram, choice, define, el, finite, integer, matrix, number, parseNumber, py, refuse, say,
  tensor,
}) => {

// The picture: a from −7 to 7, b from −3.5 to 3.5, and the side of a square in which a line of one
// height is straight.
const [WIDE, HIGH, SQUARE, LINES] = [7, 3.5, 0.2, 9];
// A weight beyond it has diverged.
const FAR = 1e6;

// For each optimiser the name of its learning rate, what that is multiplied by, and what is
// subtracted from a weight with slope g, as cnnbook.optim does it.
const OPTIMISERS = {
  SGD: ["sgd_lr", () => say("gradient"), (lr) => (g) => lr * g],
  momentum: ["momentum_lr", () => say("velocity"), (lr, momentum) => {
    let velocity = 0;
    return (g) => {
      velocity = velocity * momentum + g;
      return lr * velocity;
    };
  }],
  Adam: ["adam_lr", () => "m/√v", (lr) => {
    let [m, v, t] = [0, 0, 0];
    return (g) => {
      t += 1;
      m = m * 0.9 + (1 - 0.9) * g;
      v = v * 0.999 + (1 - 0.999) * (g * g);
      return ((lr / (1 - 0.9 ** t)) * m) / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** t) + 1e-8);
    };
  }],
};
const NAMES = Object.keys(OPTIMISERS);

// What a reader calls the optimisers, the surfaces and the two numbers of the start.
const TITLES = {
  SGD: () => say("SGD"), momentum: () => say("momentum"), Adam: () => say("Adam"),
};
const SURFACES = {
  "valley": () => say("valley"), "tilted valley": () => say("tilted valley"),
  "bowl": () => say("bowl"), "saddle": () => say("saddle"), "two minima": () => say("two minima"),
};
const START = [() => say("start a"), () => say("start b")];

// A surface is a sum of terms c · a^p · b^q, written [c, p, q].
const power = (base, exponent) => (exponent > 0 ? base * power(base, exponent - 1) : 1);
const sum = (terms, part) => terms.reduce((total, term) => total + part(...term), 0);
const loss = (terms, [a, b]) => sum(terms, (c, p, q) => c * power(a, p) * power(b, q));
const slopes = (terms, [a, b]) => [
  sum(terms, (c, p, q) => c * p * power(a, p - 1) * power(b, q)),
  sum(terms, (c, p, q) => c * q * power(a, p) * power(b, q - 1)),
];

function between(name, value, low, high) {
  if (finite(name, value) < low || value > high) {
    refuse(say("{name} is {value}; expected {low} to {high}.",
      { name, value: number(value), low: number(low), high: number(high) }));
  }
}

// For each optimiser the places it visits, until it diverges, and what was subtracted each time.
function descend(state, terms, name) {
  const [rate, , rule] = OPTIMISERS[name];
  const rules = [0, 1].map(() => rule(state[rate], state.momentum));
  const [path, steps] = [[state.start], []];
  while (path.length <= state.steps) {
    const w = path.at(-1);
    const step = slopes(terms, w).map((slope, i) => rules[i](slope));
    const next = w.map((value, i) => value - step[i]);
    if (!next.every((value) => Math.abs(value) <= FAR)) break;
    path.push(next);
    steps.push(step);
  }
  return { path, steps };
}

function compute(state) {
  choice(say("surface"), state.surface, Object.keys(state.surfaces));
  for (const name of state.shown) choice(say("optimiser"), name, NAMES);
  if (tensor(say("The start"), state.start, [2])[0] !== 2) {
    refuse(say("The start needs two numbers."));
  }
  [WIDE, HIGH].forEach((side, i) => between(START[i](), state.start[i], -side, side));
  for (const [rate] of Object.values(OPTIMISERS)) between(rate, state[rate], 0, 100);
  between(say("momentum"), state.momentum, 0, 0.9999);
  integer(say("steps"), state.steps, 1, 200);
  const { terms } = state.surfaces[state.surface];
  const walks = NAMES.map((name) => [name, descend(state, terms, name)]);
  return { terms, walks: Object.fromEntries(walks) };
}

// Lines of one height: where it lies between two corners of a square, a line crosses that edge.
function contours(terms) {
  const place = (r, c) => [c * SQUARE - WIDE, r * SQUARE - HIGH];
  const [rows, columns] = [(2 * HIGH) / SQUARE, (2 * WIDE) / SQUARE].map(Math.round);
  const heights = matrix(rows + 1, columns + 1, (r, c) => loss(terms, place(r, c)));
  const [low, high] = [Math.min(...heights.flat()), Math.max(...heights.flat())];
  let path = "";
  for (let line = 1; line < LINES; line += 1) {
    // Closer at the bottom, where the paths end.
    const level = low + (high - low) * (line / LINES) ** 2;
    matrix(rows, columns, (r, c) => {
      const corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]];
      const crossings = corners.flatMap(([i, j], k) => {
        const [u, v] = corners[(k + 1) % 4];
        const part = (level - heights[i][j]) / (heights[u][v] - heights[i][j]);
        return part >= 0 && part < 1 ? [place(i + (u - i) * part, j + (v - j) * part)] : [];
      });
      crossings.forEach(([a, b], k) => { path += `${k % 2 ? "L" : "M"}${a.toFixed(2)} ${b.toFixed(2)}`; });
    });
  }
  return path;
}

const both = (pair) => `(${pair.map((value) => number(value)).join(", ")})`;

class Descent extends Diagram {
  static get title() { return say("Three optimisers descend"); }
  static compute = compute;

  static get hint() {
    return say("Drag in the picture to move the start · Play to see the three go down");
  }
  static shared = ["surface", "start", "steps", "momentum", "shown",
    ...Object.values(OPTIMISERS).map(([rate]) => rate)];

  build() {
    const entry = (label, name) => this.field(label, () => this.state[name],
      (text) => this.set(() => ({ [name]: parseNumber(text) })));
    const start = (i) => this.field(START[i](), () => this.state.start[i],
      (text) => this.edit("start", [i], text));
    const { surfaces } = this.state;
    this.heights = el("path", { class: "height" });
    this.stars = el("g");
    this.lines = NAMES.map((name) => el("g", { class: `path ${name}` }, el("path", { class: "line" }),
      el("path", { class: "dots" }), el("path", { class: "here" })));
    this.plot = el("svg", {
      class: "plot", viewBox: `${-WIDE} ${-HIGH} ${2 * WIDE} ${2 * HIGH}`, role: "img",
      onpointerdown: (event) => this.drag(event), onpointermove: (event) => this.drag(event),
    }, el("g", { transform: "scale(1,-1)" }, this.heights, this.stars, ...this.lines));
    this.rows = el("tbody");
    this.app.append(
      this.plot,
      this.player(() => this.state.steps + 1, (step) => say("step {step}", { step }), say("step"), 120),
      el("p", { class: "note" }, say("A line joins places of one height; ★ is a minimum. " +
        "Across: a, −7 to 7; upwards: b, −3.5 to 3.5. Click into the picture to start elsewhere.")),
      this.front(
        this.select(say("surface"),
          () => Object.keys(surfaces).map((name) => [SURFACES[name](), name]),
          () => this.state.surface,
          (surface) => this.set({ surface, start: surfaces[surface].start })),
        start(0), start(1), entry(say("steps"), "steps")),
      el("div", { class: "bar" }, ...NAMES.map((name) => el("div", { class: "bar" }, this.check(name),
        entry(say("lr of {optimiser}", { optimiser: TITLES[name]() }), OPTIMISERS[name][0]),
        name === "momentum" ? entry(say("momentum"), name) : ""))),
      this.message,
      el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {},
        ...["", "a", "b", say("loss")].map((text) => el(text ? "th" : "td", {}, text)))), this.rows)),
      this.sentence(),
      this.python(() => this.code()),
    );
  }

  check(name) {
    const box = el("input", { type: "checkbox", "aria-label": TITLES[name](), onchange: () => this.set({
      shown: NAMES.filter((one) => (one === name ? box.checked : this.state.shown.includes(one))),
    }) });
    this.follow(() => { box.checked = this.state.shown.includes(name); });
    return el("label", { class: "check" }, box, el("span", {}, TITLES[name]()));
  }

  // The pointer puts the start where it is pressed.
  drag(event) {
    if (!event.buttons) return;
    const box = this.plot.getBoundingClientRect();
    const at = (share, side) => Math.round(10 * side * Math.max(-1, Math.min(1, 2 * share - 1))) / 10;
    this.set({ start: [at((event.clientX - box.x) / box.width, WIDE),
      at((box.bottom - event.clientY) / box.height, HIGH)] });
  }

  draw() {
    if (this.drawn === this.state.surface) return;
    this.drawn = this.state.surface;
    this.heights.setAttribute("d", contours(this.result.terms));
    this.stars.replaceChildren(...this.state.surfaces[this.drawn].minima.map(([a, b]) =>
      el("text", { x: a, y: -b, transform: "scale(1,-1)" }, "★")));
    this.plot.setAttribute("aria-label",
      say("The {surface} from above, and the paths so far", { surface: SURFACES[this.drawn]() }));
  }

  mark() {
    const { shown } = this.state;
    const list = NAMES.filter((name) => shown.includes(name));
    NAMES.forEach((name, index) => {
      const path = list.includes(name) ? this.result.walks[name].path.slice(0, this.step + 1) : [];
      const dot = ([a, b]) => `M${a} ${b}h0`;
      [path.map((w, k) => `${k ? "L" : "M"}${w}`), path.map(dot), path.slice(-1).map(dot)].forEach(
        (parts, k) => this.lines[index].children[k].setAttribute("d", parts.join("")));
    });
    this.rows.replaceChildren(...list.map((name) => this.row(name)));
    this.live.replaceChildren(...list.map((name) => el("span", { class: "line" }, this.said(name))));
  }

  // Where an optimiser is, and how high.
  row(name) {
    const { terms, walks } = this.result;
    const { path } = walks[name];
    const line = el("svg", { class: name, viewBox: "0 0 34 8", "aria-hidden": "true" },
      el("path", { class: "line", d: "M2 4H32" }));
    const row = el("tr", {}, el("th", { scope: "row" }, line, TITLES[name]()));
    const w = path[this.step];
    if (w) {
      const height = loss(terms, w);
      const up = height > loss(terms, path[0]) ? "▲ " : "";
      const texts = [...w.map((value) => number(value)), up + number(height)];
      row.append(...texts.map((text) => el("td", {}, text)));
    } else {
      row.append(el("td", { colspan: 3 }, say("✕ diverged at step {step}", { step: path.length })));
    }
    return row;
  }

  // The arithmetic of its last step.
  said(name) {
    const { path, steps } = this.result.walks[name];
    const [rate, what] = OPTIMISERS[name];
    const lr = this.state[rate];
    const optimiser = TITLES[name]();
    if (!this.step) return say("{optimiser} starts at {place}.", { optimiser, place: both(path[0]) });
    if (this.step >= path.length) return say("{optimiser} has left ±1,000,000.", { optimiser });
    const by = steps[this.step - 1].map((value) => (lr ? value / lr : 0));
    return say("{optimiser}: {before} − {lr} × {what} {by} = {after}", {
      optimiser, before: both(path[this.step - 1]), lr: number(lr), what: what(), by: both(by),
      after: both(path[this.step]),
    });
  }

  code() {
    const { surface, start, shown, steps, momentum } = this.state;
    const rates = Object.values(OPTIMISERS).map(([rate]) => `${rate}=${this.state[rate]}`).join(", ");
    return ["from cnnbook import diagrams", "",
      `diagrams.descent(${py(surface)}, ${py(start)}, optimisers=${py(shown)}, ${rates}, ` +
      `momentum=${momentum}, steps=${steps})`, ""].join("\n");
  }
}

define("descent", Descent);
});
