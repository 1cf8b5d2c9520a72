// A diagram whose window moves over an input.
"use strict";

globalThis.cnnbookDiagrams.part("windowed", ({ Diagram, Grid, named, say, unreadNote }) => {

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
    return this.player(count, (step) => named()(...this.place(step)));
  }

  // The grid of the padded input. An index of the input itself is negative in the padding.
  inputGrid(make) {
    const own = (r, c) => [r - this.result.rows.before, c - this.result.columns.before];
    this.input = new Grid("input", say("Input"), {
      ...this.pointing(make), paints: true, name: (r, c) => named(say("input"))(...own(r, c)),
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
    const sizes = { size: `${rows.n}×${columns.n}`, padded: `${rows.padded}×${columns.padded}` };
    this.input.describe(padded ? say("Input {size}, padded {padded}", sizes)
      : say("Input {size}", sizes), unreadNote(rows, columns));
  }
}

return { Windowed };
});
