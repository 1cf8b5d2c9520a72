// The core that every diagram shares: checks, arithmetic, grids of numbers, controls.
//
// Python writes this file, without its comments, before each diagram's own file into a notebook's
// output. Hence: no imports, no request, nothing that needs a build; one global name, and whoever
// comes first on a page defines it.
globalThis.cnnbookDiagrams ??= (() => {
"use strict";

// ---- refusing ---------------------------------------------------------------------------------

// The limits of cnnbook/diagrams/values.py.
const LIMITS = {
  side: 16, kernel: 7, channels: 4, value: 1e6, stride: 8, padding: 8, dilation: 8,
};
const MODES = ["zeros", "reflect", "replicate", "circular"];

// What the reader asked for cannot be done. The diagram keeps its state and shows the message.
class Refusal extends Error {}

function refuse(message) {
  throw new Refusal(message);
}

// Echo what came, short enough for a message. It is only ever shown as text, never as markup.
function echo(value) {
  const text = String(value);
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

function integer(name, value, low, high) {
  if (!Number.isInteger(value) || value < low || value > high) {
    refuse(`${name} is ${echo(value)}; expected a whole number from ${low} to ${high}.`);
  }
  return value;
}

// An integer or a (height, width) pair, as a pair.
function pair(name, value, low, high) {
  const both = Array.isArray(value) ? value : [value, value];
  if (both.length !== 2) refuse(`${name} is ${echo(value)}; expected one number or two.`);
  return both.map((n) => integer(name, n, low, high));
}

function choice(name, value, allowed) {
  if (!allowed.includes(value)) {
    refuse(`${name} is ${echo(value)}; expected one of ${allowed.join(", ")}.`);
  }
  return value;
}

function finite(name, value) {
  if (typeof value !== "number" || !(Math.abs(value) <= LIMITS.value)) {
    refuse(`${name} is ${echo(value)}; expected a number from −1,000,000 to 1,000,000.`);
  }
  return value;
}

// Nested lists of numbers: as many axes as limits, equally long, none empty. Returns the sizes.
function tensor(name, value, limits) {
  if (limits.length === 0) {
    finite(name, value);
    return [];
  }
  if (!Array.isArray(value) || value.length === 0) {
    refuse(`${name} is empty or has too few axes; expected ${limits.length} of them.`);
  }
  if (value.length > limits[0]) {
    refuse(`${name} has ${value.length} entries along an axis; a diagram shows at most ` +
      `${limits[0]} there.`);
  }
  const sizes = value.map((part) => tensor(name, part, limits.slice(1)));
  if (sizes.some((size) => String(size) !== String(sizes[0]))) {
    refuse(`${name} has rows of unequal length.`);
  }
  return [value.length, ...sizes[0]];
}

// ---- reading and writing numbers --------------------------------------------------------------

// At most four significant digits and a true minus sign: the twin of values.number in Python.
function number(value, digits = 4) {
  let v = Number(value.toPrecision(12));
  if (!(Number.isInteger(v) && Math.abs(v) < 1e6)) v = Number(v.toPrecision(digits));
  const plain = v === 0 || (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e6);
  return (plain ? String(v) : v.toExponential().replace("+", "")).replace(/-/g, "−");
}

// What fits into a cell; the cell's label has the number in full.
function brief(value) {
  const v = Number(value.toPrecision(12));
  const size = Math.abs(v);
  if (Number.isInteger(v) && size < 1e4) return number(v);
  if (size >= 1e4) return v.toExponential(0).replace("+", "").replace(/-/g, "−");
  if (size < 0.005) return v < 0 ? "−0.00" : "0.00";
  return number(Number(v.toFixed(size < 10 ? 2 : size < 1000 ? 1 : 0)));
}

// A factor of a product: negative ones in brackets.
const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));

// One number as a reader types it: −1, .5, 1e3, 1/9.
function parseNumber(text) {
  const form = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\/(\d+\.?\d*))?$/i;
  const found = form.exec(text.trim().replace(/[−–]/g, "-"));
  if (!found) refuse(`“${echo(text.trim())}” is not a number.`);
  return finite("The number", Number(found[1]) / (found[2] ? Number(found[2]) : 1));
}

