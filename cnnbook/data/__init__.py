"""Real and generated data for the book; the heavy libraries load only when a function is called.

Nothing here touches the network, except `mnist(download=True)`.
"""

from cnnbook.data.dataset import Dataset
from cnnbook.data.digits import digits
from cnnbook.data.mnist import mnist

__all__ = ["Dataset", "digits", "mnist"]
