// The state of a diagram in the page's address: a link shows what its sender saw.
"use strict";

globalThis.cnnbookDiagrams.part("address", () => {

// A page of the book says where its root is; an output of a notebook has no address of its own.
const onPage = () => document.documentElement.dataset.content_root !== undefined;

// "convolution-2": the second of its kind on the page.
function nameOf(element) {
  const tag = element.localName;
  const place = [...document.querySelectorAll(tag)].indexOf(element);
  return `${tag.replace("cnnbook-", "")}-${place + 1}`;
}

function linkTo(element) {
  const state = encodeURIComponent(JSON.stringify(element.changes()));
  return `${location.href.split("#")[0]}#${nameOf(element)}=${state}`;
}

// What reads a link's state of this diagram; null if it is not meant. Only what a reader can change
// is taken, and compute() refuses what cannot be, as if it had been typed.
function inAddress(element) {
  const [name, text] = location.hash.slice(1).split("=");
  if (!onPage() || name !== nameOf(element) || text === undefined) return null;
  return () => {
    const sent = JSON.parse(decodeURIComponent(text));
    if (Array.isArray(sent)) throw new TypeError(text);
    const unknown = Object.keys(sent).find((key) => !element.constructor.shared.includes(key));
    if (unknown !== undefined) throw new TypeError(unknown);
    return sent;
  };
}

// A link leads to another diagram of this page, which is drawn first. Once all is loaded, none waits.
function linkLeadsPast(element) {
  const [, kind, place] = location.hash.match(/^#(\w+)-(\d+)=/) ?? [];
  if (!kind || !onPage() || document.readyState === "complete") return false;
  const meant = document.querySelectorAll(`cnnbook-${kind}`)[place - 1];
  // What is not there yet may come while the page is read.
  return meant ? meant !== element : document.readyState === "loading";
}

// Written a moment after the last change: browsers allow an address only so many.
let waiting = 0;
function intoAddress(element) {
  if (!onPage()) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const moved = Object.keys(element.changes()).length > 0;
    const meant = location.hash.startsWith(`#${nameOf(element)}=`);
    if (moved || meant) history.replaceState(history.state, "", linkTo(element));
  }, 300);
}

return { inAddress, intoAddress, linkLeadsPast, linkTo, onPage };
});