// A matrix as rows of numbers, or nested lists as Python and NumPy print them.
function parseTensor(text) {
  if (text.length > 20000) refuse("The text is too long for a diagram.");
  if (!text.includes("[")) {
    const rows = text.split("\n").map((row) => row.split(/[\s,;]+/).filter(Boolean));
    return rows.filter((row) => row.length).map((row) => row.map(parseNumber));
  }
  const lists = text
    .replace(/[−–]/g, "-")
    .replace(/(\d)\.(?!\d)/g, "$1.0")
    .replace(/([\d\]])[ \t\n]+(?=[-\d[])/g, "$1, ");
  try {
    return JSON.parse(lists);
  } catch {
    return refuse("The text cannot be read; expected rows of numbers, or [[1, 2], [3, 4]].");
  }
}

// ---- arithmetic -------------------------------------------------------------------------------

// How a window moves along one axis, in indices of the padded input. Everything below asks this:
// at(o, u) is where tap u of output o lies, source(p) which input pixel stands there (−1: none).
function axis(n, k, s, before, after, d, mode = "zeros") {
  const span = d * (k - 1) + 1;
  const room = n + before + after - span;
  if (room < 0) {
    refuse(`A kernel that spans ${span} does not fit into ${n} + ${before + after} of padding.`);
  }
  const added = Math.max(before, after);
  const most = { zeros: Infinity, replicate: Infinity, reflect: n - 1, circular: n }[mode];
  if (added > most) {
    refuse(`padding is ${added}; expected at most ${most} for padding_mode ${mode}.`);
  }
  const outside = {
    zeros: () => -1,
    reflect: (i) => (i < 0 ? -i : 2 * (n - 1) - i),
    replicate: (i) => (i < 0 ? 0 : n - 1),
    circular: (i) => (i + n) % n,
  }[mode];
  const at = (o, u) => o * s + u * d;
  const source = (p) => (p >= before && p < before + n ? p - before : outside(p - before));
  const out = Math.floor(room / s) + 1;
  const read = new Set();
  for (let o = 0; o < out; o += 1) for (let u = 0; u < k; u += 1) read.add(at(o, u) - before);
  const unread = [...Array(n).keys()].filter((i) => !read.has(i));
  return { n, k, s, d, before, after, span, out, at, source, unread, padded: n + before + after };
}

// Both axes of a window operation. padding: one number or two, at most `most`, or "same".
function axes(size, kernel, stride, padding, dilation, mode, most = LIMITS.padding) {
  const same = padding === "same";
  if (same && Math.max(...stride) > 1) refuse("padding “same” needs stride 1.");
  const sides = same ? [0, 0] : pair("padding", padding, 0, most);
  return size.map((n, i) => {
    // An odd total has no equal halves: the extra pixel goes after, as in PyTorch.
    const total = same ? dilation[i] * (kernel[i] - 1) : 2 * sides[i];
    const before = Math.floor(total / 2);
    return axis(n, kernel[i], stride[i], before, total - before, dilation[i], mode);
  });
}

// The same for a state with an input and a kernel.
function kernelAxes(state) {
  return axes(
    tensor("The input", state.x, [LIMITS.side, LIMITS.side]),
    tensor("The kernel", state.kernel, [LIMITS.kernel, LIMITS.kernel]),
    pair("stride", state.stride, 1, LIMITS.stride), state.padding,
    pair("dilation", state.dilation, 1, LIMITS.dilation),
    choice("padding_mode", state.padding_mode ?? "zeros", MODES));
}

// The gradient of the output. Not given: 1, 2, 3, ..., so that each can be followed.
function gradientOf(state, rows, columns) {
  const gradient = state.grad_output ?? grid(rows.out, columns.out, (i, j) => i * columns.out + j + 1);
  const given = tensor("The gradient", gradient, [32, 32]);
  if (given[0] !== rows.out || given[1] !== columns.out) {
    refuse(`The gradient is ${given.join("×")}; expected ${rows.out}×${columns.out}, as the output.`);
  }
  return gradient;
}

// A matrix from a function of its indices.
function grid(height, width, value) {
  return Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) =>
    value(r, c)));
}

// Which rows and columns no window reads, in words; empty if there are none.
function unreadNote(rows, columns) {
  const parts = [["row", rows.unread], ["column", columns.unread]]
    .filter(([, list]) => list.length)
    .map(([name, list]) => `${name}${list.length > 1 ? "s" : ""} ${list.join(", ")}`);
  return parts.length ? `✕ not read: ${parts.join(" and ")}` : "";
}

