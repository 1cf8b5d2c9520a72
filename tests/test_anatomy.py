"""Chapters of the second edition: a page to read within its budgets, and a workshop beside it.

Which chapters these are follows from their workshops, book/workshop/NAME.ipynb. What a screen shows
is tested in tests/browser/test_anatomy_pages.py; `python -m tests.anatomy` prints the budgets.
"""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from book._tools import contents
from tests import anatomy
from tests.test_book import is_hidden, shown_html

CHAPTERS = contents.second_edition()
WORKSHOPS = [contents.workshop_of(chapter) for chapter in CHAPTERS]

#: An idea has one home: what only it says or calls -> the chapter that may (with its workshop), or
#: two of them in one string, or None for what no chapter says, for its place is a workshop.
HOMES: dict[str, str | None] = {
    r"_backward\(|requires_grad|\.grad\b|\bgradients? (of|is|are)\b": (
        "backpropagation limits uses_pictures_and_spectra what_a_network_sees"
    ),
    r"blamed twice|adjoint identity|\*\*chain rule\*\*": "backpropagation",
    r"\\lfloor|⌊|every \$s\$-th|\*\*\"same\" padding\*\*": "padding_and_stride",
    r"ceil_mode|count_include_pad|global_avg_pool2d\(": "pooling",
    r"\*\*(slices|taps|weight sharing)\*\*|^#+ (dilation|groups|bias): ": "channels",
    r"torch\.nn|import torch": (
        "simple_cnn gpu what_a_network_sees uses_images uses_sequences uses_pictures_and_spectra "
        "finding_and_outlining limits architectures little_data"
    ),
    r"\*\*(Softmax|rectified linear unit|fully connected)\*\*": "activations_and_head",
    r"naive_softmax|leaky|\bdead\b": "activations_and_head",
    r"\*\*(bootstrap|paired differences|range test|learning curve|warm-up)\*\*": (
        "training_in_practice"
    ),
    r"torchrun|nets\.timed\(|\*\*(launches|throughput|quantisation)\*\*": "gpu",
    r"\*\*(confusion matrix|percentage point)\*\*|DataLoader\(": "simple_cnn",
    r"128,049,152|mlpconv|w_2 ?w_1": "one_by_one_convolution",
    r"\\log \\sum_k|the \*velocity\*|running averages": "losses_and_optimisers",
    r"\*\*(effective receptive field|jump)\*\*": "receptive_fields",
    r"\*\*(intersection over union|mean IoU|backbone)\*\*": "uses_images",
    r"\*\*(frequency response|convolution theorem|alias|gain)\*\*": "frequencies",
    r"\*\*(second moment|fan-in|layer normalisation)\*\*|[Rr]unning mean": (
        "signals_through_depth little_data"
    ),
    r"diagrams\.transposed\(|\*\*((dilated|transposed) convolution|checkerboard)\*\*": "relatives",
    r"nets\.(freeze|replace_head|parameter_groups)\(|\*\*(fine-tuning|transfer learning)\*\*": (
        "little_data"
    ),
    r"inspection\.|\*\*(saliency map|occlusion map|deconvnet|switches)\*\*": "what_a_network_sees",
    r"\*\*(anchor|Average precision|Dice)\*\*": "finding_and_outlining",
    r"\*\*(architecture|attention|inception module|inverted residual)\*\*": "architectures",
    r"\*\*(vision transformer|position embedding|squeeze-and-excitation)\*\*": "architectures",
    r"\*\*(roofline|arithmetic intensity|bandwidth|fused|cache|Winograd's way)\*\*": (
        "why_a_layer_is_slow"
    ),
    r"^## How the library does it|^## Check against PyTorch|^## Common mistakes": None,
    r"exercises\.check\(|^### \d+\. Implement": None,
    r"show_source\(": None,
}


@pytest.fixture(params=CHAPTERS, ids=contents.short_name)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def chapter(path: Path) -> Any:
    return anatomy.read(path)


@pytest.fixture(params=WORKSHOPS, ids=contents.short_name)
def workshop(request: pytest.FixtureRequest) -> Any:
    return anatomy.read(request.param)


