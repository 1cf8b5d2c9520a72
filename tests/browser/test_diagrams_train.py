"""The diagram of training in Chromium: cnnbook's losses, digits learnt, and what a reader does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

import cnnbook
from cnnbook import diagrams
from cnnbook.diagrams import _train, _train_run
from cnnbook.diagrams._train_run import Run, Settings
from tests.browser.shown import HEAD
from tests.browser.test_diagrams_driven import numbers, press, refusal, sentence
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

STEPS = 100
# At the page's own settings the error of the held-out digits is 6 % or less after so many steps.
ENOUGH = 151
# A run of its own, beside the element's.
LOSSES = """(element, [settings, steps]) => {
  const { Run, inOrder, splitOf } = cnnbookDiagrams;
  const run = new Run(settings, splitOf(settings.shuffled ? inOrder(element.all) : element.all));
  return Array.from({ length: steps }, (_, step) => { run.work(step + 1); return run.loss; });
}"""


@pytest.fixture(scope="module")
def made() -> diagrams.Diagram:
    return diagrams.train()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, made: diagrams.Diagram) -> Iterator[Any]:
    """Open a page of the book with the diagram; at the end nothing may have gone wrong."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    file = tmp_path / "page.html"
    head = HEAD.replace("<html ", '<html data-content_root="./" ')
    file.write_text(head + made._repr_html_(), encoding="utf-8")

    def open_page(address: str = "") -> Locator:
        page.goto("about:blank")
        page.goto(file.as_uri() + address)
        element = page.locator("cnnbook-train")
        expect(element.locator("p.sum")).to_contain_text("of 450")
        return element

    yield open_page
    context.close()
    assert not errors


def steps(element: Locator) -> int:
    return element.evaluate("(e) => e.run.steps")


def trained(element: Locator, count: int) -> None:
    """Train so many steps at once and show what came of it."""
    element.evaluate("(e, count) => { e.run.work(count); e.mark(); }", count)


# ---- the arithmetic ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 999_999])
def test_page_and_python_begin_with_the_same_weights(visit, seed):
    element = visit()
    element.evaluate("(e, seed) => e.set({ seed })", seed)
    ours = element.evaluate("(e) => e.run.network.parameters.map((p) => [...p])")
    for array, theirs in zip(ours, _train_run.network(seed).parameters(), strict=True):
        assert array == theirs.ravel().tolist()


@pytest.mark.parametrize(
    "settings",
    [
        Settings("SGD", 0.3, 32, False, 0),
        Settings("momentum", 0.05, 32, False, 1),
        Settings("Adam", 0.01, 32, False, 2),
        Settings("Adam", 0.003, 50, True, 3),
    ],
    ids=lambda settings: f"{settings.optimiser}, {settings.lr}",
)
def test_losses_are_cnnbooks(visit, settings):
    """A hundred steps, past the end of an epoch, from the same weights with the same batches."""
    ours = visit().evaluate(LOSSES, [vars(settings), STEPS])
    run = Run(settings)
    theirs = [run.step() for _ in range(STEPS)]
    assert np.abs(np.subtract(ours, theirs)).max() < 1e-9
    assert theirs[-1] < 1.5 < theirs[0]


def test_digits_are_learnt_to_six_percent(visit):
    element = visit()
    trained(element, ENOUGH)
    wrong = element.evaluate("(e) => e.run.points.map(({ wrong }) => wrong)")
    assert wrong[0] > 380
    assert wrong[-1] <= 0.06 * 450
    run = Run(Settings("Adam", 0.01, 32, False, 0))
    for _ in range(ENOUGH):
        run.step()
    loss, theirs = run.measure()
    assert theirs == wrong[-1]
    assert abs(loss - element.evaluate("(e) => e.run.points.at(-1).loss")) < 1e-9


