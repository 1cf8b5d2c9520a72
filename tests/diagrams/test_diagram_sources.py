"""The JavaScript of the diagrams as text: small, plain, and unable to do what it must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnbook import diagrams
from cnnbook.diagrams import base
from cnnbook.diagrams.shorten import shorten

FILES = sorted(base.HERE.glob("*.js"))
NAMES = [file.stem for file in FILES if file.stem != "core"]
# What would turn text into code or markup, or leave the page.
FORBIDDEN = [
    "eval",
    "Function(",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "fetch(",
    "XMLHttpRequest",
    "WebSocket",
    "import(",
    "localStorage",
    "document.cookie",
    "console.",
    "debugger",
    " var ",
    " == ",
    " != ",
]


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def code(file: Path) -> str:
    return re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_diagram_has_its_file():
    assert ["Diagram", *NAMES] == diagrams.__all__


@pytest.mark.parametrize("word", FORBIDDEN)
def test_does_nothing_forbidden(file, word):
    assert word not in code(file)


def test_is_strict_and_says_what_it_does(file):
    text = file.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert '"use strict";' in text


def test_is_laid_out_evenly(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{file.name}:{number}"
        assert len(line) <= 110, where
        assert line == line.rstrip(), where
        assert "\t" not in line, where


def test_keeps_the_rules_that_shortening_asks_for(file):
    text = code(file)
    assert "'" not in re.sub(r'"[^"\n]*"|`[^`]*`', "", text)
    assert "/*" not in text
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert line.count("`") % 2 == 0, f"a template over lines: {line}"
        assert not re.search(r"\$\{[^}`]*`", line), f"a template in a template: {line}"
        # A statement that ends a line without a mark would run into the next one.
        goes_on = re.match(r"\s*[.?:&|]", following)
        assert goes_on or not re.search(r"[\w\"`]$", line), line


def test_adds_one_name_to_the_page(file):
    names = set(re.findall(r"(?:globalThis|window)\.(\w+)", code(file)))
    assert names == {"cnnbookDiagrams"}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_can_stand_in_a_page(name):
    script = base.script(name)
    assert "</" not in script
    assert "<!--" not in script
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in script
    assert "@import" not in script


def test_the_scripts_stay_small():
    """The sum as shipped: what a page with every diagram could carry at most once each."""
    short = {file.stem: len(base.javascript(file.stem).encode()) for file in FILES}
    assert sum(short.values()) < 60_000, short


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ('a = "x // y" ;  // gone\nb;', 'a="x // y";b;\n'),
        ("/* gone */ a;\n  b + c;", "a;b + c;\n"),
        ("f( / [a b] / , `x  ${y}` )", "f(/ [a b] /,`x  ${y}`)\n"),
        ("a / b / c", "a / b / c\n"),
        ("return (x) ;", "return(x);\n"),
    ],
)
def test_shortening(code, short):
    assert base.tight(code, base.JAVASCRIPT_MARKS) == short


@pytest.mark.parametrize(
    ("code", "short"),
    [
        (
            "const long=1,other=long.long;f({long,other:other});",
            "let b=1,a=b.long;f({long:b,other:a});",
        ),
        (
            "class Long{long(long){return long;}static other=Long;}",
            "class a{long(b){return b}static other=a}",
        ),
        (
            "const {long,more=5}=x;let wide=long+ +more;wide=wide;",
            "let{long,more=5}=x,a=long+ +more;a=a;",
        ),
        (
            "f(()=>{wide=1;return(wide)=>`wide ${wide ? long : wide} long`;});",
            "f(()=>{a=1;return a=>`wide ${a?b:a} long`});",
        ),
        (
            "for(let long=0;long<5;long+=1){const wide=2;let other=wide;g(other,wide);}",
            "for(let a=0;a<5;a+=1){let b=2,c=b;g(c,b)}",
        ),
        (
            'f("const long",{"long":long},`const ${ long }`);',
            'f("const long",{"long":a},`const ${a}`);',
        ),
        ("if(x)return undefined;const wide=true;", "if(x)return void 0;let a=!0;"),
        ("Math.max(Boolean(document.title));", "Math.max(Boolean(document.title));"),
    ],
)
def test_short_names(code, short):
    assert shorten(code) == short