def sections(notebook: Any) -> list[str]:
    """Return text and code, cut before each heading of the second and third level."""
    whole = "\n\n".join(cell.source for cell in notebook.cells)
    return re.split(r"^(?=###? )", whole, flags=re.MULTILINE)


def test_every_workshop_has_a_chapter_above_it_in_the_menu() -> None:
    there = {path for path in contents.notebooks() if path.parent.name == contents.WORKSHOPS}
    assert there == set(WORKSHOPS)
    nested = {page.notebook(): page.chapter for page in contents.pages() if page.chapter}
    assert nested == {w: f"book/{w.stem}" for w in WORKSHOPS}


def test_words_and_visible_code_keep_their_budgets(chapter: Any) -> None:
    assert anatomy.words(chapter) <= anatomy.WORDS
    assert len(anatomy.visible(chapter)) <= anatomy.CELLS


def test_four_to_six_guesses_all_covered(chapter: Any) -> None:
    guesses = anatomy.calls(chapter, "guess")
    least, most = anatomy.GUESSES
    assert least <= len(guesses) <= most
    for cell in guesses:
        assert is_hidden(cell), cell.source
        assert re.search(r"<details>.*</details>", shown_html(cell), re.DOTALL), cell.source


def test_the_stated_time_is_the_computed_one(chapter: Any) -> None:
    stated = anatomy.STATED.search(chapter.cells[0].source)
    assert stated, 'the first cell says "About … minutes"'
    assert int(stated[1]) == anatomy.minutes(chapter)


def test_opens_with_question_picture_and_recall(path: Path, chapter: Any) -> None:
    first = chapter.cells[0].source
    assert re.match(r"# .+\n\n\*\*.+\?\*\*\n\n", first), "title, then the one question"
    assert "You will be able to" in first
    assert f"(workshop/{path.name})" in first
    before = sections(chapter)[0]
    if path != contents.chapters()[0]:
        recall = next(part for part in sections(chapter) if "exercises.question(" in part)
        assert recall.startswith("## From "), "question boxes on earlier chapters come first"
        assert 2 <= recall.count("exercises.question(") <= 3
        assert sections(chapter).index(recall) == 1
    assert "figures." in before or "diagrams." in before, "something to see before any section"


def test_exercises_stand_by_their_sections_and_are_answered_there(chapter: Any) -> None:
    headings = re.findall(r"^### (\d+)\. (Predict|Compute): ", anatomy.markdown(chapter), re.M)
    assert [int(number) for number, _ in headings] == list(range(1, len(headings) + 1))
    assert {kind for _, kind in headings} == {"Predict", "Compute"}
    assert len(anatomy.calls(chapter, "ask")) == len(headings) >= 4
    assert not re.search(r"^## Exercises", anatomy.markdown(chapter), re.M)
    for part in sections(chapter):
        asked = part.count("exercises.ask(")
        assert asked == bool(re.match(r"### \d+\. ", part)), part[:60]
    for cell in anatomy.calls(chapter, "ask"):
        assert is_hidden(cell)
        assert re.search(r"<details>.*Right: .*</details>", shown_html(cell), re.DOTALL)


def test_questions_do_not_favour_a_place(chapter: Any) -> None:
    places = [
        ["Right ✓" in option for option in shown_html(cell).split("<details>")[1:]].index(True)
        for cell in anatomy.calls(chapter, "question")
    ]
    assert len(places) >= 2
    assert len(set(places)) >= 2, "the right option always stands in one place"


def test_at_most_three_pitfalls_truth_first(chapter: Any) -> None:
    quoted = re.findall(r"^> .*$", anatomy.markdown(chapter), re.M)
    pitfalls = [line for line in quoted if "✗" in line]
    assert len(pitfalls) <= 3
    assert anatomy.markdown(chapter).count("✗") == len(pitfalls)
    for line in pitfalls:
        assert re.match(r"> \*\*[^✗]+\*\*.* ✗ \*", line), line


