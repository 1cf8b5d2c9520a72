"""When numbers over seeds allow a sentence.

Arms are compared seed by seed: a seed draws the same data, or the same batches, for all of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def less(a: Numbers, b: Numbers, by: float = 0.0) -> bool:
    """Say whether `a` is below `b` by more than `by`: by two standard errors more.

    Nearly all seeds must say so, too: one that stands out does not carry a claim.
    """
    gain = np.asarray(b) - np.asarray(a)
    surely = gain.mean() - 2 * standard_error(gain) > by
    return bool(surely and (gain > by).mean() >= 0.8)


def alike(a: Numbers, b: Numbers, within: float) -> bool:
    """Say whether the mean difference is surely smaller than `within`, either way."""
    gain = np.asarray(b) - np.asarray(a)
    return bool(abs(gain.mean()) + 2 * standard_error(gain) < within)


def between(a: Numbers, low: float, high: float) -> bool:
    """Say whether every seed's number lies in this range."""
    return bool(np.min(a) >= low and np.max(a) <= high)


def standard_error(values: Numbers) -> float:
    """Return the standard error of a mean."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
