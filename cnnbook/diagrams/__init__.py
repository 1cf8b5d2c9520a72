"""Diagrams that the reader moves: HTML that carries its own small program, and a table without it.

    from cnnbook import diagrams
    diagrams.convolution()

Each function returns an `Diagram`. A notebook shows it as a diagram; a terminal, a printer and
a notebook that is not trusted show the same numbers as text or tables. Python computes what is
stored; the JavaScript beside these modules computes what the reader changes, and the tests hold
the two equal.
"""

from cnnbook.diagrams._backward import backward
from cnnbook.diagrams._channels import channels
from cnnbook.diagrams._convolution import convolution
from cnnbook.diagrams._descent import descent
from cnnbook.diagrams._frequency import frequency
from cnnbook.diagrams._network import network
from cnnbook.diagrams._photo import photo
from cnnbook.diagrams._pooling import pooling
from cnnbook.diagrams._sizes import sizes
from cnnbook.diagrams._train import train
from cnnbook.diagrams._transposed import transposed
from cnnbook.diagrams.base import Diagram

__all__ = [
    "Diagram",
    "backward",
    "channels",
    "convolution",
    "descent",
    "frequency",
    "network",
    "photo",
    "pooling",
    "sizes",
    "train",
    "transposed",
]
