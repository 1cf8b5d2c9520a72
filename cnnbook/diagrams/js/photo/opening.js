// How a picture enters: the built-in ones, and a reader's file. Nothing leaves the page.
"use strict";

globalThis.cnnbookDiagrams.part("photo/opening", ({ Refusal, SIDE, echo, el, say, unpacked }) => {

// The pixels of what a canvas can draw, at a given size.
function pixelsOf(source, width, height) {
  const canvas = el("canvas", { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, 0, 0, width, height);
  const read = () => pen.getImageData(0, 0, width, height).data;
  const transparent = read().some((value, index) => index % 4 === 3 && value < 255);
  // Paper under it.
  pen.globalCompositeOperation = "destination-over";
  pen.fillStyle = "white";
  pen.fillRect(0, 0, width, height);
  return { width, height, transparent, data: read() };
}

// Unpack a built-in picture, once for all diagrams of a page.
async function unpack({ address, size: [height, width] }) {
  if (unpacked.get(address)?.ready) return;
  const image = new Image();
  image.src = address;
  await image.decode();
  unpacked.set(address, { ...pixelsOf(image, width, height), ready: true });
}

// A reader's file, at most SIDE pixels on its longer side. A camera's turn is undone, 16 bits become
// 8, and of a moving picture the first is taken: createImageBitmap does all that.
async function openPicture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Refusal(say("“{name}” is no picture that this browser can read. Try a JPEG or PNG file.",
      { name: echo(file.name ?? "") }));
  }
  const { width, height } = bitmap;
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(scale * side)));
  const pixels = pixelsOf(bitmap, w, h);
  bitmap.close();
  return { ...pixels, from: `${height}×${width}` };
}

// The first picture among what was dropped or pasted; any file will do to say what is wrong with it.
function fileIn(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find(({ type }) => type.startsWith("image/")) ?? files[0];
}

return { fileIn, openPicture, unpack };
});