// One input channel under one kernel: what both kinds of window operation are made of.
function correlate(plane, kernel, rows, columns) {
  return grid(rows.out, columns.out, (i, j) => {
    let sum = 0;
    for (let u = 0; u < rows.k; u += 1) {
      const r = rows.source(rows.at(i, u));
      for (let v = 0; r >= 0 && v < columns.k; v += 1) {
        const c = columns.source(columns.at(j, v));
        if (c >= 0) sum += kernel[u][v] * plane[r][c];
      }
    }
    return sum;
  });
}

// ---- elements ---------------------------------------------------------------------------------

// Make an element. Strings among the children become text nodes: no text is ever read as markup.
function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "rect", "g", "line", "text", "path"].includes(tag);
  const made = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A product of two numbers, each in the colour of its role; what is added up, with plus signs.
const product = (a, role, b, other) => el("span", {}, el("b", { class: role }, factor(a)), "×",
  el("b", { class: other }, factor(b)));
const plus = (terms) => terms.flatMap((term, index) => (index ? [" + ", term] : [term]));

const labelled = (text, field) => el("label", {}, el("span", {}, text), field);
const button = (text, onclick, more) => el("button", { type: "button", onclick, ...more }, text);

const copyOf = (state) => JSON.parse(JSON.stringify(state));

// A grid of numbers that behaves like a small spreadsheet: one stop of the Tab key, arrow keys
// inside, typing or Enter (or a double click, or a second tap) edits a cell.
//
// role: whose colours; name(r, c): how a cell is called; point(r, c): the pointer or the focus is
// on a cell, pick(r, c): it was clicked, leave(): no cell is pointed at any more; edit(r, c, v): a
// new number, canEdit(r, c): whether there may be one.
class Grid {
  constructor(role, label, actions) {
    this.actions = { name: (r, c) => `row ${r}, column ${c}`, ...actions };
    this.caption = el("figcaption", {}, label);
    this.note = el("span", { class: "note" });
    this.body = el("div", {
      role: "grid", "aria-label": label, class: "grid",
      title: actions.edit && "Type, press Enter or click twice to change a number.",
    });
    this.frames = el("svg", { "aria-hidden": "true" });
    this.sheet = el("div", { class: "sheet" }, this.body, this.frames);
    this.box = el("figure", { class: `box ${role}` }, this.caption,
      el("div", { class: "scroll" }, this.sheet), this.note);
    this.rows = this.columns = 0;
    this.marked = [];
    this.listen();
  }

  listen() {
    const place = (event) => {
      const cell = event.target.closest?.(".cell");
      return cell && !event.target.closest("input") ? [cell, +cell.dataset.r, +cell.dataset.c] : 0;
    };
    const on = (type, action) => this.body.addEventListener(type, (event) => {
      const found = place(event);
      if (found) action(event, ...found);
    });
    on("pointerover", (event, cell, r, c) => {
      if (event.pointerType === "mouse") this.actions.point?.(r, c);
    });
    this.body.addEventListener("pointerleave", () => this.actions.leave?.());
    on("click", (event, cell, r, c) => {
      // Whether this click is the second on the same cell: the way to edit with a finger.
      const again = this.active === cell && this.clicked;
      this.focus(r, c);
      this.clicked = true;
      this.actions.pick?.(r, c);
      if (again) this.open(cell, r, c);
    });
    on("focusin", (event, cell, r, c) => {
      this.clicked = false;
      this.rove(cell);
      this.actions.pick?.(r, c);
    });
    on("keydown", (event, cell, r, c) => this.key(event, cell, r, c));
  }

