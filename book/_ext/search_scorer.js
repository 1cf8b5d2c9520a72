// How the search orders what it found: titles first, then the text of chapters, of workshops, of
// the pages behind them, and the API last. Sphinx puts this before its own (html_search_scorer).
const BEHIND = /^book\/(changelog|conventions|evidence|glossary|how_|misconceptions|notation|on_a_page|references|solutions|teaching|where_)/;

const wordsOf = (text) =>
  text.toLowerCase().split(/[\s,:>]+/).filter((word) => word && !["and", "the", "a", "of"].includes(word));

// How much of the query stands in the title, times how much of the title the query covers.
const likeness = (query, title) => {
  const asked = wordsOf(query), there = wordsOf(title);
  const alike = (a, b) => a.startsWith(b.slice(0, -1)) && Math.abs(a.length - b.length) < 3;
  const found = asked.filter((a) => there.some((b) => alike(a, b)));
  const covered = there.filter((b) => asked.some((a) => alike(a, b)));
  return (found.length / (asked.length || 1)) * (covered.length / (there.length || 1));
};

var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, title, anchor, , score]) => {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    const kind = page.startsWith("book/api") ? 0 : BEHIND.test(page) ? 100
      : page.startsWith("book/workshop/") ? 200 : 300;
    const name = anchor ? title.split(" > ").pop() : title;
    return score + kind + (anchor ? 90 : 1000) * likeness(query, name);
  },
};
