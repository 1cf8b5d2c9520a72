"""Diagrams that the reader moves: HTML that carries its own small program, and a table without it.

    from cnnbook import explorers
    explorers.convolution()

Each function returns an `Explorer`. A notebook shows it as a diagram; a terminal, a printer and
a notebook that is not trusted show the same numbers as text or tables. Python computes what is
stored; the JavaScript beside these modules computes what the reader changes, and the tests hold
the two equal.
"""

from cnnbook.explorers._backward import backward
from cnnbook.explorers._channels import channels
from cnnbook.explorers._convolution import convolution
from cnnbook.explorers._descent import descent
from cnnbook.explorers._network import network
from cnnbook.explorers._pooling import pooling
from cnnbook.explorers._sizes import sizes
from cnnbook.explorers.base import Explorer

__all__ = [
    "Explorer",
    "backward",
    "channels",
    "convolution",
    "descent",
    "network",
    "pooling",
    "sizes",
]