  key(event, cell, r, c) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {
      ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
      Home: [r, 0], End: [r, this.columns - 1],
    };
    if (moves[event.key]) this.focus(...moves[event.key]);
    else if (event.key === "Enter" || event.key === "F2") this.open(cell, r, c);
    else if (/^[-−.\d]$/.test(event.key)) this.open(cell, r, c, event.key);
    else return;
    event.preventDefault();
  }

  rove(cell) {
    this.active?.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
    this.active = cell;
  }

  focus(r, c) {
    this.cells[r]?.[c]?.focus();
  }

  // Put a text field into the cell. Enter and leaving it keep the number, Escape does not.
  open(cell, r, c, text) {
    if (!this.actions.edit || this.actions.canEdit?.(r, c) === false) return;
    const field = el("input", {
      class: "edit", "aria-label": `${this.actions.name(r, c)}: new number`,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "done",
    });
    field.value = text ?? cell.full.replace("−", "-");
    let open = true;
    const close = (keep) => {
      // Removing the field blurs it: once is enough.
      if (!open) return;
      open = false;
      const { value } = field;
      field.remove();
      if (keep) this.actions.edit(r, c, value);
      this.clicked = false;
    };
    field.addEventListener("blur", () => close(true));
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      close(event.key === "Enter");
      this.focus(r, c);
    });
    cell.append(field);
    field.focus();
    if (text === undefined) field.select();
  }

  resize(rows, columns) {
    this.box.style.setProperty("--own", columns);
    if (rows === this.rows && columns === this.columns) return;
    [this.rows, this.columns] = [rows, columns];
    this.marked = [];
    this.cells = grid(rows, columns, (r, c) => {
      const value = el("span");
      const cell = el("div", {
        role: "gridcell", class: "cell", tabindex: r + c ? -1 : 0, "data-r": r, "data-c": c,
      }, value);
      return Object.assign(cell, { value });
    });
    this.active = this.cells[0][0];
    this.body.replaceChildren(...this.cells.map((row) => el("div", { role: "row" }, ...row)));
  }

  // Write every cell: get(r, c) gives { value, kind } (kind: padding, unused, blank or nothing).
  fill(rows, columns, get) {
    this.resize(rows, columns);
    const all = grid(rows, columns, get);
    const largest = Math.max(1e-12, ...all.flat().map((cell) => Math.abs(cell.value)));
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) this.put(r, c, all[r][c], largest);
    }
  }

  put(r, c, { value, kind = "", text }, largest) {
    const cell = this.cells[r][c];
    const blank = kind === "blank";
    const full = text ?? number(value);
    const said = { padding: " (padding)", unused: " (not read)" }[kind] ?? "";
    const label = `${this.actions.name(r, c)}${said}: ${blank ? "not computed yet" : full}`;
    // A faint tint that follows the number; the number itself carries the meaning.
    const tint = `${blank ? 0 : Math.round(32 * Math.max(0, value / largest))}%`;
    // A step changes few cells: what stays as it is costs nothing.
    if (cell.last === label + tint) return;
    Object.assign(cell, { last: label + tint, full });
    cell.value.textContent = blank ? "" : text ?? brief(value);
    cell.classList.toggle("long", cell.value.textContent.length > 4);
    for (const name of ["padding", "unused", "blank"]) cell.classList.toggle(name, kind === name);
    cell.setAttribute("aria-label", label);
    cell.style.setProperty("--tint", tint);
  }

  describe(caption, note = "") {
    this.caption.textContent = caption;
    this.note.textContent = note;
  }

  // Mark cells: { r, c, as: class name, weight: small text below the number }.
  mark(list) {
    for (const [cell, name] of this.marked) {
      cell.classList.remove(name);
      delete cell.dataset.weight;
      cell.removeAttribute("aria-selected");
    }
    this.marked = list.map(({ r, c, as, weight = "" }) => {
      const cell = this.cells[r][c];
      cell.classList.add(as);
      // The style sheet draws it: it is decoration, said in full by the sentence below.
      if (weight) cell.dataset.weight = weight;
      if (as === "now") cell.setAttribute("aria-selected", "true");
      return [cell, as];
    });
  }

  // Frames round windows: [r, c, height, width, role]. They glide from place to place.
  frame(...windows) {
    while (this.frames.children.length > windows.length * 2) this.frames.lastChild.remove();
    while (this.frames.children.length < windows.length * 2) this.frames.append(el("rect"));
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    windows.forEach(([r, c, height, width, role], index) => {
      // A wide pale line below the dashed one, so that it shows on every ground.
      ["halo", role].forEach((name, layer) => {
        const rect = this.frames.children[2 * index + layer];
        rect.setAttribute("class", name);
        rect.style.x = percent(c, this.columns);
        rect.style.y = percent(r, this.rows);
        rect.style.width = percent(width, this.columns);
        rect.style.height = percent(height, this.rows);
      });
    });
  }
}

// ---- the element ------------------------------------------------------------------------------