def test_ends_with_a_summary_that_leads_on(path: Path, chapter: Any) -> None:
    summary = anatomy.markdown(chapter).split("\n## Summary\n")[1]
    parts = ("You can now", "Three questions to keep", "**The workshop**", "**Where to go next.**")
    at = [summary.find(part) for part in parts]
    assert -1 not in at
    assert at == sorted(at)
    assert f"(workshop/{path.name})" in summary


@pytest.mark.parametrize("said", HOMES)
def test_an_idea_has_one_home(path: Path, chapter: Any, said: str) -> None:
    if path.stem not in (HOMES[said] or "").split():
        whole = "\n".join(cell.source for cell in chapter.cells)
        found = re.search(said, whole, re.MULTILINE)
        assert not found, f"{found and found[0]!r} belongs to {HOMES[said] or 'a workshop'}"


def test_refutes_nothing_that_nobody_said(chapter: Any) -> None:
    assert not re.search(r"You may (have )?read that", anatomy.markdown(chapter))


@pytest.mark.parametrize("page", [*CHAPTERS, *WORKSHOPS], ids=contents.short_name)
def test_code_and_what_it_prints_fit_their_column(page: Path) -> None:
    for cell in anatomy.code_cells(anatomy.read(page)):
        if "remove-cell" in cell.metadata.get("tags", []):
            continue
        shown = [cell.source]
        for output in cell.outputs:
            shown.append(output.get("text", ""))
            said = output.get("data", {}).get("text/markdown", "")  # tables wrap, source does not
            shown += re.findall(r"^```python\n(.*?)^```", said, re.DOTALL | re.MULTILINE)
        shown += re.findall(r"<pre>(.*?)</pre>", anatomy.html(cell), re.DOTALL)
        for line in html.unescape("\n".join(shown)).splitlines():
            assert len(line) <= anatomy.COLUMNS, line


def test_imports_are_folded_and_name_what_they_are(chapter: Any, workshop: Any) -> None:
    for notebook in (chapter, workshop):
        imports = anatomy.code_cells(notebook)[1]
        assert imports.metadata.tags == ["hide-input"]
        assert imports.metadata.jupyter.source_hidden is True
        assert imports.metadata.cellView == "form"
        assert imports.source.startswith("# @title Imports")
        assert "figures.sharp()" in imports.source


def test_a_workshop_leads_to_its_chapter_and_holds_the_rest(workshop: Any) -> None:
    first, text = workshop.cells[0].source, anatomy.markdown(workshop)
    assert re.match(r"# Workshop: ", first)
    assert re.search(r"\]\(\.\./\w+\.ipynb\)", first)
    for part in ("## How the library does it", "## Check against PyTorch", "## Common mistakes"):
        assert f"\n{part}\n" in text
    shipped, solutions = anatomy.calls(workshop, "check"), anatomy.calls(workshop, "solution")
    headings = re.findall(r"^### \d+\. Implement: ", text, re.M)
    assert len(shipped) == len(solutions) == len(headings) >= 2
    for cell in shipped:
        assert [output.text for output in cell.outputs] == ["not attempted yet\n"]
    for cell in solutions:
        assert is_hidden(cell)
        assert re.search(r"<details>.*Right: .*</details>", shown_html(cell), re.DOTALL)


def test_exercises_are_numbered_from_chapter_to_workshop() -> None:
    for chapter, workshop in zip(CHAPTERS, WORKSHOPS, strict=True):
        both = [anatomy.markdown(anatomy.read(page)) for page in (chapter, workshop)]
        numbers = re.findall(r"^### (\d+)\. (?:Predict|Compute|Implement): ", "\n".join(both), re.M)
        assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))


def test_the_formatter_leaves_out_the_first_edition_alone() -> None:
    """book/ruff.toml lists the notebooks whose code is wider than the second edition's."""
    config = tomllib.loads((contents.ROOT / "book/ruff.toml").read_text(encoding="utf-8"))
    assert config["line-length"] == anatomy.COLUMNS
    new = {*CHAPTERS, *WORKSHOPS, contents.ROOT / "book/misconceptions.ipynb"}
    wider = {path.name for path in contents.notebooks() if path not in new}
    assert set(config["format"]["exclude"]) == {"*.md", *wider}
