// Small makers of elements.
"use strict";

globalThis.cnnbookDiagrams.part("elements", ({ factor }) => {

// Make an element. Strings among the children become text nodes: no text is ever read as markup.
function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "rect", "g", "line", "text", "path", "foreignObject"].includes(tag);
  const made = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A product of two numbers, each in the colour of its role; what is added up, with plus signs.
const product = (a, role, b, other) => el("span", {}, el("b", { class: role }, factor(a)), "×",
  el("b", { class: other }, factor(b)));
const plus = (terms) => terms.flatMap((term, index) => (index ? [" + ", term] : [term]));

const labelled = (text, field) => el("label", {}, el("span", {}, text), field);
const button = (text, onclick, more) => el("button", { type: "button", onclick, ...more }, text);

// Change only what differs: what stays as it is costs the browser nothing.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function put(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

const copyOf = (state) => JSON.parse(JSON.stringify(state));

return { button, copyOf, el, labelled, plus, product, put, write };
});
