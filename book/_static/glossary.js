// The box above the glossary: it leaves the entries that hold all words typed, English or Chinese.
// What it says are words of the page (book/_ext/terms.py has them). Without scripts it is hidden.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector(".terms-find");
  const field = box.querySelector("input");
  const said = box.querySelector("[role=status]");
  // American spelling, accents and the sign of 1×1 make no difference.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replaceAll("z", "s").replaceAll("×", "x");
  const entries = [...document.querySelectorAll(".terms dt")].map((term) => {
    const meaning = term.nextElementSibling;
    // The name of the chapter is no part of what a term means.
    const chapter = [...meaning.querySelectorAll("a")].at(-1);
    const sentence = meaning.textContent.trim().slice(0, -chapter.textContent.length);
    return { term, meaning, text: plain(`${term.textContent} ${sentence}`) };
  });
  const groups = [...document.querySelectorAll(".terms-letter")].map((group) => (
    { group, link: document.querySelector(`.terms-letters [href="#${group.id}"]`) }
  ));

  const filter = () => {
    const words = plain(field.value).split(/[\s,，、]+/u).filter(Boolean);
    let some = 0;
    for (const { term, meaning, text } of entries) {
      const shown = words.every((word) => text.includes(word));
      term.hidden = meaning.hidden = !shown;
      some += shown;
    }
    for (const { group, link } of groups) {
      group.hidden = !group.querySelector("dt:not([hidden])");
      // A letter without entries leads nowhere.
      if (group.hidden) link.removeAttribute("href");
      else link.href = `#${group.id}`;
    }
    const { all, some: part, none } = said.dataset;
    const text = (words.length === 0 ? all : some ? part : none)
      .replace("{some}", some).replace("{all}", entries.length);
    if (said.textContent !== text) said.textContent = text;
  };

  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    field.value = "";
    filter();
  });
  // A link to an entry shows it, whatever was typed before.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.hidden) return;
    field.value = "";
    filter();
    target.scrollIntoView();
  });
  box.hidden = false;
  filter();
});
