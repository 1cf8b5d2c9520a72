// What the tests ask a page. Evaluated in the page by tests/browser/conftest.py.
const body = document.querySelector(".bd-article-container, .reveal");

window.look = {
  // The policy, if it stands before anything that could load something.
  policy() {
    const first = document.head.firstElementChild;
    return first.httpEquiv === "Content-Security-Policy" ? first.content : null;
  },

  // Formulas that the build should have set, what it made of them, and what went wrong.
  mathematics() {
    const sources = [...document.querySelectorAll(".math")];
    const rendered = [...document.querySelectorAll("mjx-container")];
    const prose = body.cloneNode(true);
    prose.querySelectorAll("pre, code, script, style, mjx-container").forEach((e) => e.remove());
    return {
      sources: sources.length,
      rendered: rendered.length,
      unset: sources.filter((e) => !e.querySelector("mjx-container")).map((e) => e.textContent),
      silent: rendered.filter((e) => !e.querySelector("mjx-assistive-mml math")).length,
      // A style shows each character; without it there is a gap.
      invisible: [...document.querySelectorAll("mjx-c")]
        .filter((e) => getComputedStyle(e, "::before").content === "none").map((e) => e.className),
      raw: prose.textContent.match(/\\[([]|\\begin\{|\$\$/g) ?? [],
    };
  },

  // Images of the page: no description, no picture, no size, or hasty below the first.
  async images() {
    const images = [...document.images];
    const own = images.filter((e) => e.src.includes("/_images/"));
    const hasty = own.slice(1).filter((e) => e.loading !== "lazy").map((e) => e.src.slice(-80));
    const sizeless = own.filter((e) => !(e.getAttribute("width") && e.getAttribute("height")));
    images.forEach((e) => { e.loading = "eager"; });
    await Promise.all(images.map((e) => e.decode().catch(() => null)));
    return {
      hasty,
      sizeless: sizeless.map((e) => e.src.slice(-80)),
      // A picture beside its name in one link says nothing more.
      nameless: images.filter((e) => !e.alt.trim() && !e.closest("a")?.innerText.trim())
        .map((e) => e.src.slice(-80)),
      broken: images.filter((e) => !(e.complete && e.naturalWidth)).map((e) => e.src.slice(-80)),
    };
  },

  fonts() {
    const faces = [...document.fonts];
    return {
      failed: faces.filter((f) => f.status === "error").map((f) => f.family),
      icons: faces.some((f) => f.family.includes("Font Awesome") && f.status === "loaded"),
    };
  },

  async theme() {
    // The theme hears of a change of light one frame later.
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    const luminance = (colour) => {
      const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
      return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    };
    return {
      name: document.documentElement.dataset.theme,
      background: luminance(getComputedStyle(document.body).backgroundColor),
      text: luminance(getComputedStyle(body).color),
    };
  },

  unfold() {
    body.querySelectorAll("details").forEach((e) => { e.open = true; });
  },

  // How far the page scrolls sideways, and the parts of the text that nobody can scroll to.
  overflow() {
    const width = document.documentElement.clientWidth;
    const reachable = (element) => {
      for (let e = element.parentElement; e && e !== body; e = e.parentElement) {
        if (["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return true;
      }
      return false;
    };
    const cut = [...body.querySelectorAll("*:not(mjx-assistive-mml, mjx-assistive-mml *)")]
      .filter((e) => e.getBoundingClientRect().right > width + 1 && !reachable(e));
    return {
      excess: document.documentElement.scrollWidth - width,
      cut: cut.slice(0, 5).map((e) => e.outerHTML.slice(0, 120)),
    };
  },

  foreignRequestIsRefused() {
    return new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", () => resolve(true), { once: true });
      setTimeout(() => resolve(false), 2000);
      new Image().src = "https://cnnbook.invalid/picture.png";
    });
  },
};
