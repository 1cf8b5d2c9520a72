"""Twelve real digits for the network's diagram, so that it needs no data set.

From the test images of `cnnbook.data.digits`: the first of each class, and two that the shipped
network takes for another digit. UCI Optical Recognition of Handwritten Digits (Alpaydin and
Kaynak, 1998), CC BY 4.0. A letter is a pixel from 0 to g, which is 16; a word is a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbook.words import say

INK = "0123456789abcdefg"

#: Name, index among the 450 test images, pixels.
DIGITS = [
    ("0", 10, "002bf200 00c6b900 04b07g00 05601g60 05400a70 00a00a50 00d26c00 004gc100"),
    ("1", 7, "0001dd00 004ffg00 08ga6e00 0a608d00 0000ad00 0000d900 0000e700 0000g700"),
    ("2", 0, "001dga00 01df8g30 08f34f00 0130c800 0004e100 000b8040 001g8d90 000egb00"),
    ("3", 5, "008ggg30 00688fa0 00007g50 001ag900 000fgc00 0001dg50 0078bg20 006ggb00"),
    ("4", 3, "003f3000 00eg1000 08g60850 0ce05g80 0cfegd00 01beg500 004fa000 004g5000"),
    ("5", 19, "003agc00 00dc0200 04g20000 00gege20 06gc5g50 01c10e70 0003dd10 001da100"),
    ("6", 34, "0008e400 007g7000 00ea0000 01g60000 03gga000 02gce600 00cfba00 000ad800"),
    ("7", 8, "004fgc00 0069ca00 0000a900 0024fa40 02fggf70 008d9000 001g4000 006d0000"),
    ("8", 2, "007eb000 01gd2210 03g94d40 007gge00 00bgg900 00g9af00 01g25g40 007fgg30"),
    ("9", 57, "0003dgb0 004fb8g3 02f96df3 04ggggb0 00786g20 00006e00 0000e900 0003g400"),
    ("8, hard", 126, "0018d100 006gg900 01fgga00 06fe6000 03766000 01a2b000 004bd200 0005c500"),
    ("4, hard", 64, "00b70000 05g32e30 09f0cf00 06gfg500 006fb000 001g4000 009c0000 00da0000"),
]


def names() -> list[str]:
    """Return what the digits are called."""
    return [
        say("{digit} that fools it", digit=name[0]) if "hard" in name else name
        for name, _, _ in DIGITS
    ]


def images() -> NDArray[np.float64]:
    """Return the digits, (12, 1, 8, 8), from 0 (paper) to 1 (ink)."""
    pixels = [[[INK.index(ink) for ink in row] for row in rows.split()] for *_, rows in DIGITS]
    return np.array(pixels)[:, np.newaxis] / (len(INK) - 1)
