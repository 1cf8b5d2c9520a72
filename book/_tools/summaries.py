"""Write one page for each part, book/on_a_page_1.md and so on: to print, and to keep at hand.

Each chapter has its picture (that of the front page), its formula, an example of shapes or numbers
that the library computes here, and one sentence. With --check it changes nothing, and exits with 1
if a page would differ.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np

import cnnbook
from book._tools import contents
from book._tools.written import write_or_check
from cnnbook import kernels, segmentation
from cnnbook.detection import average_precision, box_iou

BOOK = contents.ROOT / "book"
CARDS = BOOK / "_static" / "cards"
ARANGE = np.arange(9.0).reshape(3, 3)


@dataclass(frozen=True)
class Entry:
    """What a chapter leaves on the page of its part."""

    formula: str
    example: Callable[[], str]
    sentence: str


def numbers(values: np.ndarray) -> str:
    """Write a small array in one line, its rows parted by strokes."""
    rows = np.atleast_2d(values)
    return " / ".join(" ".join(f"{value:g}" for value in row) for row in rows).replace("-", "−")


def place_of_a_pixel() -> str:
    """Find a pixel in the file of a colour picture."""
    at = np.ravel_multi_index((2, 1, 3), (3, 4, 5))
    return f"Colour, 4 rows of 5: pixel (2, 1, 3) is number {at} of {3 * 4 * 5}"


def four_outputs() -> str:
    """Slide the kernel 0 1 / 2 3 over 0 to 8."""
    y = cnnbook.correlate2d(ARANGE, np.arange(4.0).reshape(2, 2))
    return f"0 … 8 in 3×3, kernel 0 1 / 2 3: {numbers(y)}"


def a_strided_size() -> str:
    """Use the size formula on the first layer of a ResNet."""
    size = cnnbook.conv_output_size(224, 7, stride=2, padding=3)
    return f"224 pixels, k = 7, s = 2, p = 3: {size}"


def a_layer() -> str:
    """Give the shapes and parameters of a layer."""
    x, w = np.zeros((8, 3, 32, 32)), np.zeros((16, 3, 5, 5))
    y = cnnbook.conv2d(x, w, np.zeros(16))
    return f"{x.shape}, weight {w.shape} → {y.shape}; {w.size + 16:,} parameters"


def a_pointwise_layer() -> str:
    """Mix the channels of one pixel."""
    w = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])
    y = cnnbook.conv2d(np.array([[[3.0]], [[1.0]], [[2.0]]]), w[:, :, None, None])
    return f"Pixel 3 1 2, weight {numbers(w)}: {numbers(y.ravel())}"


def a_pooled_row() -> str:
    """Pool a window in two ways."""
    x = np.array([[[2.0, 4], [2, 8]]])
    largest, mean = (pool(x, 2).item() for pool in (cnnbook.max_pool2d, cnnbook.avg_pool2d))
    return f"Window 2 4 / 2 8: maximum {largest:g}, mean {mean:g}"


def three_probabilities() -> str:
    """Turn scores into probabilities."""
    p = cnnbook.softmax(np.array([[0.0, np.log(2), np.log(5)]]))[0]
    return f"Scores 0, ln 2, ln 5: {numbers(p)}"


def loss_at_the_start() -> str:
    """Give the loss of a network that knows nothing."""
    loss = cnnbook.cross_entropy(np.zeros((1, 10)), np.array([3]))
    return f"Ten classes, all scores equal: L = ln 10 = {loss:.2f}"


def a_stamp() -> str:
    """Send a gradient of ones back through the convolution of 0 to 8."""
    x, w, dy = ARANGE[None, None], np.arange(4.0).reshape(1, 1, 2, 2), np.ones((1, 1, 2, 2))
    dx, dw, _ = cnnbook.conv2d_backward(dy, x, w)
    return f"x = 0 … 8, w = 0 1 / 2 3, dy = 1: dw = {numbers(dw[0, 0])}; dx = {numbers(dx[0, 0])}"


def sides_of_the_simple_cnn() -> str:
    """Follow the sides through the simple network."""
    sides = [28]
    for kernel, stride in ((5, 1), (2, 2), (5, 1), (2, 2)):
        sides.append(cnnbook.conv_output_size(sides[-1], kernel, stride=stride))
    return f"5×5, pool, 5×5, pool: {' → '.join(map(str, sides))}"


def bytes_of_a_batch() -> str:
    """Give the memory of a batch."""
    batch = np.zeros((64, 3, 224, 224), np.float32)
    return f"{batch.shape} in float32: {batch.nbytes / 1e6:.1f} MB; in 16 bits half"


def fields_of_three_layers() -> str:
    """Follow the receptive field through three layers."""
    fields, jump, field = [], 1, 1
    for kernel, stride in ((3, 1), (2, 2), (3, 1)):
        field, jump = field + (kernel - 1) * jump, jump * stride
        fields.append(field)
    return f"3×3, pool 2, 3×3: r = {', '.join(map(str, fields))}"


def back_to_56() -> str:
    """Double a size with a transposed convolution."""
    y = cnnbook.conv_transpose2d(np.zeros((1, 28, 28)), np.zeros((1, 1, 4, 4)), stride=2, padding=1)
    return f"28 pixels, k = 4, s = 2, p = 1: {y.shape[-1]}"


def two_zeros() -> str:
    """Find what two blurs extinguish."""
    box = kernels.frequency_response(np.full(3, 1 / 3), np.array([1 / 3]))
    binomial = kernels.frequency_response(np.array([1, 2, 1]) / 4, np.array([1 / 2]))
    assert np.allclose([box, binomial], 0, atol=1e-12)
    return "1 1 1 / 3 is 0 at f = 1/3, and 1 2 1 / 4 at f = 1/2"


def slopes_of_a_sum() -> str:
    """Give the saliency of a linear score."""
    w = np.array([1.0, -2.0, 0.5])
    return f"A linear score with weights {numbers(w)}: m = {numbers(abs(w))}"


def two_boxes() -> str:
    """Compare two boxes."""
    iou = box_iou(np.array([[0.0, 0, 4, 4]]), np.array([[2.0, 0, 6, 4]])).item()
    return f"Two squares of side 4, half overlapping: IoU = {iou:.2f}"


def found_and_missed() -> str:
    """Measure a short list of found boxes, and a mask."""
    ap = average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]), 2)
    half = segmentation.dice(np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]))
    return f"Right, wrong, right, of 2: AP = {ap:.2f}. Masks of 2 and 1, 1 shared: {half:.2f}"


def places_in_a_second() -> str:
    """Count the places of a kernel in time."""
    return f"8,000 samples, k = 80, s = 40: {cnnbook.conv_output_size(8000, 80, stride=40)} places"


def an_index() -> str:
    """Compute a vegetation index."""
    near, red = 0.5, 0.1
    return f"Near infrared {near}, red {red}: {(near - red) / (near + red):.2f}"


def five_pairs() -> str:
    """Compare five pairs of runs."""
    gain = np.array([4.0, 0, 3, -1, 4])
    error = gain.std(ddof=1) / np.sqrt(gain.size)
    return f"Differences {numbers(gain)}: mean {gain.mean():g} ± {error:.2f}"


def smallest_attack() -> str:
    """Find how small a sufficient change is."""
    w = np.array([1.0, -2.0, 3.0])
    return f"Weights {numbers(w)}, ε = 0.1: the score falls by {0.1 * abs(w).sum():.1f}"


def ten_layers() -> str:
    """Follow the mean square through ten ReLU layers with PyTorch's default weights."""
    left = (1 / 2 * 1 / 3) ** 10
    return f"PyTorch's default, Var(w) = 1/(3m), ten layers: {left * 1e9:.1f} billionths are left"


