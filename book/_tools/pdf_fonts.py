"""Let the chapters of the PDF share their letters: a fifth of the bytes of its fonts.

Chromium puts into each print those glyphs of a font that the print uses, under the numbers which
they have in the whole font. So the parts of one font that many prints bring fit into one another:
one font with the glyphs of all of them can stand for each.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NumberObject,
)

_PAIR = re.compile(rb"<([0-9A-F]+)> <([0-9A-F]+)>")
_TRIPLE = re.compile(rb"<([0-9A-F]+)> <([0-9A-F]+)> <([0-9A-F]+)>")
_BLOCK = re.compile(rb"beginbf(char|range)\n(.*?)endbf", re.DOTALL)
_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)
_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
MOST = 100  # entries of one block of such a table


def share_fonts(writer: PdfWriter) -> None:
    """Replace the parts of each TrueType font by one that holds them all."""
    parts: dict[str, dict[int, DictionaryObject]] = defaultdict(dict)
    for fonts in _resources(writer):
        for reference in fonts.values():
            font = reference.get_object()
            if isinstance(reference, IndirectObject) and truetype(font) is not None:
                parts[_face(font)][reference.idnum] = font
    shared = {
        number: merged
        for faces in parts.values()
        for merged in [_merge(writer, list(faces.values()))]
        for number in faces
    }
    for fonts in _resources(writer):
        for name, reference in fonts.items():
            if isinstance(reference, IndirectObject) and reference.idnum in shared:
                fonts[NameObject(name)] = shared[reference.idnum]


def _resources(writer: PdfWriter) -> Iterator[DictionaryObject]:
    for page in writer.pages:
        fonts = page["/Resources"].get("/Font")
        if fonts is not None:
            yield fonts.get_object()


def _face(font: DictionaryObject) -> str:
    """Return the name of the whole font: /BAAAAA+DejaVuSans is a part of DejaVuSans."""
    return font["/BaseFont"].split("+")[-1].lstrip("/")


def _descendant(font: DictionaryObject) -> DictionaryObject:
    return font["/DescendantFonts"][0].get_object()


def truetype(font: DictionaryObject) -> Any:
    """Return the TrueType file of a font whose codes are the numbers of glyphs, else None."""
    if font.get("/Encoding") != "/Identity-H" or "/ToUnicode" not in font:
        return None
    return _descendant(font)["/FontDescriptor"].get("/FontFile2")


def _merge(writer: PdfWriter, fonts: list[DictionaryObject]) -> IndirectObject:
    """Add to the document one font with the glyphs, widths and letters of all."""
    whole = _merged_glyphs(truetype(font).get_object().get_data() for font in fonts)
    written = io.BytesIO()
    whole.save(written)
    file = _stream(written.getvalue())
    file[NameObject("/Length1")] = NumberObject(len(written.getvalue()))
    old = _descendant(fonts[0])
    descriptor = DictionaryObject(old["/FontDescriptor"].get_object())
    descriptor[NameObject("/FontFile2")] = writer._add_object(file)
    descendant = DictionaryObject(old)
    descendant[NameObject("/FontDescriptor")] = writer._add_object(descriptor)
    descendant[NameObject("/W")] = _widths(whole)
    letters = {
        number: text
        for font in fonts
        for number, text in read_letters(font["/ToUnicode"].get_object().get_data())
    }
    merged = DictionaryObject(fonts[0])
    merged[NameObject("/DescendantFonts")] = ArrayObject([writer._add_object(descendant)])
    merged[NameObject("/ToUnicode")] = writer._add_object(_stream(write_letters(letters)))
    return writer._add_object(merged)


def _stream(content: bytes) -> EncodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(content)
    return stream.flate_encode(level=9)


def _merged_glyphs(files: Iterable[bytes]) -> TTFont:
    """Return the font with the most glyphs, and in its empty places the others' glyphs."""
    whole, *parts = sorted(map(_numbered, files), key=lambda font: -font["maxp"].numGlyphs)
    for part in parts:
        for name in part.getGlyphOrder():
            glyph = part["glyf"][name]
            if glyph.numberOfContours != 0 and whole["glyf"][name].numberOfContours == 0:
                whole["glyf"][name] = glyph
            if whole["hmtx"][name][0] == 0:  # not used there; a space has a width and no lines
                whole["hmtx"][name] = part["hmtx"][name]
    return whole


def _numbered(file: bytes) -> TTFont:
    """Open a font with numbers for the names of its glyphs, since names differ between parts."""
    font = TTFont(io.BytesIO(file))
    font.setGlyphOrder([f"glyph{number:05d}" for number in range(font["maxp"].numGlyphs)])
    return font


def _widths(font: TTFont) -> ArrayObject:
    """Write the glyphs' widths, in thousandths of the size: `first last width`, run by run."""
    array: list[int] = []
    for number, name in enumerate(font.getGlyphOrder()):
        width = round(font["hmtx"][name][0] * 1000 / font["head"].unitsPerEm)
        if array and array[-1] == width:
            array[-2] = number
        else:
            array += [number, number, width]
    return ArrayObject(map(NumberObject, array))


def read_letters(table: bytes) -> Iterator[tuple[int, str]]:
    """Yield each glyph's number and its text, in hexadecimal digits of UTF-16."""
    for kind, lines in _BLOCK.findall(table):
        if kind == b"char":
            for number, text in _PAIR.findall(lines):
                yield int(number, 16), text.decode()
        else:
            for first, last, text in _TRIPLE.findall(lines):
                for step in range(int(last, 16) - int(first, 16) + 1):
                    yield int(first, 16) + step, f"{int(text, 16) + step:0{len(text)}X}"


def write_letters(letters: dict[int, str]) -> bytes:
    """Write such a table."""
    lines = [f"<{number:04X}> <{text}>\n" for number, text in sorted(letters.items())]
    blocks = [lines[start : start + MOST] for start in range(0, len(lines), MOST)]
    body = "".join(f"{len(b)} beginbfchar\n{''.join(b)}endbfchar\n" for b in blocks)
    return f"{_HEAD}{body}{_TAIL}".encode()
