// A small CNN learns the 8×8 digits in the page.
"use strict";

globalThis.cnnbookDiagrams.part("train", ({
  Curves, Diagram, Gallery, Little, Picked, Run, STEPS, button, choice, define, digitsOf, el, inOrder,
  integer, legend, number, parseNumber, py, refuse, say, splitOf, trainStyle,
}) => {

// How many held-out digits are shown, how long a slice of work is in milliseconds, after how many
// epochs Train pauses, and the loss of guessing: every digit has a probability of 1/10.
const [SHOWN, SLICE, ROUND, GUESSING] = [40, 30, 20, Math.log(10)];

const TITLES = {
  SGD: () => say("SGD"), momentum: () => say("momentum"), Adam: () => say("Adam"),
};

function compute(state) {
  choice(say("optimiser"), state.optimiser, Object.keys(STEPS));
  if (typeof state.lr !== "number" || !(state.lr > 0 && state.lr <= 1e6)) {
    refuse(say("The learning rate is {value}; expected a number above 0 and at most 1,000,000.",
      { value: typeof state.lr === "number" ? number(state.lr) : say("no number") }));
  }
  integer(say("batch size"), state.batch_size, 1, 1347);
  integer(say("seed"), state.seed, 0, 999999);
  choice(say("shuffled pixels"), state.shuffled, [true, false]);
  return {};
}

// A share of the held-out digits in percent; more than one decimal they could not tell.
const shareOf = (wrong, count) => `${(Math.floor(1000 * wrong / count + 0.5) / 10).toFixed(1)} %`;

class Train extends Diagram {
  static get title() { return say("A small network learns digits"); }
  static style = trainStyle;
  static get hint() {
    return say("Press Train and watch the crosses go · change a setting and it starts again");
  }
  static compute = compute;
  static shared = ["optimiser", "lr", "batch_size", "shuffled", "seed"];

  build() {
    this.goal = 0;
    this.slices = 0;
    this.looked = 0;
    this.littles = Array.from({ length: SHOWN }, () => new Little("input", 8, 6));
    this.gallery = new Gallery(say("held-out digits"), this.littles, (index) => {
      this.looked = index;
      this.mark();
    });
    this.curves = [
      new Curves([0, 1, 2, 3], (value) => String(value)),
      new Curves([0, 25, 50, 75, 100], (value) => `${value} %`),
    ];
    this.picked = new Picked();
    this.legends = ["kernel", "input", "soft"].map((role) => legend(role));
    this.app.append(this.settings(), this.buttons(),
      this.more({ batch_size: 32, seed: 0 }, this.entry(say("batch size"), "batch_size"),
        this.entry(say("seed"), "seed")),
      this.message, this.sentence(),
      el("div", { class: "plots" }, ...this.curves.map(({ box }) => box)),
      el("div", { class: "legends" }, ...this.legends.map(({ box }) => box)),
      el("p", { class: "title" },
        say("{count} of the held-out digits, and what the network reads", { count: SHOWN })),
      this.gallery.box, ...this.picked.boxes, this.python(() => this.code()));
    new ResizeObserver(([{ contentRect: { width } }]) => {
      this.width = width;
      this.paintCurves();
    }).observe(this.app);
    new IntersectionObserver(([seen]) => { this.inView = seen.isIntersecting; }).observe(this);
  }

  settings() {
    const box = el("input", {
      type: "checkbox", "aria-label": say("shuffled pixels"),
      onchange: () => this.set({ shuffled: box.checked }),
    });
    this.follow(() => { box.checked = this.state.shuffled; });
    return this.front(this.preset(say("example"), "settings"),
      this.select(say("optimiser"), () => Object.keys(STEPS).map((name) => [TITLES[name](), name]),
        () => this.state.optimiser,
        (optimiser) => this.set({ optimiser, lr: this.state.rates[optimiser] })),
      this.entry(say("learning rate"), "lr"),
      el("label", { class: "check" }, box, el("span", {}, say("shuffled pixels"))));
  }

  entry(label, name) {
    return this.field(label, () => this.state[name],
      (text) => this.set(() => ({ [name]: parseNumber(text) })));
  }

  buttons() {
    this.start = button(say("Train"), () => this.play(!this.playing), { class: "strong" });
    const by = (steps) => () => {
      this.play(false);
      this.workTo(steps());
    };
    return el("div", { class: "bar player" }, this.start,
      button(say("Step"), by(() => this.run.steps + 1)),
      button(say("One epoch"), by(() => this.nextEpoch(1))),
      button(say("Start again"), () => { this.play(false); this.begin(); this.mark(); }));
  }

  // ---- training ----

  // Settings that differ make another run; the last one stays as a line to compare with.
  draw() {
    const { presets, rates, digits, labels, held, ...settings } = this.state;
    const key = JSON.stringify(settings);
    if (key === this.key) return;
    if (this.run?.steps) this.earlier = { points: this.run.points, name: this.name };
    this.key = key;
    this.name = say("{optimiser}, {lr}", {
      optimiser: TITLES[settings.optimiser](), lr: number(settings.lr),
    }) + (settings.shuffled ? `, ${say("shuffled pixels")}` : "");
    if (this.digits?.shuffled !== settings.shuffled) {
      this.all ??= digitsOf(this.state);
      const pictures = settings.shuffled ? inOrder(this.all) : this.all;
      this.digits = { ...splitOf(pictures), shuffled: settings.shuffled };
      this.littles.forEach((little, index) => little.paint(this.digits.held[index].x, 1));
    }
    this.begin();
  }

  begin() {
    this.run = new Run(this.state, this.digits);
    this.workTo(this.playing ? this.nextEpoch(ROUND) : 0);
  }

  // The steps until a whole number of rounds of so many epochs is full.
  nextEpoch(epochs) {
    const round = epochs * this.run.perEpoch;
    return (Math.floor(this.run.steps / round) + 1) * round;
  }

  play(on) {
    this.playing = on && !this.run.diverged;
    this.workTo(this.playing ? this.nextEpoch(ROUND) : this.run.steps);
  }

  // Work in slices, one a frame, until so many steps are done. Hidden pages have no frames.
  workTo(goal) {
    this.goal = goal;
    this.start.textContent = this.playing ? say("Pause") : say("Train");
    // While it trains, a screen reader would fall behind: it reads where it stops.
    this.live.setAttribute("aria-live", this.playing ? "off" : "polite");
    this.frame ??= requestAnimationFrame(() => this.slice());
  }

  slice() {
    this.frame = null;
    if (!this.isConnected) return;
    if (this.inView !== false) {
      this.run.work(this.goal, SLICE);
      this.slices += 1;
      this.mark();
    }
    if (this.run.open(this.goal)) this.workTo(this.goal);
    else if (this.playing) this.play(false);
  }

  reset() {
    super.reset();
    this.looked = 0;
    this.earlier = null;
    this.begin();
    this.show();
  }

  // ---- showing ----

  mark() {
    this.looked ??= 0;
    this.live.replaceChildren(...this.said().map((line) => el("span", { class: "line" }, line)));
    this.paintCurves();
    const { held } = this.digits;
    this.tellGallery(held, this.run.answers ?? []);
    // Numbers that run are not read: while it trains, every fourth picture is enough.
    const runs = this.run.open(this.goal) && this.slices % 4;
    if (!runs) this.picked.show(this.run.network, held[this.looked]);
  }

  tellGallery(held, answers) {
    if (this.told === answers && this.toldOf === this.looked) return;
    [this.told, this.toldOf] = [answers, this.looked];
    this.gallery.show(this.looked, (index) => {
      const [{ label }, answer] = [held[index], answers[index]];
      if (answer === undefined) return { text: "", label: String(label) };
      const wrong = answer !== label;
      return wrong
        ? { wrong, text: `✕ ${answer}`, label: say("{digit}, read as {answer}", { digit: label, answer }) }
        : { text: String(answer), label: say("{digit}, read rightly", { digit: label }) };
    });
  }

  // The curves have another point, another line to compare with, or another width.
  paintCurves() {
    const { run, earlier, width: room } = this;
    const seen = [run, run.points.length, earlier, room];
    if (!room || seen.every((part, k) => part === this.painted?.[k])) return;
    this.painted = seen;
    const last = run.points.at(-1);
    const count = this.digits.held.length;
    const width = room > 640 ? (room - 24) / 2 : room;
    const line = (points, name, by = 1) => points.map((point) => [point.epoch, by * point[name]]);
    this.curves[0].draw([line(earlier?.points ?? [], "loss"), line(run.points.slice(1), "learnt"),
      line(run.points, "loss")], width, last
      ? say("Loss of held-out digits: {loss}", { loss: number(last.loss, 3) }) : say("Loss"));
    this.curves[1].draw([line(earlier?.points ?? [], "wrong", 100 / count), [],
      line(run.points, "wrong", 100 / count)], width, last
      ? say("Error on held-out digits: {error}", { error: shareOf(last.wrong, count) }) : say("Error"));
    [say("held-out digits"), say("digits it learns from"),
      earlier ? say("the run before: {name}", { name: earlier.name }) : ""].forEach((text, k) => {
      this.legends[k].said.textContent = text;
      this.legends[k].box.hidden = !text;
    });
  }

  // Where the training is, in words.
  said() {
    const { run } = this;
    const count = this.digits.held.length;
    const last = run.points.at(-1);
    if (!last) return [say("The untrained network reads the held-out digits …")];
    const facts = { epoch: Math.floor(run.epoch), step: run.steps, wrong: last.wrong, count,
      error: shareOf(last.wrong, count), loss: run.steps ? number(run.loss, 3) : "" };
    if (run.diverged) {
      return [say("Diverged at step {step}: the loss is no finite number any more. " +
        "Choose a smaller learning rate.", facts)];
    }
    const lines = [run.steps
      ? say("Epoch {epoch}, step {step}: {wrong} of {count} held-out digits are read wrongly, " +
        "{error}. The last batch had a loss of {loss}.", facts)
      : say("Before training {wrong} of {count} held-out digits are read wrongly, {error}: " +
        "nine in ten, as by guessing.", facts)];
    if (run.epoch >= 1 && last.loss > GUESSING) {
      lines.push(say("That loss is above 2.3, the loss of guessing: the steps are too long. " +
        "Try a smaller learning rate."));
    }
    return lines;
  }

  code() {
    const { optimiser, lr, batch_size: size, shuffled, seed } = this.state;
    return ["from cnnbook import diagrams", "", `diagrams.train(${py(optimiser)}, lr=${lr}, ` +
      `batch_size=${size}, shuffled=${shuffled ? "True" : "False"}, seed=${seed})`, ""].join("\n");
  }
}

define("train", Train);
});
