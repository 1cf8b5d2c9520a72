"""The ledger of claims: each stands in its chapter, and what carries it exists and agrees."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import nbformat
import pytest

from experiments import recording
from experiments.ledger import KINDS, Claim, claims

ROOT = Path(__file__).parents[2]
CLAIMS = claims()


def squeezed(text: str) -> str:
    """Return a text with single spaces, without the marks of emphasis, code and links."""
    text = re.sub(r"\]\([^)]*\)", "", text)
    return re.sub(r"\s+", " ", re.sub(r"[*_`\[\]]", "", text))


def prose(chapter: str) -> str:
    """Return what a chapter says."""
    page = ROOT / "book" / f"{chapter}.md"
    if chapter == "index":
        page = ROOT / "index.md"
    if page.exists():
        return squeezed(page.read_text(encoding="utf-8"))
    cells = nbformat.read(page.with_suffix(".ipynb"), as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return squeezed("\n".join([*texts, folded(cells)]))


def folded(cells: list[nbformat.NotebookNode]) -> str:
    """Return what stands in guesses and question boxes, with what their cells print."""
    shown = [
        str(output.get("data", {}).get("text/html", "")).split("\n<script>")[0]
        for cell in cells
        for output in cell.get("outputs", [])
    ]
    asked = [text for text in shown if "<details>" in text]
    return html.unescape(re.sub(r"</?(?!cnnbook)\w[^>]*>|<cnnbook.*?'>", " ", "\n".join(asked)))


def printed(chapter: str) -> str:
    """Return what a chapter's cells print."""
    cells = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4).cells
    texts = [
        output.get("text") or str(output.get("data", {}).get("text/plain", ""))
        for cell in cells
        for output in cell.get("outputs", [])
    ]
    return squeezed("\n".join([*texts, folded(cells)]))


def test_ids_are_unique() -> None:
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS) > 0


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_claim_stands_in_its_chapter(claim: Claim) -> None:
    assert claim.kind in KINDS
    assert squeezed(claim.claim) in prose(claim.chapter)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_carries_a_claim_exists_and_agrees(claim: Claim) -> None:
    if claim.kind == "experiment":
        name, verdict = claim.by.split(": ", 1)
        assert recording.read(name)["verdicts"][verdict] is True
    elif claim.kind == "proof":
        path, test = claim.by.split("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    elif claim.kind == "run":
        assert squeezed(claim.by) in printed(claim.chapter)
    else:
        bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
        assert re.search(rf"^@\w+{{{re.escape(claim.by)},$", bibliography, re.MULTILINE)


def test_every_verdict_is_used() -> None:
    """What an experiment found and no chapter says is not kept."""
    used = {claim.by for claim in CLAIMS if claim.kind == "experiment"}
    found = {
        f"{name}: {verdict}"
        for name in recording.names()
        for verdict in recording.read(name)["verdicts"]
    }
    assert found == used
