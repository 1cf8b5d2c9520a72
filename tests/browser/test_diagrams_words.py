"""Another language reaches a diagram: what it draws, says, refuses and stores.

The other language is English in brackets. What a reader sees without any was not said through the
one door.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from cnnbook import diagrams, layers
from cnnbook.diagrams.catalogue import catalogue
from cnnbook.words import edition

pytestmark = pytest.mark.browser

BRACKETS = {text: f"⟦{text}⟧" for text in catalogue()}
RNG = np.random.default_rng(0)
SCORES = layers.Sequential(
    *(layers.BatchNorm2d(1), layers.AvgPool2d(2), layers.Tanh(), layers.Flatten()),
    layers.Linear(4, 2, rng=RNG),
)
MAKERS: dict[str, Callable[[], diagrams.Diagram]] = {
    "backward": lambda: diagrams.backward(padding=1),
    "channels": lambda: diagrams.channels(bias=[1, 2, 3]),
    "convolution": lambda: diagrams.convolution(np.eye(7), np.eye(2), 3, bias=2),
    "reflected": lambda: diagrams.convolution(padding=1, padding_mode="reflect"),
    "descent": lambda: diagrams.descent(momentum_lr=1, steps=9),
    "frequency": diagrams.frequency,
    "every sample": lambda: diagrams.frequency(stride=1),
    "network": diagrams.network,
    "another network": lambda: diagrams.network(SCORES, np.eye(4)),
    "photo": diagrams.photo,
    "photo in colour": lambda: diagrams.photo("flower", np.eye(2), 2, colour=True),
    "pooling": lambda: diagrams.pooling(padding=1),
    "mean": lambda: diagrams.pooling(mode="mean", stride=(1, 2)),
    "sizes": diagrams.sizes,
    "train": diagrams.train,
    "shuffled": lambda: diagrams.train("SGD", shuffled=True),
    "transposed": lambda: diagrams.transposed(padding=1, output_padding=(0, 1)),
}
# What is no language: names of layers, arguments, optimisers' rules and numbers in formulas.
NO_WORDS = re.compile(
    r"\b(x|y|a|b|d[xywb]|exp|max|tanh|e|m|v|CHW|[A-Z]|conv\d|relu\d|pool\d|fc|flatten|softmax|cos|π"
    r"|conv2d|max_pool2d|avg_pool2d|relu|linear|(batchnorm2d|avgpool2d|tanh|flatten|linear)_\d"
    r"|zeros|reflect|replicate|circular)\b"
)
# Every text and every name that a reader meets, but Python code and what she typed.
VISIBLE = """(element) => {
  const found = [];
  for (const node of element.shadowRoot.querySelectorAll(".app, .app *")) {
    if (node.tagName === "TEXTAREA" && node.readOnly) continue;
    for (const name of ["aria-label", "aria-valuetext", "title", "placeholder"]) {
      found.push(node.getAttribute(name));
    }
    if (node.matches(".sum, p, button, figcaption, th, td, summary, span, option, small")) {
      found.push(node.textContent);
    }
  }
  return [...new Set(found.filter(Boolean))];
}"""
# Everything that can be pointed at, painted, stepped and pressed, one after the other.
WANDER = """(element) => {
  const root = element.shadowRoot;
  const cells = [...root.querySelectorAll(".cell")];
  const step = Math.ceil(cells.length / 40);
  const visits = cells.filter((_, index) => index % step === 0).map((cell) => () =>
    cell.dispatchEvent(new PointerEvent("pointerover", { pointerType: "mouse", bubbles: true })));
  if (element.go) visits.push(() => element.go(1), () => element.go(Infinity));
  element.stages?.forEach(({ picture }, stage) => visits.push(() => {
    element.pointed = [stage, 0];
    element.mark();
  }));
  if (element.pad) visits.push(() => element.pad.canvas.focus());
  return visits.flatMap((visit) => { visit(); return VISIBLE(element); });
}""".replace("VISIBLE", f"({VISIBLE})")
# Bad values for every part of a state, and bad texts.
REFUSALS = """(element) => {
  const alert = element.shadowRoot.querySelector("[role=alert]");
  const bad = [[], [[1, 2], [3]], "text", 99, -1, 1.5, [[1e9]], [1, 2, 3], [[[1]]], [[1]], "same",
    [["conv2d", {}]], [["linear", { out_features: 3 }]], [["foo", {}]], [["relu", { x: 1 }]],
    [["conv2d", { out_channels: 3, kernel_size: 99 }]],
    [["conv2d", { out_channels: 3, kernel_size: 3, groups: 2 }]],
    [["max_pool2d", { kernel_size: 2, padding: 2 }]], [["flatten", {}], ["relu", {}]]];
  const found = [];
  const parts = ["x", "kernel", "weight", "bias", "grad_output", "stride", "padding", "dilation",
    "padding_mode", "output_padding", "mode", "kernel_size", "start", "frequency", "surface",
    "steps", "sgd_lr", "momentum", "input_size", "layers", "optimiser", "lr", "batch_size",
    "shuffled", "seed", "picture", "colour", "channel", "display", "at"];
  for (const name of parts.filter((part) => part in element.state)) {
    for (const value of bad) {
      const before = element.state;
      // What no control of the page can make may also fail without words.
      try { element.set({ [name]: value }); } catch { element.message.textContent = ""; }
      found.push(alert.textContent);
      element.set(before);
    }
  }
  const area = element.shadowRoot.querySelector("textarea:not([readonly])");
  for (const text of area ? ["x", "1/0", "[[1, 2", "1 ".repeat(20000)] : []) {
    area.value = text;
    area.dispatchEvent(new Event("change"));
    found.push(alert.textContent);
  }
  return [...new Set(found.filter(Boolean))];
}"""


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Locator]]:
    contexts = []
    errors: list[str] = []

    def open_page(html: str, name: str) -> Locator:
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
        page.goto(file.as_uri())
        return page.locator(f"cnnbook-{name}")

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


def unsaid(texts: list[str]) -> list[str]:
    """Return the texts that have a word outside all brackets."""
    found = []
    for text in texts:
        rest, before = text, ""
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", "", rest)
        if re.search(r"[^\W\d_]", NO_WORDS.sub("", re.sub(r"\de[−-]?\d", "", rest))):
            found.append(text)
    return found


@pytest.fixture(params=MAKERS, ids=str)
def made(request: pytest.FixtureRequest) -> diagrams.Diagram:
    with edition(BRACKETS):
        return MAKERS[request.param]()


def test_every_text_passes_the_door(show, made):
    element = show(made._repr_html_(), made.name)
    element.locator(".app").wait_for()
    seen = element.evaluate(VISIBLE) + element.evaluate(WANDER) + element.evaluate(REFUSALS)
    assert len(seen) > 30
    assert not unsaid(seen)


def test_the_tables_do_too(made):
    texts: list[Any] = [made.summary]
    for table in made.tables:
        texts += [table.caption, *(text for row in table.rows for text in row)]
    assert not unsaid(texts)


def test_a_translation_is_spoken(show):
    chinese = {
        "input": "输入",
        "Output {size}": "输出 {size}",
        "Play": "播放",
        "{pixel} is read by {count} outputs: {list}": "{count} 个输出读取 {pixel}：{list}",
        "“{text}” is not a number.": "“{text}”不是数。",
        "not said by a convolution": "…",
    }
    with edition(chinese):
        made = diagrams.convolution()
    html = made._repr_html_()
    assert [table.caption for table in made.tables] == ["输入", "kernel", "output"]
    assert "不是数" in html
    assert "not said" not in html
    element = show(html, "convolution")
    expect(element.get_by_role("button", name="播放")).to_be_visible()
    expect(element.locator("figcaption").nth(2)).to_have_text("输出 2×2")
    cell = element.get_by_role("grid", name="Input").get_by_role("gridcell").nth(4)
    cell.hover()
    expect(element.locator("p.sum")).to_have_text(
        "4 个输出读取 x[1, 1] = 4：y[0, 0] ×3, y[0, 1] ×2, y[1, 0] ×1, y[1, 1] ×0"
    )
    cell.dblclick()
    cell.locator("input").fill("x")
    element.page.keyboard.press("Enter")
    expect(element.get_by_role("alert")).to_have_text("“x”不是数。")


def test_words_of_an_edition_are_text(show):
    hostile = "'\"><script>alert(1)</script>"
    with edition({"Play": hostile, "input": hostile}):
        element = show(diagrams.convolution()._repr_html_(), "convolution")
    expect(element.get_by_role("button", name=hostile)).to_be_visible()