def test_maps_and_answer_are_the_networks(visit):
    element = visit()
    trained(element, 50)
    element.evaluate("(e) => { e.looked = 5; e.picked.kernel = 3; e.mark(); }")
    model = _train_run.network(0)
    for array, given in zip(
        model.parameters(),
        element.evaluate("(e) => e.run.network.parameters.map((p) => [...p])"),
        strict=True,
    ):
        array[:] = np.reshape(given, array.shape)
    x = _train_run.data()[2][5:6]
    maps = cnnbook.relu(model[0](x))[0, 3]
    written = [[diagrams._train.number(value) for value in row] for row in maps]
    assert numbers(element, "map") == written
    kernel = model[0].weight[3, 0]
    assert numbers(element, "kernel") == [[diagrams._train.number(v) for v in r] for r in kernel]
    chances = cnnbook.softmax(model(x))[0]
    shown = element.locator(".chance span").all_inner_texts()
    for text, chance in zip(shown, chances, strict=True):
        share = 0 if text == "under 0.01 %" else float(text.removesuffix(" %"))
        assert share == pytest.approx(100 * chance, abs=0.011)


def test_a_piece_of_work_is_one_picture(visit):
    """So that a step of any size can stop after a few milliseconds."""
    most = visit().evaluate("""(e) => {
      e.set({ batch_size: 1347 });
      const { network, pieces } = e.run;
      let [done, most, total] = [0, 0, 0];
      for (const name of ["learn", "scores"]) {
        const own = network[name].bind(network);
        network[name] = (...given) => { done += 1; return own(...given); };
      }
      for (let k = 0; k < 4000; k += 1) {
        done = 0;
        pieces.next();
        most = Math.max(most, done);
        total += done;
      }
      return [most, total];
    }""")
    assert most[0] <= 2  # to learn from a picture asks for its scores first
    assert most[1] > 4000


# ---- what a reader does --------------------------------------------------------------------------


def test_nothing_starts_by_itself(visit):
    element = visit()
    element.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert steps(element) == 0
    assert sentence(element).startswith("Before training 401 of 450")
    assert element.locator(".gallery .wrong").count() > 30


def test_train_pauses_and_goes_on(visit):
    element = visit()
    press(element, "Train")
    expect(element.locator("p.sum")).to_contain_text(re.compile(r"Epoch \d+, step"))
    press(element, "Pause")
    expect(element.get_by_role("button", name="Train", exact=True)).to_be_visible()
    element.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    paused = steps(element)
    assert paused > 0
    element.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert steps(element) == paused
    press(element, "Step")
    expect(element.locator("p.sum")).to_contain_text(f"step {paused + 1}:")


def test_an_epoch_and_a_new_start(visit):
    element = visit()
    press(element, "One epoch")
    expect(element.locator("p.sum")).to_contain_text("Epoch 1, step 43: 113 of 450")
    assert element.locator("path.curve.kernel").first.get_attribute("d").count("L") == 2
    press(element, "Start again")
    expect(element.locator("p.sum")).to_contain_text("Before training 401 of 450")


def test_training_waits_out_of_view(visit):
    element = visit()
    element.evaluate("(e) => { e.style.marginTop = '3000px'; }")
    element.evaluate(
        "(e) => new Promise((done) => { const look = () => { if (e.inView === false) done(); "
        "else requestAnimationFrame(look); }; look(); })"
    )
    element.evaluate("(e) => e.play(true)")
    element.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert steps(element) == 0
    element.evaluate("(e) => e.scrollIntoView()")
    expect(element.locator("p.sum")).to_contain_text("step")
    element.evaluate("(e) => e.play(false)")


def test_another_setting_is_another_run(visit):
    element = visit()
    trained(element, 43)
    element.get_by_label("optimiser").select_option("SGD")
    expect(element.get_by_label("learning rate")).to_have_value("0.3")
    expect(element.locator("p.sum")).to_contain_text("Before training 401 of 450")
    expect(element.get_by_text("the run before: Adam, 0.01")).to_be_visible()
    assert element.locator("path.curve.soft").first.get_attribute("d").startswith("M")
    press(element, "Reset")
    expect(element.get_by_text("the run before")).to_be_hidden()
    expect(element.get_by_label("optimiser")).to_have_value("Adam")