// Light or dark as the page says (this book, Colab, JupyterLab, VS Code), else as the system says.
const system = matchMedia("(prefers-color-scheme: dark)");
function isDark() {
  const [page, body] = [document.documentElement, document.body];
  const said = page.dataset.theme || page.getAttribute("theme");
  if (said === "dark" || said === "light") return said === "dark";
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("dark");
  return system.matches;
}

const shown = new Set();
const repaint = () => shown.forEach((app) => app.classList.toggle("dark", isDark()));
system.addEventListener("change", repaint);
new MutationObserver(repaint).observe(document, {
  subtree: true, attributeFilter: ["data-theme", "theme", "data-jp-theme-light"],
});

// A diagram: compute(state) → result (static; it refuses bad states), build() makes the
// elements, draw() shows this.state and this.result, mark() shows this.step and what is pointed at.
class Diagram extends HTMLElement {
  connectedCallback() {
    if (this.app) {
      // Moved, or taken away and brought back, as JupyterLab does with cells out of view.
      shown.add(this.app);
      repaint();
      return;
    }
    const root = this.attachShadow({ mode: "open" });
    this.app = el("div", { class: "app", role: "group", "aria-label": this.constructor.title });
    this.message = el("p", { class: "message", role: "alert" });
    this.step = 0;
    // The slot is the static table: hidden on screens, shown in print.
    root.append(el("style", {}, style), this.app, el("slot"));
    // JupyterLab would take typed letters and arrows for its own commands, and so would a page's
    // keyboard shortcuts: what is typed into a diagram stays there.
    this.setAttribute("data-lm-suppress-shortcuts", "true");
    this.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    shown.add(this.app);
    repaint();
    try {
      this.state = JSON.parse(this.getAttribute("state"));
      this.result = this.constructor.compute(this.state);
      this.build();
      this.show();
    } catch (error) {
      this.app.replaceChildren(el("p", { class: "message" },
        `This diagram cannot be drawn: ${error.message}`), el("slot"));
    }
  }

  disconnectedCallback() {
    shown.delete(this.app);
    this.play?.(false);
  }

  // Change the state, or say why not and leave it as it was.
  set(changes) {
    try {
      const next = { ...this.state, ...(typeof changes === "function" ? changes() : changes) };
      this.result = this.constructor.compute(next);
      this.state = next;
      // What was pointed at may be gone.
      this.pointed = null;
      this.message.textContent = "";
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.message.textContent = error.message;
    }
    this.show();
  }

  // A new number, as text, at a place of a nested list.
  edit(name, place, text) {
    this.set(() => {
      const next = copyOf(this.state[name] ?? this.result[name]);
      const last = place.slice(0, -1).reduce((part, index) => part[index], next);
      last[place.at(-1)] = parseNumber(text);
      return { [name]: next };
    });
  }

  show() {
    this.draw();
    for (const renew of this.renewals ?? []) renew();
    this.mark();
  }

  // Call renew() after every change of the state.
  follow(renew) {
    (this.renewals ??= []).push(renew);
  }

  // What a grid does under pointer and focus: make(r, c) says what is meant.
  pointing(make) {
    return {
      point: (r, c) => { this.pointed = make(r, c); this.mark(); },
      pick: (r, c) => { this.looked = make(r, c); this.pointed = null; this.mark(); },
      leave: () => { this.pointed = null; this.mark(); },
    };
  }

  // ---- controls ----

  // A labelled choice. options: () => [[text, value], …]; get() → value; set(value).
  select(label, options, get, set) {
    const field = el("select", {
      "aria-label": label,
      onchange: () => set(options()[field.selectedIndex][1]),
    });
    this.follow(() => {
      const [list, now] = [options(), JSON.stringify(get())];
      field.replaceChildren(...list.map(([text]) => el("option", {}, text)));
      field.selectedIndex = list.findIndex(([, value]) => JSON.stringify(value) === now);
    });
    return labelled(label, field);
  }

  // A size argument: whole numbers, two pairs that differ, and whatever Python gave besides.
  size(label, name, values, extra = []) {
    const of = (v) => (Array.isArray(v) ? (v[0] === v[1] ? String(v[0]) : v.join(" × ")) : v);
    const options = () => {
      const list = [...values.map((v) => (Array.isArray(v) ? v : [v, v])), ...extra];
      const known = list.some((v) => String(v) === String(this.state[name]));
      return [...list, ...(known ? [] : [this.state[name]])].map((v) => [of(v), v]);
    };
    return this.select(label, options, () => this.state[name], (v) => this.set({ [name]: v }));
  }

