// A wave of samples, a kernel that filters it, and a stride that keeps a few: each drawn, and the
// gain of the kernel at every frequency.
"use strict";

globalThis.cnnbookDiagrams.part("frequency", ({
  Diagram, Grid, before, button, cosine, define, el, frequencyStyle, labelled, number, parseNumber, percent,
  plus, product, py, pyCode, response, say, sayParts, sine, spectrum, turn,
}) => {

// The samples that are drawn, the room beside them, the points of a curve from one to the next,
// and the steps of the gain's curve and of its slider.
const [SAMPLES, ROOM, FINE, STEPS] = [33, 0.7, 8, 96];
// A height of 1 fills this share of a picture.
const FULL = 0.87;
const LAYERS = ["zero", "stems", "curve", "seems", "dropped", "holes", "kept", "here"];

// A picture of one row of samples: a path for each layer, and a frame.
function row(role) {
  const paths = Object.fromEntries(LAYERS.map((name) => [name, el("path", { class: name })]));
  paths.seems.classList.add("unused");
  const frame = el("rect", { y: -0.98, height: 1.96 });
  const svg = el("svg", {
    class: `wave ${role}`, role: "img", preserveAspectRatio: "none",
    viewBox: `${-ROOM} -1 ${SAMPLES - 1 + 2 * ROOM} 2`,
  }, frame, ...Object.values(paths));
  return { paths, frame, svg, caption: el("figcaption") };
}

// Paths through points, and of dots.
const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y.toFixed(4)}`).join("");
const dots = (points) => points.map(([x, y]) => `M${x} ${y.toFixed(4)}h0`).join("");
const every = (count, step = 1) => Array.from({ length: count }, (_, i) => i * step);

class Frequency extends Diagram {
  static get title() { return say("A kernel and the waves it lets through"); }
  static style = frequencyStyle;
  static get hint() {
    return say("Drag in the curve, or move its slider, for another wave · " +
      "point at a sample to see its sum · click a number of the kernel twice to change it");
  }
  static compute = spectrum;
  static shared = ["kernel", "frequency", "stride"];

  build() {
    this.kernel = new Grid("kernel", say("Kernel"), {
      name: (_, column) => say("kernel {column}", { column }),
      edit: (_, c, text) => this.edit("kernel", [c], text),
    });
    this.rows = [row("input"), row("output")];
    this.rows.forEach(({ svg }) => this.listen(svg));
    const strides = () => [...new Set([1, 2, 3, 4, this.state.stride])].map((s) => [String(s), s]);
    this.sample = el("input", {
      type: "range", min: 0, max: SAMPLES - 1, "aria-label": say("sample"),
      oninput: () => { this.looked = +this.sample.value; this.pointed = null; this.mark(); },
    });
    this.written = el("p");
    this.note = el("p", { class: "note" });
    this.app.append(
      this.front(this.preset(say("example"), "example"), this.preset(say("kernel"), "kernel"),
        this.select(say("stride"), strides, () => this.state.stride,
          (stride) => this.set({ stride }))),
      this.more({}, this.field(say("cycles per pixel"), () => this.state.frequency,
        (text) => this.set(() => ({ frequency: parseNumber(text) }))), this.typed()),
      this.message,
      el("div", { class: "grids" }, this.kernel.box, this.curve()),
      ...this.rows.map(({ svg, caption }) => el("figure", { class: `box ${svg.classList[1]}` },
        caption, svg)),
      el("div", { class: "bar player" }, button(say("Back"), () => this.move(-1)),
        button(say("Step"), () => this.move(1)), this.sample),
      this.note,
      this.sentence(),
      el("details", {}, el("summary", {}, say("The gain, written out")), this.written),
      this.python(() => this.code()),
    );
  }

  // The gain at every frequency, with a slider below it.
  curve() {
    this.gains = Object.fromEntries(["folded", "full", "curve", "drop", "kept", "seems"]
      .map((name) => [name, el("path", { class: name })]));
    this.gains.seems.classList.add("unused");
    this.plot = el("svg", {
      class: "wave kernel", role: "img", preserveAspectRatio: "none", viewBox: "0 0 0.5 1",
    }, ...Object.values(this.gains));
    const drag = (event) => {
      if (!event.buttons) return;
      const box = this.plot.getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - box.x) / box.width));
      this.set({ frequency: Math.round(STEPS * share) / STEPS / 2 });
    };
    this.plot.addEventListener("pointerdown", drag);
    this.plot.addEventListener("pointermove", drag);
    this.slider = el("input", {
      type: "range", min: 0, max: STEPS, "aria-label": say("frequency"),
      oninput: () => this.set({ frequency: +this.slider.value / STEPS / 2 }),
    });
    this.gainSaid = el("figcaption");
    const ends = ["0", "1/8", "1/4", "3/8", "1/2"].map((text) => el("small", {}, text));
    return el("figure", { class: "box kernel gain" }, this.gainSaid, this.plot,
      el("div", { class: "ends" }, ...ends), this.slider);
  }

  // The kernel as text: for another number of taps.
  typed() {
    const field = el("input", {
      "aria-label": say("kernel as text"), autocomplete: "off", class: "number taps",
      onchange: () => this.set(() =>
        ({ kernel: field.value.split(/[\s,;]+/).filter(Boolean).map(parseNumber) })),
    });
    this.follow(() => {
      field.value = this.state.kernel.map((tap) => number(tap).replace("−", "-")).join(" ");
    });
    return labelled(say("kernel as text"), field);
  }

  // A pointer over a row is on the sample below it; a press keeps it.
  listen(svg) {
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const place = ((event.clientX - box.x) / box.width) * (SAMPLES - 1 + 2 * ROOM) - ROOM;
      return Math.max(0, Math.min(SAMPLES - 1, Math.round(place)));
    };
    const on = (type, act) => svg.addEventListener(type, (event) => { act(at(event)); this.mark(); });
    on("pointermove", (n) => { this.pointed = n; });
    on("pointerdown", (n) => { this.looked = n; });
    on("pointerleave", () => { this.pointed = null; });
  }

  move(by) {
    this.looked = Math.max(0, Math.min(SAMPLES - 1, (this.looked ?? 4) + by));
    this.pointed = null;
    this.mark();
  }

  draw() {
    const { frequency: f, kernel, stride } = this.state;
    const { gain, alias } = this.result;
    this.app.style.setProperty("--all", kernel.length + 8);
    this.kernel.fill(1, kernel.length, (_, c) => ({ value: kernel[c] }));
    this.drawGain();
    const top = FULL / Math.max(1, gain);
    const heard = { f: number(f), alias: number(alias), gain: percent(gain) };
    this.drawRow(this.rows[0], this.result.wave, 1, 0, top);
    this.drawRow(this.rows[1], this.result.filtered, gain, this.result.phase, top);
    const texts = [say("The wave: {f} cycles per pixel", heard),
      say("After the kernel: {gain} of its height", heard)];
    this.rows.forEach(({ svg, caption }, i) => {
      caption.textContent = texts[i];
      svg.setAttribute("aria-label", texts[i]);
    });
    this.note.textContent = stride === 1 ? say("Stride 1 keeps every sample.")
      : `${this.saidStride()} ${say("Discs are kept, rings dropped; the dashed wave is what the kept " +
        "ones look like. Striped: waves that this stride cannot tell.")}`;
    this.writeGain();
  }

  // What the stride makes of the wave.
  saidStride() {
    const { frequency: f, stride } = this.state;
    const { whole, alias, gain } = this.result;
    const values = { stride, f: number(f), most: `1/${2 * stride}`, alias: number(alias),
      whole, gain: percent(gain) };
    return f * stride <= 0.5
      ? say("Stride {stride} can tell waves of up to {most} cycles per pixel, this one among them.",
        values)
      : say("Stride {stride} can tell waves of up to {most} cycles per pixel. This one looks like " +
        "|{f}·{stride} − {whole}| / {stride} = {alias}. After the kernel {gain} of that is left.",
      values);
  }

  // One row: height and phase are those of its wave.
  drawRow({ paths }, value, height, phase, top) {
    const { frequency: f, stride } = this.state;
    const points = every(SAMPLES).map((n) => [n, -top * value(n)]);
    const wave = (cycles) => every((SAMPLES - 1) * FINE + 1, 1 / FINE).map((n) =>
      [n, -top * height * Math.cos(turn(cycles, n) + phase)]);
    const kept = points.filter(([n]) => n % stride === 0);
    const dropped = points.filter(([n]) => n % stride !== 0);
    const drawn = {
      zero: `M${-ROOM} 0H${SAMPLES}`, curve: line(wave(f)),
      stems: points.map(([n, y]) => `M${n} 0V${y.toFixed(4)}`).join(""),
      seems: stride > 1 ? line(wave(this.result.slow)) : "",
      dropped: dots(dropped), holes: dots(dropped), kept: dots(kept),
    };
    for (const [name, d] of Object.entries(drawn)) paths[name].setAttribute("d", d);
  }

  drawGain() {
    const { frequency: f, kernel, stride } = this.state;
    const { gain, alias } = this.result;
    const all = every(STEPS + 1, 1 / STEPS / 2).map((x) => [x, response(kernel, x).gain]);
    const top = FULL / Math.max(1, ...all.map(([, y]) => y));
    const up = (y) => 1 - top * y;
    const limit = 1 / (2 * stride);
    const hatch = every(STEPS / 2, 1 / STEPS).filter((x) => x > limit + 1e-9);
    const drawn = {
      folded: hatch.map((x) => `M${x} 0V1`).join(""), full: `M0 ${up(1)}H0.5`,
      curve: line(all.map(([x, y]) => [x, up(y)])), drop: `M${f} 1V${up(gain)}`,
      kept: dots([[f, up(gain)]]),
      seems: f * stride > 0.5 ? `M${alias} 1V${up(gain).toFixed(4)}` : "",
    };
    for (const [name, d] of Object.entries(drawn)) this.gains[name].setAttribute("d", d);
    const values = { f: number(f), gain: percent(gain) };
    this.gainSaid.textContent = say("Gain at {f} cycles per pixel: {gain}", values);
    this.plot.setAttribute("aria-label", say("The gain at every frequency; at {f} it is {gain}", values));
    this.slider.value = Math.round(2 * STEPS * f);
    this.slider.setAttribute("aria-valuetext",
      say("{f} cycles per pixel, gain {gain}", values));
  }

  // The Fourier sum with its numbers.
  writeGain() {
    const { kernel, frequency: f } = this.state;
    const { cosines, sines, gain } = this.result;
    const sum = (part, total) => {
      const terms = kernel.map((weight, u) =>
        product(weight, "kernel", part(turn(f, u - before(kernel))), "input"));
      return el("span", { class: "line" }, ...plus(terms), ` = ${number(total)}`);
    };
    this.written.replaceChildren(
      say("Each number of the kernel times the cosine of how far the wave has turned there:"),
      sum(cosine, cosines), say("The same with the sine:"), sum(sine, sines),
      ...sayParts("Together: {root} = {gain}", {
        root: `√((${number(cosines)})² + (${number(sines)})²)`,
        gain: `${number(gain)} = ${percent(gain)}`,
      }));
  }

  mark() {
    const n = this.pointed ?? this.looked ?? 4;
    const { kernel, frequency: f, stride } = this.state;
    const { wave, filtered } = this.result;
    const first = n - before(kernel);
    const place = ({ frame, paths }, from, count, role) => {
      frame.setAttribute("class", role);
      frame.setAttribute("x", from - 0.45);
      frame.setAttribute("width", count - 0.1);
      paths.here.setAttribute("d", `M${n} -1V1`);
    };
    place(this.rows[0], first, kernel.length, "kernel");
    place(this.rows[1], n, 1, "output");
    this.sample.value = n;
    this.sample.setAttribute("aria-valuetext", say("sample {n}", { n }));
    const terms = kernel.map((weight, u) => product(weight, "kernel", wave(first + u), "input"));
    const texts = [
      ["x[", n, `] = cos(2·π·${number(f)}·${n}) = `, el("b", { class: "input" }, number(wave(n)))],
      ["y[", n, "] = ", ...plus(terms), " = ", el("b", { class: "output" }, number(filtered(n)))],
    ];
    if (stride > 1) {
      texts.push([n % stride ? say("Stride {stride} drops sample {n}.", { stride, n })
        : say("Stride {stride} keeps sample {n}, as number {index}.",
          { stride, n, index: n / stride })]);
    }
    this.live.replaceChildren(...texts.flatMap((parts) =>
      [el("span", { class: "line" }, ...parts), " "]));
  }

  code() {
    const { kernel, frequency, stride } = this.state;
    const [from, count] = [-before(kernel), SAMPLES + kernel.length - 1];
    return pyCode({ kernel },
      `n = np.arange(${from}, ${from + count})`,
      `x = np.cos(2 * np.pi * ${py(frequency)} * n)`,
      `y = cnnbook.conv1d(x[None], kernel[None, None], stride=${py(stride)})[0]`,
      `diagrams.frequency(kernel, ${py(frequency)}, stride=${py(stride)})`);
  }
}

define("frequency", Frequency);
});
