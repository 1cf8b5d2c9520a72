// A grid of numbers, drawn as a table that can be pointed at and edited.
"use strict";

globalThis.cnnbookDiagrams.part("grid", ({ brief, el, matrix, number, say }) => {

// A grid of numbers that behaves like a small spreadsheet: one stop of the Tab key, arrow keys
// inside, typing or Enter (or a double click, or a second tap) edits a cell.
//
// role: whose colours; name(r, c): how a cell is called; point(r, c): the pointer or the focus is
// on a cell, pick(r, c): it was clicked, leave(): no cell is pointed at any more; edit(r, c, v): a
// new number, canEdit(r, c): whether there may be one; paints: whether a drag changes numbers.
class Grid {
  constructor(role, label, actions) {
    this.actions = { name: named(), ...actions };
    this.caption = el("figcaption", {}, label);
    this.note = el("span", { class: "note" });
    this.body = el("div", {
      role: "grid", "aria-label": label, class: `grid ${actions.paints ? "paints" : ""}`,
      title: actions.edit && say("Type, press Enter or click twice to change a number."),
    });
    this.frames = el("svg", { "aria-hidden": "true" });
    this.sheet = el("div", { class: "sheet" }, this.body, this.frames);
    const scroll = el("div", { class: "scroll" }, this.sheet);
    this.box = el("figure", { class: `box ${role}` }, this.caption, scroll, this.note);
    if (actions.paints) {
      new ResizeObserver(() =>
        scroll.classList.toggle("wide", scroll.scrollWidth > scroll.clientWidth)).observe(this.sheet);
    }
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
    if (this.actions.paints) this.listenToDrags(on);
  }

  // A drag paints. Begun on a 0 it draws the largest number there is, else it wipes. With a finger
  // it begins sideways: up and down the page scrolls.
  listenToDrags(on) {
    let [from, brush, last] = [null, null, null];
    const put = (cell) => {
      const { r, c } = cell.dataset;
      last = cell;
      if (this.actions.canEdit?.(+r, +c) !== false) this.actions.edit(+r, +c, String(brush));
    };
    on("pointerdown", (event, cell) => {
      from = event.button === 0 && event.isPrimary ? cell : null;
      [brush, last] = [null, cell];
    });
    this.body.addEventListener("pointermove", (event) => {
      if (!from || !event.buttons) return;
      // A finger's events go to the cell where it began.
      const under = this.body.getRootNode().elementFromPoint(event.clientX, event.clientY);
      const cell = under?.closest?.(".cell");
      if (!cell || cell === last || !this.body.contains(cell)) return;
      if (brush === null) {
        const most = Math.max(...this.cells.flat().map((one) => one.number));
        brush = from.number !== 0 ? 0 : most > 0 ? most : 1;
        put(from);
      }
      put(cell);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.body.addEventListener(end, () => { from = null; });
    }
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
      class: "edit", "aria-label": say("{cell}: new number", { cell: this.actions.name(r, c) }),
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
    this.cells = matrix(rows, columns, (r, c) => {
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
    const all = matrix(rows, columns, get);
    const largest = Math.max(1e-12, ...all.flat().map((cell) => Math.abs(cell.value)));
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) this.put(r, c, all[r][c], largest);
    }
  }

  put(r, c, { value, kind = "", text }, largest) {
    const cell = this.cells[r][c];
    const blank = kind === "blank";
    cell.number = value;
    const full = text ?? number(value);
    const label = saidOf(kind, { cell: this.actions.name(r, c), value: full });
    // A faint tint that follows the number; the number itself carries the meaning.
    const tint = `${blank ? 0 : Math.round(32 * Math.max(0, value / largest))}%`;
    // A step changes few cells: what stays as it is costs nothing.
    if (cell.last === label + tint) return;
    Object.assign(cell, { last: label + tint, full });
    cell.value.textContent = blank ? "" : text ?? brief(value);
    cell.style.setProperty("--letters", Math.max(1, cell.value.textContent.length));
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
      if (weight) {
        cell.dataset.weight = weight;
        cell.style.setProperty("--marks", weight.length);
      }
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

// How the cells of a grid are called: by the grid, if there are several, and by their place.
const named = (name) => (row, column) => (name
  ? say("{grid} row {row}, column {column}", { grid: name, row, column })
  : say("row {row}, column {column}", { row, column }));

// What a cell is and holds, in words.
function saidOf(kind, values) {
  if (kind === "blank") return say("{cell}: not computed yet", values);
  if (kind === "padding") return say("{cell} (padding): {value}", values);
  if (kind === "unused") return say("{cell} (not read): {value}", values);
  return say("{cell}: {value}", values);
}

return { Grid, named };
});