  // A named choice of example values for some parts of the state; "your own" when it is none.
  preset(group) {
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const named = Object.entries(this.state.presets[group]);
    const holds = (values) => Object.keys(values).every((k) => same(values[k], this.state[k]));
    const now = () => named.find(([, values]) => holds(values))?.[1] ?? null;
    const options = () => (now() ? named : [...named, ["your own", null]]);
    return this.select(group, options, now, (values) => { if (values) this.set(copyOf(values)); });
  }

  // A labelled number that is typed.
  field(label, get, set) {
    const field = el("input", {
      "aria-label": label, class: "number", autocomplete: "off", onchange: () => set(field.value),
    });
    this.follow(() => { field.value = number(get()).replace("−", "-"); });
    return labelled(label, field);
  }

  // Back, Play, Step, All and a slider over `count()` steps; name(step) is what the slider says,
  // pace the milliseconds of a step while it plays.
  player(count, name, label = "output cell", pace = 700) {
    let timer = 0;
    const go = (step) => {
      this.step = Math.max(0, Math.min(count() - 1, step));
      this.pointed = this.looked = null;
      this.mark();
      renew();
    };
    const play = button("Play", () => this.play(!timer));
    const slider = el("input", {
      type: "range", min: 0, "aria-label": label,
      oninput: () => { this.play(false); go(+slider.value); },
    });
    const renew = () => {
      slider.max = count() - 1;
      slider.value = this.step;
      slider.setAttribute("aria-valuetext", name(this.step));
    };
    this.play = (on) => {
      clearInterval(timer);
      timer = 0;
      // While it plays, a screen reader would fall behind: it reads the cell it stops at.
      this.live?.setAttribute("aria-live", on ? "off" : "polite");
      play.textContent = on ? "Pause" : "Play";
      if (!on) return;
      if (this.step >= count() - 1) go(0);
      timer = setInterval(() => {
        go(this.step + 1);
        if (this.step >= count() - 1) this.play(false);
      }, pace);
    };
    this.follow(() => { this.step = Math.min(this.step, count() - 1); renew(); });
    this.go = go;
    const by = (change) => () => { this.play(false); go(this.step + change); };
    return el("div", { class: "bar player" }, button("Back", by(-1)), play, button("Step", by(1)),
      button("All", by(Infinity)), slider);
  }

  // The sentence with the arithmetic: read aloud when it changes.
  sentence() {
    this.live = el("p", { class: "sum", "aria-live": "polite", "aria-atomic": "true" });
    return this.live;
  }

  // Numbers as text: one box per named part of the state.
  texts(parts) {
    const boxes = Object.entries(parts).map(([label, name]) => {
      const area = el("textarea", {
        "aria-label": `${label} as text`, rows: 5, spellcheck: "false", autocapitalize: "off",
        onchange: () => this.set(() => ({ [name]: parseTensor(area.value) })),
      });
      this.follow(() => { area.value = rowsOf(this.state[name] ?? this.result[name]); });
      return labelled(label, area);
    });
    return el("details", {}, el("summary", {}, "Edit as text"), el("p", {},
      "One row per line, or a list as Python writes it. The diagram follows when you leave the box."),
      el("div", { class: "bar" }, ...boxes));
  }

  // The call that gives the same numbers, and a button that copies it.
  python(code) {
    const area = el("textarea", {
      readonly: "", rows: 7, spellcheck: "false", class: "code", "aria-label": "Python code",
    });
    const said = el("span", { role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(area.value);
        said.textContent = "Copied.";
      } catch {
        // In a frame without the right to the clipboard the older way may still work.
        area.select();
        said.textContent = document.execCommand("copy") ? "Copied." : "Selected: press Ctrl+C.";
      }
    };
    this.follow(() => { area.value = code(); said.textContent = ""; });
    return el("details", {}, el("summary", {}, "The same in Python"), area,
      el("div", { class: "bar" }, button("Copy", copy), said));
  }
}

