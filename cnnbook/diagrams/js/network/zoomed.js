// One map of a layer, enlarged: a tap on a layer's small maps opens it, a tap in it picks a number.
"use strict";

globalThis.cnnbookDiagrams.part("network/zoomed", ({ Picture, button, count, el, say }) => {

// Columns of a list of numbers, and the largest square, in pixels.
const [WIDE, MOST] = [8, 46];

class Lens {
  constructor() {
    this.box = el("div", { class: "lens" });
  }

  // Enlarge the map of a stage in which a number lies; actions(first) says what a number of it does.
  open({ picture, name, shape, role }, stage, index, actions) {
    const [maps, h, w] = shape.length === 3 ? shape : [1, Math.ceil(shape[0] / WIDE), WIDE];
    const map = shape.length === 3 ? Math.floor(index / (h * w)) : 0;
    const label = maps > 1 ? say("{layer}, map {map}", { layer: name, map }) : name;
    Object.assign(this, { stage, first: map * h * w, length: Math.min(count(shape), h * w) });
    this.picture = new Picture(role, label, [1, h, w],
      say("{picture}, enlarged; arrow keys go from number to number", { picture: label }),
      actions(this.first));
    this.picture.count = this.length;
    this.box.replaceChildren(this.picture.box,
      button(say("Close"), () => this.close()));
    picture.box.after(this.box);
  }

  close() {
    this.stage = undefined;
    this.box.remove();
  }

  arrange(room) {
    if (this.stage !== undefined) this.picture.arrange(room, room, MOST);
  }

  paint(values, most) {
    this.picture.paint(values.slice(this.first, this.first + this.length), most);
  }

  // Outline the number that is looked at, if it lies in this map.
  outline(stage, index) {
    if (this.stage === undefined) return;
    const own = index - this.first;
    const here = stage === this.stage && own >= 0 && own < this.length;
    this.picture.outline(here ? [own] : [], "output");
  }
}

return { Lens };
});
