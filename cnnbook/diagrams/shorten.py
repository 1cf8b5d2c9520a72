"""Short names for the JavaScript that a page carries: a page carries it with every output.

The files stay as they are written; what `base.script` makes of them has no comments, no needless
spaces and short names for what is local. Only names are changed, and only those that are surely
variables: never a property, never a word of the language or of the browser.
"""

from __future__ import annotations

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterator

TEXT = r'"(?:\\.|[^"\\])*"'
EXPRESSION = r"(?<=[(,=:])/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[gimu]*"
TOKEN = re.compile(rf"{TEXT}|`[^`]*`|{EXPRESSION}|[\w$]+|\s+|=>|\?\.(?!\d)|\.\.\.|.", re.DOTALL)
NAME = re.compile(r"[A-Za-z_$][\w$]*")

WORDS_OF_THE_LANGUAGE = """
async await break case catch class const constructor continue default delete do else extends false
finally for function get if in instanceof let new null of return set static super switch this throw
true try typeof undefined void while yield
"""
#: All that the language provides, and of what the browser provides that which is used.
PROVIDED = """
Array ArrayBuffer BigInt Boolean DataView Date Error EvalError Float32Array Float64Array Function
Infinity Int16Array Int32Array Int8Array Intl JSON Map Math NaN Number Object Promise Proxy
RangeError Reflect RegExp Set String Symbol SyntaxError TypeError Uint16Array Uint32Array
Uint8Array Uint8ClampedArray WeakMap WeakSet arguments decodeURIComponent encodeURIComponent
globalThis isFinite isNaN parseFloat parseInt
HTMLElement MutationObserver ResizeObserver atob clearInterval customElements document
getComputedStyle matchMedia navigator requestAnimationFrame setInterval window
"""
LANGUAGE = frozenset(WORDS_OF_THE_LANGUAGE.split())
FOREIGN = LANGUAGE | frozenset(PROVIDED.split())
WORD = re.compile(r"[\w$]")
SHORTER = {"const": "let", "true": "!0", "false": "!1", "undefined": "void 0"}
SIGNS = ("+", "-")
#: Stands before a template's own text, which is no code, until all is done.
TEXT_OF_TEMPLATE = "\0"
OPEN, CLOSE = "([{", ")]}"
#: A brace after one of these, or after a name, begins a block; after anything else an object.
BEFORE_BLOCK = {")", "=>", ";", "{", "}", "else", "try", "catch", "finally", "do", ""}
BEFORE_OBJECT = {"return", "const", "let", "of", "in", "new", "case"}


def shorten(code: str) -> str:
    """Return JavaScript with short names for its variables.

    It asks of the code that `base.tight` has been over it, and of our files that one statement
    declares one name (a comma there would look like one between the entries of an object).

    Examples
    --------
    >>> shorten("const long=1;document.x={long,long:long.long,y:`long ${long + 1}`,};")
    'let a=1;document.x={long:a,long:a.long,y:`long ${a+1}`};'
    """
    tokens = _tokens(code)
    kinds = _kinds(tokens)
    used = Counter(tokens[i] for i, kind in kinds.items() if kind == "variable")
    written_out = Counter(tokens[i] for i, kind in kinds.items() if kind == "shorthand")
    # A name of one file in another place is fine; one that is used here at all is not.
    fresh = (name for name in _names() if name not in tokens and name not in LANGUAGE)
    new: dict[str, str] = {}
    for name in sorted(used, key=lambda name: -(len(name) - 1) * used[name]):
        if len(name) > 1 and (len(name) - 2) * used[name] > 3 * written_out[name]:
            new[name] = next(fresh)
    for i, kind in kinds.items():
        name = tokens[i]
        if name in new and kind != "property":
            tokens[i] = new[name] if kind == "variable" else f"{name}:{new[name]}"
    _join_declarations(tokens)
    _open_parameters(tokens)
    return "".join(_kept(tokens)).replace(TEXT_OF_TEMPLATE, "")


