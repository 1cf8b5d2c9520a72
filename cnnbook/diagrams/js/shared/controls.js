// The controls round a diagram: choices, numbers, the player, text and code.
"use strict";

globalThis.cnnbookDiagrams.part("controls", ({
  Shell, button, copyOf, el, labelled, number, parseTensor, rowsOf, say,
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
      field.replaceChildren(...list.map(([text]) => el("option", {}, text)));
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

  // A named choice of example values for some parts of the state; "your own" when it is none.
  preset(label, group) {
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const named = Object.entries(this.state.presets[group]);
    const holds = (values) => Object.keys(values).every((k) => same(values[k], this.state[k]));
    const now = () => named.find(([, values]) => holds(values))?.[1] ?? null;
    const options = () => (now() ? named : [...named, [say("your own"), null]]);
    return this.select(label, options, now, (values) => { if (values) this.set(copyOf(values)); });
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

  // The call that gives the same numbers, and a button that copies it.
  python(code) {
    const area = el("textarea", {
      readonly: "", rows: 7, spellcheck: "false", class: "code", "aria-label": say("Python code"),
    });
    const said = el("span", { role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(area.value);
        said.textContent = say("Copied.");
      } catch {
        // In a frame without the right to the clipboard the older way may still work.
        area.select();
        said.textContent = document.execCommand("copy") ? say("Copied.")
          : say("Selected: press Ctrl+C.");
      }
    };
    this.follow(() => { area.value = code(); said.textContent = ""; });
    return el("details", {}, el("summary", {}, say("The same in Python")), area,
      el("div", { class: "bar" }, button(say("Copy"), copy), said));
  }
}

return { Diagram };
});
