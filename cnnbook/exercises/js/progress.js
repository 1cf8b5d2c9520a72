// Which answers were right, kept by the reader's own browser; nothing leaves it.
"use strict";

globalThis.cnnbookDiagrams.part("progress", ({ button, el, say }) => {

// All pages opened from disk share one store, and so do all books of one host name: the key has
// the book's name and its folder. A notebook has no such folder.
const root = document.documentElement.dataset.content_root;
const BOOK = `cnnbook:${root === undefined ? "notebook" : new URL(root, location.href).pathname}:`;

// A page may have no storage, or none that it may use: then nothing is kept.
function store() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

function recall(chapter, name) {
  try {
    return store()?.getItem(`${BOOK}${chapter}:${name}`) ?? "";
  } catch {
    return "";
  }
}

function keep(chapter, name, what) {
  try {
    store()?.setItem(`${BOOK}${chapter}:${name}`, what);
  } catch {
    // A full store, or one that refuses: the answer counts for this visit only.
  }
  dispatchEvent(new Event("cnnbook-progress"));
}

function forget() {
  const kept = store();
  for (const key of Object.keys(kept ?? {})) if (key.startsWith(BOOK)) kept.removeItem(key);
  dispatchEvent(new Event("cnnbook-progress"));
}

// Right below the title of a built page: how many of its questions are answered, and Forget.
function line() {
  const title = document.querySelector("article h1");
  const asked = [...document.querySelectorAll("cnnbook-answer")].map((one) => one.asked)
    .filter(Boolean);
  if (root === undefined || !title || asked.length === 0) return;
  let shown = document.querySelector(".cnnbook-progress");
  if (!shown) {
    shown = el("p", { class: "cnnbook-progress" });
    title.after(shown);
  }
  const right = asked.filter(({ chapter, name }) => recall(chapter, name)).length;
  const { chapter } = asked[0];
  if (right > 0) keepTotal(chapter, right, asked.length);
  shown.hidden = right === 0;
  shown.replaceChildren(
    say("{right} of {all} questions answered.", { right, all: asked.length }), " ",
    button(say("Forget"), () => { forget(); title.focus?.(); },
      { title: say("Forget all answers of this book in this browser") }));
}

// The menu of other pages shows it, too (book.js).
function keepTotal(chapter, right, all) {
  try {
    store()?.setItem(`${BOOK}${chapter}`, `${right}/${all}`);
  } catch {
    // As in keep.
  }
}

let planned = false;
function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => { planned = false; line(); });
}
addEventListener("cnnbook-progress", plan);

return { forget, keep, plan, recall };
});
