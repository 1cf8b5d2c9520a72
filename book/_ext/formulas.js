// Runs in V8 behind MathJax's own files (formulas.py): one formula at a time, and the styles of all.
const { _ } = MathJax;
const adaptor = _.adaptors.liteAdaptor.liteAdaptor();
_.a11y["assistive-mml"].AssistiveMmlHandler(_.handlers.html_ts.RegisterHTMLHandler(adaptor));

const page = _.mathjax.mathjax.document("", {
  InputJax: new _.input.tex_ts.TeX({
    packages: ["base", "ams", "newcommand"],
    formatError: (_input, error) => { throw Error(error.message); },
  }),
  // One size for all readers: MathJax would fit it to each reader's font.
  OutputJax: new _.output.chtml_ts.CHTML({
    font: new _.output.chtml.fonts.tex_ts.TeXFont({ fontURL: "formulas" }),
    scale: 1.15,
    matchFontHeight: false,
    adaptiveCSS: false,
  }),
});
page.updateDocument(); // writes the styles

function formula(tex, display) {
  return adaptor.outerHTML(page.convert(tex, { display }));
}

function styles() {
  const found = adaptor.tags(adaptor.head(page.document), "style");
  return found.map((element) => adaptor.textContent(element)).join("\n");
}
