// A picture of what a diagram shows, to keep: PNG, or SVG where a browser makes no PNG of it.
"use strict";

globalThis.cnnbookDiagrams.part("saving", ({ el }) => {

// The diagram's own elements without its controls, in an SVG that needs nothing else.
function drawingOf({ app }) {
  const copy = app.cloneNode(true);
  const canvases = [...app.querySelectorAll("canvas")];
  [...copy.querySelectorAll("canvas")].forEach((canvas, index) => {
    // As large as it is seen: the drawing is measured before its pictures are decoded.
    const { clientWidth, clientHeight } = canvases[index];
    const size = `width: ${clientWidth}px; height: ${clientHeight}px`;
    canvas.replaceWith(el("img", { class: "canvas", src: canvases[index].toDataURL(), style: size }));
  });
  for (const control of copy.querySelectorAll(".bar, details, .hint, .message")) control.remove();
  const { width } = app.getBoundingClientRect();
  const sheet = app.getRootNode().querySelector("style");
  // Measured where it can be: in the page, out of sight.
  const frame = el("div", { class: "host", style: `position: absolute; left: -9999px; width: ${width}px` },
    el("style", {}, sheet.textContent.replaceAll(":host", ".host")), copy);
  app.getRootNode().append(frame);
  const height = Math.ceil(copy.getBoundingClientRect().height);
  frame.remove();
  const face = getComputedStyle(app).fontFamily.replaceAll('"', "'");
  frame.setAttribute("style", `margin: 0; font-family: ${face}`);
  const svg = el("svg", { width, height }, el("foreignObject", { width, height }, frame));
  return { svg: new XMLSerializer().serializeToString(svg), width, height };
}

// Hand the reader a file.
function give(address, name) {
  el("a", { href: address, download: name }).click();
}

async function save(element) {
  const name = element.localName;
  const { svg, width, height } = drawingOf(element);
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = el("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
    give(canvas.toDataURL("image/png"), `${name}.png`);
  } catch {
    give(address, `${name}.svg`);
  }
}

return { save };
});
