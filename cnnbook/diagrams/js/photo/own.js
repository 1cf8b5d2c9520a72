// A diagram of a picture that may be the reader's own: chosen, dropped, pasted, or drawn.
"use strict";

globalThis.cnnbookDiagrams.part("photo/own", ({
  Diagram, Refusal, button, el, fileIn, openPicture, say,
}) => {

// state.own is her picture, and is shown where state.picture is null.
class OwnPicture extends Diagram {
  // Files come from a dialogue; where fingers are at work there may be a camera.
  opening() {
    const way = (label, more) => {
      const field = el("input", {
        type: "file", accept: "image/*", hidden: "", "aria-label": label, ...more,
        onchange: () => { this.receive(field.files[0]); field.value = ""; },
      });
      return [button(label, () => field.click(), { class: "invite" }), field];
    };
    return [...way(say("Your own picture")),
      ...(matchMedia("(pointer: coarse)").matches ? way(say("Camera"), { capture: "environment" }) : [])];
  }

  listenToFiles() {
    const dropping = (on) => this.app.classList.toggle("dropping", on);
    // A text field takes texts; whatever falls elsewhere must not lead away from the page.
    const on = (type, action) => this.addEventListener(type, (event) => {
      if (event.composedPath()[0].matches("textarea, input")) return;
      event.preventDefault();
      action(event);
    });
    on("dragover", () => dropping(true));
    on("dragleave", () => dropping(false));
    on("drop", (event) => {
      dropping(false);
      this.receive(fileIn(event.dataTransfer));
    });
    this.addEventListener("paste", (event) => {
      const file = fileIn(event.clipboardData);
      if (!file) return;
      event.preventDefault();
      this.receive(file);
    });
  }

  async receive(file) {
    // Of two files that are being read the later one counts.
    const turn = this.turn = (this.turn ?? 0) + 1;
    try {
      if (!file) throw new Refusal(say("That was no file: choose, drop or paste a picture."));
      this.status.textContent = say("The picture is being read.");
      const own = await openPicture(file);
      if (turn !== this.turn) return;
      const { kernel, padding } = this.state;
      // Into a tiny picture a window fits only with padding.
      const small = own.height < kernel.length || own.width < kernel[0].length;
      const around = small ? [kernel.length >> 1, kernel[0].length >> 1] : padding;
      this.set({ own, picture: null, at: this.centre(own), padding: around });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (turn === this.turn) this.message.textContent = error.message;
      this.tell();
    }
  }

  centre({ height, width } = this.state.own) {
    return [height >> 1, width >> 1];
  }

  // Where the picture is from and where it goes: nowhere.
  tell() {
    const text = this.told();
    // What is said again would be read aloud again.
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  told() {
    const { picture, own } = this.state;
    if (picture !== null) {
      return say("A picture of yours is worked on in this page: nothing is sent anywhere.");
    }
    const size = { from: own.from, shown: `${own.height}×${own.width}` };
    return [
      size.from && size.from !== size.shown && say("Your picture, {from} pixels, is shown at {shown}.", size),
      own.transparent && say("What was transparent is white."),
      say("It stays in this page: nothing is sent anywhere, and a link carries all but the picture."),
    ].filter(Boolean).join(" ");
  }

  // A link cannot carry it.
  changes() {
    const { picture, ...others } = super.changes();
    return picture ? { picture, ...others } : others;
  }

  // What is said of a copied link, where there is more to say than that.
  linked() {
    return this.state.picture === null
      ? say("Copied: the link carries the kernel and the rest, not your picture.") : undefined;
  }

  // A round pen along a line of pixels; whoever draws on a picture makes it her own.
  stroke([r1, c1], [r0, c0]) {
    const { picture: { height, width, data } } = this.result;
    const drawn = this.state.picture === null ? data : data.slice();
    const radius = Math.max(0.5, Math.max(height, width) / 60);
    const [dr, dc] = [r1 - r0, c1 - c0];
    const length = dr * dr + dc * dc || 1;
    for (let r = 0; r < height; r += 1) {
      for (let c = 0; c < width; c += 1) {
        const part = Math.max(0, Math.min(1, ((r - r0) * dr + (c - c0) * dc) / length));
        if (Math.hypot(r - r0 - part * dr, c - c0 - part * dc) <= radius) {
          drawn.fill(this.tool, 4 * (r * width + c), 4 * (r * width + c) + 3);
        }
      }
    }
    this.set({ own: { height, width, data: drawn }, picture: null, at: [r1, c1] });
  }
}

return { OwnPicture };
});