def _kept(tokens: list[str]) -> Iterator[str]:
    """Leave out spaces that part no two words, and marks that end what a brace ends anyway."""
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if token.isspace():
            apart = bool(WORD.search(before[-1:]) and WORD.search(after[:1]))
            yield " " if apart or (before in SIGNS and after in SIGNS) else ""
        elif not (token in (";", ",") and after == "}"):
            yield token


def _join_declarations(tokens: list[str]) -> None:
    """Write let for const, and declarations that follow each other as one."""
    inside = [""]  # what the statement at hand begins with, for every bracket around
    for i, token in enumerate(tokens):
        tokens[i] = SHORTER.get(token, token)
        if token in ("(", "[", "{", "${"):
            inside.append("")
        elif token in (")", "]", "}"):
            inside.pop()
        last = tokens[i - 1] if i else ""
        if tokens[i] == "let" and last != "(":
            if inside[-1] == "let" and last == ";":
                tokens[i - 1], tokens[i] = ",", ""
                tokens[i + 1] = tokens[i + 1].lstrip()
            inside[-1] = "let"
        elif token == ";" and tokens[i + 1 : i + 2] not in (["let"], ["const"]):
            inside[-1] = ""


def _open_parameters(tokens: list[str]) -> None:
    """Write x=>x for (x)=>x."""
    for i in range(1, len(tokens) - 3):
        name, *after = tokens[i + 1 : i + 4]
        if tokens[i] == "(" and after == [")", "=>"] and NAME.fullmatch(name):
            tokens[i] = " " if WORD.search(tokens[i - 1][-1:]) else ""
            tokens[i + 2] = ""


def _tokens(code: str) -> list[str]:
    """Split code into tokens; of a template, what stands in ``${}`` is code again."""
    found = []
    for token in TOKEN.findall(code):
        if not token.startswith("`"):
            found.append(token)
            continue
        for number, part in enumerate(re.split(r"\$\{([^}]*)\}", token)):
            found += ["${", *_tokens(part), "}"] if number % 2 else [TEXT_OF_TEMPLATE + part]
    return found


def _kinds(tokens: list[str]) -> dict[int, str]:
    """Say of each name by its place whether it is a variable, a shorthand or a property."""
    places = [i for i, token in enumerate(tokens) if not token.isspace()]
    words = ["", *(tokens[i] for i in places), ""]
    kinds: dict[int, str] = {}
    inside = [""]  # the brackets around: "(", "[", "${", "object" or "block"
    for n, i in enumerate(places, 1):
        before, word, after = words[n - 1], words[n], words[n + 1]
        if word == "{":
            inside.append("block" if _begins_block(before) else "object")
        elif word in ("(", "[", "${"):
            inside.append(word)
        elif word in (")", "]", "}"):
            inside.pop()
        elif NAME.fullmatch(word) and word not in FOREIGN:
            kinds[i] = _kind(before, after, inside[-1], _is_method(words, n))
    return kinds


def _kind(before: str, after: str, inside: str, method: bool) -> str:
    entry = inside == "object" and before in ("{", ",")
    if before in (".", "?.", "static") or method or (entry and after == ":"):
        return "property"
    return "shorthand" if entry and after in (",", "}", "=") else "variable"


def _begins_block(before: str) -> bool:
    return before in BEFORE_BLOCK or bool(NAME.fullmatch(before) and before not in BEFORE_OBJECT)


def _is_method(words: list[str], n: int) -> bool:
    """Whether word `n` is the name of a method: name(...) {, but no function."""
    if words[n + 1] != "(" or words[n - 1] in ("function", "."):
        return False
    depth = 0
    for end in range(n + 1, len(words)):
        depth += (words[end] in OPEN) - (words[end] in CLOSE)
        depth += words[end] == "${"
        if not depth:
            return words[end + 1] == "{"
    return False


def _names() -> Iterator[str]:
    """Yield a, b, ..., Z, aa, ab, ..."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(string.ascii_letters, repeat=length))
