// The arithmetic of any number of a network, opened: its sentence and the windows it is made of.
"use strict";

globalThis.cnnbookDiagrams.part("network/opened", ({
  Diagram, Grid, POINTWISE, el, factor, matrix, number, percent, planOf, plus, powersOf, product,
  say, sayParts, sum,
}) => {

// A power of e as a reader can take it in.
const little = (value) =>
  (value < 1e-4 ? say("under {share}", { share: number(1e-4) }) : number(value));

// A diagram with stages: their names, kinds, shapes and pictures.
class Opened extends Diagram {
  // A number's name: conv1[0, 3, 4].
  name(stage, index) {
    const { name, shape: [, h, w] } = this.stages[stage];
    const place = h ? [Math.floor(index / (h * w)), Math.floor(index / w) % h, index % w] : [index];
    return `${name}[${place.join(", ")}]`;
  }

  // How a number of a stage is written: a probability in percent.
  written(stage, value) {
    const last = stage === this.stages.length - 1;
    const share = last && ["softmax", "sigmoid"].includes(this.stages[stage].kind);
    return share ? percent(value) : number(value);
  }

  // The arithmetic of a number, as parts of a sentence.
  because(stage, index) {
    const { factor: fine, layers } = this.state;
    if (!stage) return [say("mean of {cells} cells of the pad", { cells: `${fine}×${fine}` })];
    const layer = layers[stage - 1];
    const x = this.result.values[stage - 1];
    if (layer.kernel) return this.window(layer, stage, index);
    this.stages[stage - 1].picture.outline([index], "kernel");
    if (layer.kind === "softmax") {
      const powers = powersOf(x);
      const power = `exp(${number(x[index])} − ${factor(Math.max(...x))})`;
      return [say("{power} / the sum of all {count}", { power, count: x.length }), " = ",
        `${little(powers[index])} / ${number(sum(powers))}`];
    }
    const [, before, after] = POINTWISE[layer.kind];
    return [before, el("b", { class: "input" }, this.name(stage - 1, index)), after, " = ", before,
      number(x[index]), after];
  }

  // A window: its numbers times its weights.
  window(layer, stage, index) {
    const { rows, columns, weight, bias, reads, k, places, plane, inputs, per } = planOf(layer);
    const { picture } = this.stages[stage - 1];
    const x = this.result.values[stage - 1];
    const [o, p] = [Math.floor(index / places), index % places];
    const name = (at) => el("small", {}, ` ${this.name(stage - 1, at)}`);
    const parts = (list) => sum(list.map(({ part }) => part));
    const first = Math.floor(o / per) * inputs;
    const channels = matrix(inputs, k, (c, t) => {
      const source = reads[p * k + t];
      const at = source < 0 ? -1 : (first + c) * plane + source;
      const [value, w] = [x[at] ?? 0, weight[(o * inputs + c) * k + t]];
      return { at, value, weight: w, part: value * w };
    }).map((terms, c) => ({ map: first + c, terms, part: parts(terms) }));
    const terms = channels.flatMap((channel) => channel.terms).filter(({ at }) => at >= 0);
    const bySize = (a, b) => Math.abs(b.part) - Math.abs(a.part);
    const written = terms.length > 12 ? [...terms].sort(bySize).slice(0, 8) : terms;
    const winner = terms.reduce((best, term) => (term.value > best.value ? term : best));
    if (layer.kind === "linear") picture.outline(written.map(({ at }) => at), "kernel");
    else {
      picture.frame(...channels.map(({ map }) => {
        const [left, top] = picture.place(map * plane);
        return [top + rows.at(Math.floor(p / columns.out), 0) - rows.before,
          left + columns.at(p % columns.out, 0) - columns.before, rows.span, columns.span, "kernel"];
      }));
      // Of many channels those that matter most.
      if (k <= 64) channels.sort(bySize).slice(0, Math.max(1, 200 / k))
        .forEach((channel) => this.open(layer, stage, channel, winner));
    }
    if (layer.kind === "max_pool2d") {
      return sayParts("the largest of {count},{place}",
        { count: terms.length, place: name(winner.at) });
    }
    if (layer.kind === "avg_pool2d") {
      return [say("({sum}, the window's sum) / {count}",
        { sum: number(k * channels[0].part), count: k })];
    }
    const products = written.map(({ at, value, weight: w }) =>
      el("span", {}, product(value, "input", w, "kernel"), written === terms ? "" : name(at)));
    if (written !== terms) {
      products.push(say("{sum} ({count} smaller terms)",
        { sum: factor(parts(channels) - parts(written)), count: terms.length - 8 }));
    }
    return plus([...products, say("{number} (bias)", { number: factor(bias[o]) })]);
  }

  // A channel's window as a grid: numbers above, weights below; of a maximum the winner.
  open({ kind, bias, kernel: [rows, columns] }, stage, { map, terms, part }, winner) {
    const shown = this.windows[this.shown.length] ??= new Grid("input", "", {});
    this.shown.push(shown.box);
    const name = say("{layer}, map {map}", { layer: this.stages[stage - 1].name, map });
    shown.body.setAttribute("aria-label", name);
    shown.describe(name, bias ? say("sum {sum}", { sum: number(part) }) : "");
    shown.fill(rows, columns, (r, c) => {
      const { at, value } = terms[r * columns + c];
      return { value, kind: at < 0 ? "padding" : "" };
    });
    shown.mark(terms.flatMap((term, t) => (kind === "max_pool2d" && term !== winner ? [] : [{
      r: Math.floor(t / columns), c: t % columns, as: "tap",
      weight: bias && `×${number(term.weight, 2)}`,
    }])));
  }
}

return { Opened };
});