def parameters_of_two() -> str:
    """Count the parameters of two 3×3 convolutions, and of a bottleneck."""
    wide = 2 * (3 * 3 * 256 * 256)
    narrow = 256 * 64 + 3 * 3 * 64 * 64 + 64 * 256
    return f"256 channels, two 3×3: {wide:,} weights; a bottleneck of 64: {narrow:,}"


def a_fading_mean() -> str:
    """Let batches of mean 0 follow a running mean of 4."""
    means = 4 * 0.9 ** np.arange(4)
    return "m = 0.1, a kept mean of 4, batches of mean 0: " + ", ".join(f"{m:.3g}" for m in means)


def two_kinds_of_work() -> str:
    """Count a 3×3 and a depthwise 3×3 layer, each number moved once."""
    said = []
    for name, groups in (("3×3", 1), ("depthwise", 64)):
        cost = cnnbook.conv2d_cost(56, 64, 64, 3, padding=1, groups=groups, bias=False)
        moved = 4 * (2 * 64 * 56**2 + cost.parameters)
        said.append(f"{name}: {cost.macs / moved:.1f} MACs a byte")
    return "64 channels of 56×56, " + "; ".join(said)


ENTRIES = {
    "images_as_arrays": Entry(
        r"(c\,H + i)\,W + j",
        place_of_a_pixel,
        "A picture is C × H × W numbers, rows from the top; flattened, neighbours are lost.",
    ),
    "convolution": Entry(
        r"y_{i,j} = \sum_{u,v} w_{u,v}\, x_{i+u,\,j+v} + b",
        four_outputs,
        "One kernel, every place: patch times kernel, summed. Libraries do not flip.",
    ),
    "padding_and_stride": Entry(
        r"o = \left\lfloor \frac{n + 2p - d(k-1) - 1}{s} \right\rfloor + 1",
        a_strided_size,
        "Padding p = d(k − 1)/2 keeps the size at stride 1; a stride leaves places out.",
    ),
    "channels": Entry(
        r"y_{f,i,j} = b_f + \sum_{c,u,v} w_{f,c,u,v}\, x_{c,\,i+u,\,j+v}",
        a_layer,
        "A kernel has a slice for each input channel, and makes one output channel.",
    ),
    "one_by_one_convolution": Entry(
        r"y_{f,i,j} = b_f + \sum_{c} w_{f,c}\, x_{c,i,j}",
        a_pointwise_layer,
        "A matrix at every pixel: it mixes channels and sees no neighbour.",
    ),
    "pooling": Entry(
        r"y_{i,j} = \max_{u,v}\; x_{si+u,\,sj+v}",
        a_pooled_row,
        "Each channel by itself, without weights; outside lies −∞ for the maximum.",
    ),
    "activations_and_head": Entry(
        r"\mathrm{relu}(z) = \max(0, z), \quad p_k = e^{z_k} / \sum_m e^{z_m}",
        three_probabilities,
        "Without an activation between them two convolutions are one.",
    ),
    "losses_and_optimisers": Entry(
        r"L = -\ln p_t, \quad \frac{\partial L}{\partial z_k} = p_k - [k = t]",
        loss_at_the_start,
        "Logits go into the loss, never softmax of softmax; then w ← w − lr · dw.",
    ),
    "backpropagation": Entry(
        r"dw = x \star dy, \quad db = \sum dy, \quad dx = dy\,\text{ padded } \star\, w"
        r"\text{ flipped}",
        a_stamp,
        "Used twice, blamed twice: what was read often collects often.",
    ),
    "simple_cnn": Entry(
        r"x \to \text{logits} \to L \to \text{gradients} \to \text{step}",
        sides_of_the_simple_cnn,
        "zero_grad, forward, loss, backward, step; eval() and no_grad() to measure.",
    ),
    "gpu": Entry(
        r"t = t_0 + t_1 N",
        bytes_of_a_batch,
        "Wait for the device before you read the clock; model and data on one device.",
    ),
    "receptive_fields": Entry(
        r"r \leftarrow r + (k-1)\,d\,j, \quad j \leftarrow j\,s",
        fields_of_three_layers,
        "What lies outside the field cannot change the output; what lies inside may.",
    ),
    "relatives": Entry(
        r"o = s(n-1) + d(k-1) + 1 - 2p + \text{extra}",
        back_to_56,
        "Transposed is not inverse. Depthwise and 1×1 cost $1/C_{out} + 1/k^2$ of a convolution.",
    ),
    "frequencies": Entry(
        r"H(f) = k_0 + 2 \sum_{u \ge 1} k_u \cos 2\pi f u",
        two_zeros,
        "A kernel multiplies each wave by a number. Blur before you leave pixels out.",
    ),
    "what_a_network_sees": Entry(
        r"m_{i,j} = \left| \partial z_k / \partial x_{i,j} \right|",
        slopes_of_a_sum,
        "Ask an untrained network, too: a picture that it gives as well explains nothing.",
    ),
    "uses_images": Entry(
        r"\text{IoU} = \frac{|A \cap B|}{|A \cup B|}",
        two_boxes,
        "One backbone, three heads: what, where, which pixels.",
    ),
    "finding_and_outlining": Entry(
        r"\text{Dice} = \frac{2\,|A \cap B|}{|A| + |B|}",
        found_and_missed,
        "Ask every cell, keep the best of those that overlap; precision against recall.",
    ),
    "uses_sequences": Entry(
        r"y_{f,i} = b_f + \sum_{c,u} w_{f,c,u}\, x_{c,\,si+u}",
        places_in_a_second,
        "One axis; frequencies, or word vectors, are channels.",
    ),
    "uses_pictures_and_spectra": Entry(
        r"G_{c,d} = \frac{1}{HW} \sum_p F_{c,p}\, F_{d,p}, \quad \frac{N - R}{N + R}",
        an_index,
        "Style is what is left without places; an index is two 1×1 kernels and a quotient.",
    ),
    "limits": Entry(
        r"x' = \mathrm{clip}\bigl(x + \varepsilon\,\mathrm{sign}(\partial L/\partial x),"
        r" 0, 1\bigr)",
        smallest_attack,
        "If columns can be swapped without loss, do not use a convolution.",
    ),
    "signals_through_depth": Entry(
        r"\overline{y^2} = \tfrac12\, m\, \mathrm{Var}(w)\, \overline{x^2}",
        ten_layers,
        "He's variance 2/m keeps the signal; normalisation restores it; a sum lets it pass.",
    ),
    "training_in_practice": Entry(
        r"\bar d \pm s / \sqrt{n}",
        five_pairs,
        "Compare pairs of runs, many of them; choose by validation, test once.",
    ),
    "architectures": Entry(
        r"y = x + f(x)",
        parameters_of_two,
        "Each has one new idea; under one budget small ones differ less than their names.",
    ),
    "little_data": Entry(
        r"\mu \leftarrow (1 - m)\,\mu + m\,\bar{z}",
        a_fading_mean,
        "Freeze the body, change the head; test against the nearest neighbour on pixels.",
    ),
    "why_a_layer_is_slow": Entry(
        r"T = \max(M / P,\; Q / \beta)",
        two_kinds_of_work,
        "Count MACs and bytes; fewer MACs help right of the ridge, fewer bytes left of it.",
    ),
}