// A diagram whose window moves over an input; result.rows and result.columns are its axes.
class Windowed extends Diagram {
  // A change of the output's shape begins a new gradient.
  set(changes) {
    super.set(() => {
      const more = typeof changes === "function" ? changes() : changes;
      if (!("grad_output" in this.state)) return more;
      const now = this.constructor.axes({ ...this.state, ...more });
      const same = now[0].out === this.result.rows.out && now[1].out === this.result.columns.out;
      return same ? more : { grad_output: null, ...more };
    });
  }

  // The same for a grid of the output's shape: a click on a cell goes to its step.
  stepping() {
    const pick = (r, c) => { this.play(false); this.go(r * this.result.columns.out + c); };
    return { ...this.pointing((r, c) => ["output", r, c]), pick };
  }

  // The row and column of a step's output.
  place(step) {
    const { out } = this.result.columns;
    return [Math.floor(step / out), step % out];
  }

  walk() {
    const count = () => this.result.rows.out * this.result.columns.out;
    return this.player(count, (step) => named("")(...this.place(step)).trim());
  }

  // The grid of the padded input. An index of the input itself is negative in the padding.
  inputGrid(make) {
    const own = (r, c) => [r - this.result.rows.before, c - this.result.columns.before];
    this.input = new Grid("input", "Input", {
      ...this.pointing(make), name: (r, c) => named("input")(...own(r, c)),
      canEdit: (r, c) => this.pixel(r, c) !== null,
      edit: (r, c, text) => this.edit("x", own(r, c), text),
    });
  }

  // The input pixel at a padded place, or null where there is only padding.
  pixel(r, c) {
    const { rows, columns } = this.result;
    const inside = (a, p) => p >= a.before && p < a.before + a.n;
    return inside(rows, r) && inside(columns, c) ? [r - rows.before, c - columns.before] : null;
  }

  // The number at a padded place, whatever filled it.
  valueAt(r, c) {
    const [i, j] = [this.result.rows.source(r), this.result.columns.source(c)];
    return i < 0 || j < 0 ? 0 : this.state.x[i][j];
  }

  // Write the padded input. text: what is shown in the padding, if not its number.
  drawInput(text) {
    const { rows, columns } = this.result;
    this.input.fill(rows.padded, columns.padded, (r, c) => {
      const pixel = this.pixel(r, c);
      if (!pixel) return { value: this.valueAt(r, c), kind: "padding", text };
      const unread = rows.unread.includes(pixel[0]) || columns.unread.includes(pixel[1]);
      return { value: this.valueAt(r, c), kind: unread ? "unused" : "" };
    });
    const padded = rows.padded > rows.n || columns.padded > columns.n;
    this.input.describe(`Input ${rows.n}×${columns.n}` +
      (padded ? `, padded ${rows.padded}×${columns.padded}` : ""), unreadNote(rows, columns));
  }
}

// How the cells of a grid are called.
const named = (what) => (r, c) => `${what} row ${r}, column ${c}`;

// Rows of numbers for a matrix, nested lists for more axes.
function rowsOf(value) {
  return Array.isArray(value[0]) && !Array.isArray(value[0][0])
    ? value.map((row) => row.join(" ")).join("\n")
    : JSON.stringify(value).replace(/,/g, ", ");
}

// A value as Python writes it; pairs are tuples of equal entries written once.
function py(value) {
  if (typeof value === "string") return `"${value}"`;
  if (!Array.isArray(value)) return String(value);
  return `[${value.map(py).join(", ")}]`;
}
const pyPair = (v) => (Array.isArray(v) ? (v[0] === v[1] ? py(v[0]) : `(${v.join(", ")})`) : py(v));

// Python code: the imports, arrays by their names, then lines.
function pyCode(arrays, ...lines) {
  const made = Object.entries(arrays).map(([name, value]) =>
    `${name} = np.array(${py(value)}, dtype=np.float64)`);
  return ["import numpy as np", "import cnnbook", "from cnnbook import diagrams", "", ...made,
    ...lines, ""].join("\n");
}

const style = "@STYLE@";

function define(name, element) {
  if (!customElements.get(`cnnbook-${name}`)) customElements.define(`cnnbook-${name}`, element);
}

return {
  Diagram, Grid, LIMITS, MODES, Refusal, Windowed, axes, axis, brief, button, choice, copyOf,
  correlate, define, el, factor, finite, gradientOf, grid, integer, kernelAxes, labelled, named,
  number, pair, parseNumber, parseTensor, plus, product, py, pyCode, pyPair, refuse, tensor,
};
})();
