// The controls round a diagram: choices, numbers, the player, text and code.
"use strict";

globalThis.cnnbookDiagrams.part("controls", ({
  Shell, button, copyOf, el, labelled, linkTo, number, onPage, parseTensor, rowsOf, save, say,
}) => {

class Diagram extends Shell {
  // A labelled choice. options: () => [[text, value], …]; get() → value; set(value).
  select(label, options, get, set) {
    const field = el("select", {
      "aria-label": label,
      onchange: () => {
        // A script may have chosen nothing.
        const chosen = options()[field.selectedIndex];
        if (chosen) set(chosen[1]);
      },
    });
    this.follow(() => {
      const [list, now] = [options(), JSON.stringify(get())];
      const texts = list.map(([text]) => text);
      if (String(texts) !== String([...field.options].map((option) => option.text))) {
        field.replaceChildren(...texts.map((text) => el("option", {}, text)));
      }
      field.selectedIndex = list.findIndex(([, value]) => JSON.stringify(value) === now);
    });
    return labelled(label, field);
  }

  // A size argument: whole numbers, two pairs that differ, and whatever Python gave besides.
  size(label, name, values, extra = []) {
    const of = (v) => {
      if (Array.isArray(v)) return v[0] === v[1] ? String(v[0]) : v.join(" × ");
      return v === "same" ? say("same") : v;
    };
    const options = () => {
      const list = [...values.map((v) => (Array.isArray(v) ? v : [v, v])), ...extra];
      const known = list.some((v) => String(v) === String(this.state[name]));
      return [...list, ...(known ? [] : [this.state[name]])].map((v) => [of(v), v]);
    };
    return this.select(label, options, () => this.state[name], (v) => this.set({ [name]: v }));
  }

  // A named choice of values that fit together: first what the page itself shows; "your own" when
  // it is none of them.
  preset(label, group) {
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const given = Object.entries(this.state.presets[group]);
    const names = new Set(given.flatMap(([, values]) => Object.keys(values)));
    const first = Object.fromEntries([...names].map((name) => [name, this.first[name]]));
    const named = [[say("this chapter's example"), first], ...given];
    const holds = (values) => Object.keys(values).every((k) => same(values[k], this.state[k]));
    const now = () => named.find(([, values]) => holds(values))?.[1] ?? null;
    const options = () => (now() ? named : [...named, [say("your own"), null]]);
    return this.select(label, options, now, (values) => { if (values) this.set(copyOf(values)); });
  }

  // Presets come first, then Reset, then what a first look needs.
  front(...controls) {
    return el("div", { class: "bar" }, ...controls, button(say("Reset"), () => this.reset()));
  }

  // What can wait. It stands open where the page's own state needs it: where it differs from
  // `plain`.
  more(plain, ...controls) {
    const needed = Object.entries(plain).some(([name, value]) =>
      JSON.stringify(this.state[name]) !== JSON.stringify(value));
    return el("details", { class: "more", open: needed && "" },
      el("summary", {}, say("More")), el("div", { class: "bar" }, ...controls));
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
  player(count, name, label = say("output cell"), pace = 700) {
    let timer = 0;
    const go = (step) => {
      this.step = Math.max(0, Math.min(count() - 1, step));
      this.pointed = this.looked = null;
      this.mark();
      renew();
    };
    const play = button(say("Play"), () => this.play(!timer));
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
      play.textContent = on ? say("Pause") : say("Play");
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
    return el("div", { class: "bar player" }, button(say("Back"), by(-1)), play,
      button(say("Step"), by(1)), button(say("All"), by(Infinity)), slider);
  }

  // The sentence with the arithmetic: read aloud when it changes.
  sentence() {
    this.live = el("p", { class: "sum", "aria-live": "polite", "aria-atomic": "true" });
    return this.live;
  }

  // Numbers as text: a box for each part of the state, given as [label, name].
  texts(...parts) {
    const boxes = parts.map(([label, name]) => {
      const area = el("textarea", {
        "aria-label": say("{part} as text", { part: label }),
        rows: 5, spellcheck: "false", autocapitalize: "off",
        onchange: () => this.set(() => ({ [name]: parseTensor(area.value) })),
      });
      this.follow(() => { area.value = rowsOf(this.state[name] ?? this.result[name]); });
      return labelled(label, area);
    });
    return el("details", {}, el("summary", {}, say("Edit as text")), el("p", {},
      say("One row per line, or a list as Python writes it. " +
        "The diagram follows when you leave the box.")),
      el("div", { class: "bar" }, ...boxes));
  }

  // The call that gives the same numbers, a link to them, and a picture of them.
  python(code) {
    const area = el("textarea", {
      readonly: "", rows: 7, spellcheck: "false", class: "code", "aria-label": say("Python code"),
    });
    const said = el("span", { role: "status" });
    const hand = el("textarea", {
      class: "code", readonly: "", rows: 2, hidden: "", "aria-label": say("Text to copy"),
    });
    const copy = async (text, done = say("Copied.")) => {
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = done;
      } catch {
        // In a frame without the right to the clipboard the older way may still work.
        Object.assign(hand, { value: text, hidden: false }).select();
        hand.hidden = document.execCommand("copy");
        said.textContent = hand.hidden ? done : say("Selected: press Ctrl+C.");
      }
    };
    this.follow(() => {
      area.value = code();
      said.textContent = "";
      hand.hidden = true;
    });
    const link = onPage() ? [button(say("Copy link"), () => copy(linkTo(this), this.linked?.()))] : [];
    return el("div", {},
      el("details", {}, el("summary", {}, say("The same in Python")), area,
        el("div", { class: "bar" }, button(say("Copy"), () => copy(area.value)))),
      el("div", { class: "bar share" }, ...link,
        button(say("Save picture"), () => save(this)), said, hand));
  }
}

return { Diagram };
});