def test_shuffled_pixels_cost_digits(visit):
    element = visit()
    trained(element, ENOUGH)
    before = element.evaluate("(e) => e.run.points.at(-1).wrong")
    element.get_by_label("shuffled pixels").check()
    trained(element, ENOUGH)
    assert element.evaluate("(e) => e.run.points.at(-1).wrong") > before
    assert "shuffled=True" in element.get_by_label("Python code").input_value()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "The learning rate is 0; expected a number above 0"),
        ("-1", "The learning rate is −1; expected a number above 0"),
        ("1e7", "expected a number from −1,000,000 to 1,000,000"),
        ("fast", "“fast” is not a number"),
        ("NaN", "“NaN” is not a number"),
    ],
)
def test_a_learning_rate_is_above_0(visit, text, said):
    element = visit()
    trained(element, 3)
    field = element.get_by_label("learning rate")
    field.fill(text)
    field.press("Tab")
    assert said in refusal(element)
    expect(field).to_have_value("0.01")
    assert steps(element) == 3  # the run goes on as it was


def test_divergence_is_said(visit):
    element = visit()
    element.evaluate("(e) => { e.run.network.parameters[0].fill(NaN); }")
    press(element, "Train")
    expect(element.locator("p.sum")).to_contain_text("Diverged at step 1")
    expect(element.get_by_role("button", name="Train", exact=True)).to_be_visible()
    assert steps(element) == 1
    press(element, "Train")
    press(element, "Step")
    assert steps(element) == 1
    assert "NaN" not in element.locator(".answers").inner_text()


def test_steps_that_are_too_long_are_said(visit):
    element = visit()
    element.evaluate("(e) => e.set({ optimiser: 'SGD', lr: 3 })")
    trained(element, 43)
    assert "above 2.3, the loss of guessing" in sentence(element)


def test_the_gallery_goes_by_keys(visit):
    element = visit()
    tiles = element.locator(".gallery button")
    tiles.first.focus()
    for key, at in (("ArrowRight", 1), ("ArrowDown", 2), ("ArrowLeft", 1), ("ArrowUp", 0)):
        element.page.keyboard.press(key)
        expect(tiles.nth(at)).to_be_focused()
        expect(tiles.nth(at)).to_have_attribute("aria-pressed", "true")
    assert element.locator(".gallery [tabindex='0']").count() == 1
    label = _train_run.data()[3][0]
    assert tiles.first.get_attribute("aria-label").startswith(f"{label}, read")


@pytest.mark.parametrize(
    "sent",
    [
        {"lr": 0},
        {"lr": -1},
        {"lr": "0.1"},
        {"lr": None},
        {"lr": [0.1]},
        {"lr": "<img src=x onerror=alert(1)>"},
        {"optimiser": "constructor"},
        {"optimiser": ["Adam"]},
        {"batch_size": 0},
        {"batch_size": 1.5},
        {"batch_size": "32"},
        {"seed": -1},
        {"seed": 1e9},
        {"shuffled": "no"},
        {"shuffled": 1},
        {"digits": "g"},
        {"held": 2},
        {"presets": {}},
        {"__proto__": {"lr": 1}},
        [],
        None,
    ],
    ids=str,
)
def test_a_hostile_link_changes_nothing(visit, sent):
    element = visit(f"#train-1={quote(json.dumps(sent))}")
    expect(element.get_by_role("alert")).not_to_be_empty()
    assert element.evaluate("(e) => e.changes()") == {}
    assert element.page.locator("img").count() == 0
    assert sentence(element).startswith("Before training 401 of 450")


def test_a_preset_is_a_run_of_the_library(visit, made):
    element = visit()
    for name, settings in made.state["presets"]["settings"].items():
        element.get_by_label("example").select_option(name)
        assert element.evaluate("(e) => e.state.lr") == settings["lr"]
        _train.train(**{k: v for k, v in settings.items() if k != "batch_size"})