def title_of(notebook: Path) -> str:
    """Return a notebook's title."""
    return str(nbformat.read(notebook, as_version=4).cells[0].source.split("\n")[0][2:])


def picture_of(name: str) -> str:
    """Return a chapter's card as an image, which says what it shows."""
    title = ElementTree.parse(CARDS / f"{name}.svg").getroot().find("{*}title")
    said = title.text if title is not None and title.text else ""
    return f"![{said}](_static/cards/{name}.svg)"


def page(part: str, names: list[str]) -> str:
    """Return the page of a part."""
    blocks = []
    for name in names:
        entry = ENTRIES[name]
        blocks.append(
            f":::{{container}} kept\n{picture_of(name)}\n\n"
            f"**[{title_of(BOOK / f'{name}.ipynb')}]({name}.ipynb)**\n\n"
            f"$${entry.formula}$$\n\n{entry.example()}\n\n*{entry.sentence}*\n:::\n"
        )
    number = part.split(".")[0]
    head = f"# {number} on a page\n\n{part.split('. ', 1)[1]}: a picture, a formula, an example.\n"
    return head + "\n::::{container} on-a-page\n" + "\n".join(blocks) + "::::\n"


def render() -> dict[Path, str]:
    """Return every page and its text; chapters without an entry are left out."""
    parts: dict[str, list[str]] = {}
    for one in contents.pages():
        if one.number and not one.chapter and one.short in ENTRIES:
            parts.setdefault(str(one.part), []).append(one.short)
    return {
        BOOK / f"on_a_page_{at}.md": page(part, names)
        for at, (part, names) in enumerate(parts.items(), 1)
    }


if __name__ == "__main__":
    raise SystemExit(write_or_check(__doc__, render()))
