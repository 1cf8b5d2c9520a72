"""The exercises of the chapter *Backpropagation*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises import pooling_gradients as pooling
from cnnbook.exercises.boxes import backpropagation as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]

# 2. The kernel's gradient by hand.
PIXELS = np.array([[1, 0, 2], [0, 3, 1], [2, 1, 0]])
DY = np.array([[1, -1], [0, 2]])

# 3. The input's gradient by hand.
KERNEL = np.array([[1, 2], [3, 4]])
CORNERS = np.array([[1, 0], [0, -1]])

# 5. A tie and an overlap in max pooling.
TIED = np.array([[2, 7, 7], [1, 7, 0]])

# 9. Three equal pixels in one window, and the gradient that arrives there.
THREE_SEVENS = np.array([[2.0, 7.0], [7.0, 7.0]])
ARRIVING = 6.0

# 10. Windows of three that move by one.
OVERLAPPING = np.array([[[1.0, 5.0, 2.0, 4.0, 3.0]]])
THREE_GRADIENTS = np.array([[[1.0, 10.0, 100.0]]])


def two_ways(x: int = 3, w: int = 2, h: float = 1e-4) -> int:
    """Return the slope of w in (w·x)·(w + 1), measured on both sides."""

    def loss(w: float) -> float:
        return (w * x) * (w + 1)

    return round((loss(w + h) - loss(w - h)) / (2 * h))


def shape_of_dw(batch: int = 8, c_in: int = 3, c_out: int = 10, k: int = 5) -> tuple[int, ...]:
    """Return the shape of the weight's gradient."""
    x, weight = np.zeros((batch, c_in, 32, 32)), np.zeros((c_out, c_in, k, k))
    y = cnnbook.conv2d(x, weight, padding=2)
    return cnnbook.conv2d_backward(y, x, weight, padding=2)[1].shape


def stamps(kernel: Array = KERNEL) -> Array:
    """Lay the kernel times each entry of CORNERS on its patch of a 3×3 image."""
    return cnnbook.convolve2d(np.pad(CORNERS, 1), kernel)


def tied_gradient() -> Array:
    """Return max pooling's gradient for the window with three equal pixels."""
    return cnnbook.max_pool2d_backward(np.full((1, 1, 1), ARRIVING), THREE_SEVENS[None], 2)[0]


def overlapping_gradient() -> Array:
    """Return max pooling's gradient for the overlapping windows."""
    return cnnbook.max_pool2d_backward(THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1)[0, 0]


# 6. The gradient of the weights, and the ways it goes wrong.
def my_weight_gradient(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Return Σ dy[n, f, i, j] · the patch of (i, j), over images and positions."""
    return _add_patches(dy, x, (k, k), stride)


def _add_patches(dy: Array, x: Array, size: tuple[int, int], stride: int) -> Array:
    height, width = size
    dw = np.zeros((dy.shape[1], x.shape[1], height, width))
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        dw[f] += dy[n, f, i, j] * x[n, :, top : top + height, left : left + width]
    return dw


def last_patch_only(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Assign where terms must be added."""
    last = np.zeros_like(dy)
    last[-1, :, -1, -1] = dy[-1, :, -1, -1]
    return _add_patches(last, x, (k, k), stride)


def not_cropped(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Keep what dy meets when it slides on over the pixels that are left over."""
    rows, columns = (n - stride * (m - 1) for n, m in zip(x.shape[2:], dy.shape[2:], strict=True))
    return _add_patches(dy, x, (rows, columns), stride)


def one_by_one(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Forget the stride: patches one pixel apart."""
    return _add_patches(dy, x, (k, k), 1)


# 7. The gradient of the input, and the ways it goes wrong.
def my_input_gradient(dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
    """Lay dy[f, i, j] · w[f] on the patch of (i, j), and add up."""
    return _lay_stamps(dy, w, size, stride, w.shape[2:])


def _lay_stamps(
    dy: Array,
    w: Array,
    size: tuple[int, int],
    stride: int,
    patch: tuple[int, ...],
    add: bool = True,
) -> Array:
    dx = np.zeros((w.shape[1], *size))
    for f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        place = dx[:, top : top + patch[0], left : left + patch[1]]
        place[:] = add * place + dy[f, i, j] * w[f]
    return dx


def overwritten(dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
    """Assign where patches overlap."""
    return _lay_stamps(dy, w, size, stride, w.shape[2:], add=False)


def as_small_as_the_windows(dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
    """Forget that pixels may be left over behind the last windows."""
    height, width = (stride * (n - 1) + k for n, k in zip(dy.shape[1:], w.shape[2:], strict=True))
    return my_input_gradient(dy, w, (height, width), stride)


def sides_swapped(dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
    """Take the kernel's width for its height."""
    return _lay_stamps(dy, w, size, stride, w.shape[:1:-1])


# 8. Max pooling backwards, and the ways it goes wrong.
def my_max_pool_backward(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Send each gradient to the first maximum of its window."""
    return cnnbook.max_pool2d_backward(dy[None], x[None], k, stride=stride)[0]


def mean_instead(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Give every pixel of a window its share, as mean pooling does."""
    return cnnbook.avg_pool2d_backward(dy[None], x[None], k, stride=stride)[0]


def _case_of_weights(
    rng: np.random.Generator,
    batch: int,
    channels: tuple[int, int],
    out: tuple[int, int],
    k: int,
    stride: int,
    left_over: int = 0,
) -> Case:
    height, width = (stride * (n - 1) + k + left_over for n in out)
    dy, x = arrays(rng, (batch, channels[1], *out), (batch, channels[0], height, width))
    return Case(dy, x, k, stride)


def _case_of_inputs(
    rng: np.random.Generator,
    channels: tuple[int, int],
    out: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    left_over: int = 0,
) -> Case:
    size = tuple(stride * (n - 1) + k + left_over for n, k in zip(out, kernel, strict=True))
    dy, w = arrays(rng, (channels[1], *out), (channels[1], channels[0], *kernel))
    return Case(dy, w, size, stride)


def weights_case(rng: np.random.Generator) -> Case:
    """Draw gradients of outputs, and padded images that may leave pixels over."""
    batch, c_in, c_out, height, width, k, stride = whole(rng, 7)
    left_over = int(rng.integers(0, stride))
    return _case_of_weights(rng, batch, (c_in, c_out), (height, width), k, stride, left_over)


def inputs_case(rng: np.random.Generator) -> Case:
    """Draw gradients of outputs, weights, and a size that may leave pixels over."""
    c_in, c_out, height, width, k_h, k_w, stride = whole(rng, 7)
    left_over = int(rng.integers(0, stride))
    return _case_of_inputs(rng, (c_in, c_out), (height, width), (k_h, k_w), stride, left_over)


def fixed_weights() -> list[Case]:
    """Return the page's small case, then shapes that are all different."""
    rng = np.random.default_rng(0)
    dy, x = np.array([[[[1.0, 0.5], [-3.0, 4.0]]]]), np.arange(9.0).reshape(1, 1, 3, 3)
    return [
        Case(np.concatenate([dy, -2 * dy]), np.concatenate([x, x + 1]), 2, 1),
        _case_of_weights(rng, 2, (3, 2), (2, 4), 3, 2, left_over=1),
        _case_of_weights(rng, 1, (1, 1), (1, 1), 2, 3),
    ]


def fixed_inputs() -> list[Case]:
    """Return the page's small case, then shapes that are all different."""
    rng = np.random.default_rng(0)
    dy, w = np.array([[[1.0, 0.5], [-3.0, 4.0]]]), np.arange(4.0).reshape(1, 1, 2, 2)
    return [
        Case(dy, w, (3, 3), 1),
        _case_of_inputs(rng, (3, 2), (2, 4), (3, 2), 2),
        _case_of_inputs(rng, (2, 2), (3, 2), (2, 3), 3, left_over=1),
    ]


def fixed_pooling() -> list[Case]:
    """Return a case with ties and overlaps, one without, and a wide one, all below 0."""
    rng = np.random.default_rng(0)
    below = rng.permutation(35).reshape(5, 7) - 3000.5
    plain = np.array([[1.0, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]])
    return [
        Case(np.array([[4.0, -8.0]]), TIED.astype(float), 2, 1),
        Case(np.array([[4.0, 8.0], [-0.5, 16.0]]), plain, 2, 2),
        Case(
            np.array([[0.5, -2.0, 4.0], [1.0, 3.0, -1.5]]),
            below,
            3,
            2,
        ),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_two_ways() -> Any:
    """Answer `two_ways` as a reader would, in a cell."""
    x, w = 3, 2
    p, q = w * x, w + 1
    answer = q * x + p * 1
    print(f"p = {p}, through p: {q}·{x} = {q * x}")
    print(f"q = {q}, through q: {p}·1 = {p}")
    print(f"both ways: {q * x} + {p} = {answer}")
    return answer


def solve_shape_of_dw() -> Any:
    """Answer `shape_of_dw` as a reader would, in a cell."""
    answer = (10, 3, 5, 5)
    print("w[f, c, u, v]: 10 kernels, 3 channels, 5 rows, 5 columns")
    print("batch and positions are summed over:", answer)
    return answer


def solve_tie_and_overlap() -> Any:
    """Answer `tie_and_overlap` as a reader would, in a cell."""
    print("windows 2 7 / 1 7 and 7 7 / 7 0")
    print("the first 7 of both is the same pixel: it receives 3 + 5 =", 3 + 5)
    answer = np.array([[0, 8, 0], [0, 0, 0]])
    pixels, dy = np.array([[[2, 7, 7], [1, 7, 0]]]), np.array([[[3, 5]]])
    dx = cnnbook.max_pool2d_backward(dy, pixels, 2, stride=1)[0]
    assert np.array_equal(dx, answer)
    return answer


def solve_dw_by_hand() -> Any:
    """Answer `dw_by_hand` as a reader would, in a cell."""
    pixels = np.array([[1, 0, 2], [0, 3, 1], [2, 1, 0]])
    answer = cnnbook.correlate2d(pixels, np.array([[1, -1], [0, 2]]))
    print("1·1 − 1·0 + 0·0 + 2·3 =", answer[0, 0])
    print("1·0 − 1·2 + 0·3 + 2·1 =", answer[0, 1])
    print("1·0 − 1·3 + 0·2 + 2·1 =", answer[1, 0])
    print("1·3 − 1·1 + 0·1 + 2·0 =", answer[1, 1])
    return answer


def solve_dx_by_hand() -> Any:
    """Answer `dx_by_hand` as a reader would, in a cell."""
    dy, kernel = np.array([[1, 0], [0, -1]]), np.array([[1, 2], [3, 4]])
    answer = np.zeros((3, 3), dtype=int)
    for i, j in np.ndindex(2, 2):
        answer[i : i + 2, j : j + 2] += dy[i, j] * kernel
    print("1 2 / 3 4 at the top left, −1 −2 / −3 −4 at the bottom right")
    print("both reach the centre: 4 − 1 =", answer[1, 1])
    print(answer.tolist())
    return answer


def solve_tied_gradient() -> Any:
    """Answer `tied_gradient` as a reader would, in a cell."""
    window = np.array([[2.0, 7.0], [7.0, 7.0]])
    six = np.array([[[6.0]]])
    answer = cnnbook.max_pool2d_backward(six, window[None], 2)[0]
    print("the first 7, read row by row, takes it all:", answer.tolist())
    return answer


def solve_overlapping_gradient() -> Any:
    """Answer `overlapping_gradient` as a reader would, in a cell."""
    print("the 5 wins 1 5 2 and 5 2 4, the 4 wins 2 4 3")
    by_hand = np.zeros(5)
    by_hand[1] = 1 + 10
    by_hand[3] = 100
    print(by_hand.astype(int).tolist())
    return by_hand


def solved_weight_gradient(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Return the gradient of the weights, as the page asks for it."""
    dw = np.zeros((dy.shape[1], x.shape[1], k, k))
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        dw[f] += dy[n, f, i, j] * x[n, :, top : top + k, left : left + k]
    return dw


def solved_input_gradient(dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
    """Return the gradient of the input, as the page asks for it."""
    k_h, k_w = w.shape[2:]
    dx = np.zeros((w.shape[1], *size))
    for f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        dx[:, top : top + k_h, left : left + k_w] += dy[f, i, j] * w[f]
    return dx


def solved_max_pool_backward(dy: Array, x: Array, k: int, stride: int) -> Array:
    """Return the gradient of max pooling, as the page asks for it."""
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        window = x[top : top + k, left : left + k]
        row, column = divmod(int(window.argmax()), k)
        dx[top + row, left + column] += dy[i, j]
    return dx


EXERCISES = Exercises(
    "backpropagation",
    [
        Answer(
            "two_ways",
            solution=solve_two_ways,
            label="dw",
            expected=two_ways,
            kind=int,
            right="w is used twice, so both ways are added up.",
            hint=(
                "w reaches L through p and through q. The slope of p is q, and that of q is p; "
                "p grows x times as much as w, q as much as w."
            ),
            hints=[
                Mistake(lambda: 9, "this is what arrives through p. w is used in q, too."),
                Mistake(lambda: 6, "this is what arrives through q. w is used in p, too."),
                Mistake(lambda: 18, "this is L itself. How much does it grow with w?"),
                Mistake(lambda: 54, "the two ways are multiplied here. What arrives is added up."),
                Mistake(
                    lambda: 21,
                    "each factor gets the *other* factor as its slope: p gets q, and q gets p.",
                ),
            ],
        ),
        Answer(
            "dw_by_hand",
            solution=solve_dw_by_hand,
            label="dw, row by row",
            expected=lambda: cnnbook.correlate2d(PIXELS, DY),
            kind=np.ndarray,
            right="dy slides over the input like a kernel.",
            hint="lay dy on the four patches of the input, multiply and sum.",
            hints=[
                Mistake(
                    lambda: cnnbook.convolve2d(PIXELS, DY),
                    "you turned dy by 180 degrees. That belongs to the input's gradient.",
                ),
                Mistake(
                    lambda: cnnbook.correlate2d(PIXELS, np.abs(DY)),
                    "the sign of an entry of dy got lost.",
                ),
                Mistake(
                    lambda: cnnbook.correlate2d(PIXELS, DY) / 4,
                    "this is the mean over the positions. The sum is asked for.",
                ),
                Mistake(
                    lambda: PIXELS[:2, :2] * DY,
                    "these are the products for one entry of dw. Their sum is that entry.",
                ),
                Mistake(
                    lambda: cnnbook.correlate2d(PIXELS, DY).T,
                    "rows and columns are exchanged.",
                ),
            ],
        ),
        Answer(
            "dx_by_hand",
            solution=solve_dx_by_hand,
            label="dx, row by row",
            expected=stamps,
            kind=np.ndarray,
            right="each output lays its gradient times the kernel on the patch that it read.",
            hint=(
                "lay 1 times the kernel on the top left patch, −1 times the kernel on the bottom "
                "right patch, and add where they overlap."
            ),
            hints=[
                Mistake(
                    lambda: stamps(KERNEL[::-1, ::-1].copy()),
                    "the kernel lies the wrong way round: a stamp is the kernel as it is.",
                ),
                Mistake(
                    lambda: np.array([[1, 2, 0], [3, -1, -2], [0, -3, -4]]),
                    "in the centre the second stamp has replaced the first. Add them.",
                ),
                Mistake(
                    lambda: np.array([[1, 2, 0], [3, 5, 2], [0, 3, 4]]),
                    "the sign of an entry of dy got lost.",
                ),
                Mistake(
                    lambda: np.array([[1, 2, 0], [3, 4, 0], [0, 0, 0]]),
                    "the stamp of the bottom right output is missing.",
                ),
                Mistake(
                    lambda: CORNERS * KERNEL,
                    "dx has the shape of the input, 3×3.",
                ),
            ],
        ),
        Answer(
            "shape_of_dw",
            solution=solve_shape_of_dw,
            label="Shape of dw",
            expected=shape_of_dw,
            kind=tuple,
            right="a gradient has the shape of what it is the gradient of, here of w[f, c, u, v].",
            hint="which array is it the gradient of, and what are that array's four axes?",
            hints=[
                Mistake(
                    lambda: (8, 10, 32, 32),
                    "this is the shape of the output and of dy.",
                ),
                Mistake(lambda: (8, 3, 32, 32), "this is the shape of the input and of dx."),
                Mistake(
                    lambda: (3, 10, 5, 5),
                    "kernels come first, the channels that each of them sees second.",
                ),
                Mistake(
                    lambda: (8, 10, 3, 5, 5),
                    "the batch is summed over: all images share the weights.",
                ),
                Mistake(
                    lambda: (10, 5, 5),
                    "each kernel has a slice for each channel of the input.",
                ),
            ],
        ),
        Answer(
            "tie_and_overlap",
            solution=solve_tie_and_overlap,
            label="dx, row by row",
            expected=lambda: cnnbook.max_pool2d_backward(
                np.array([[[3, 5]]]), TIED[None], 2, stride=1
            )[0],
            kind=np.ndarray,
            right="both windows have the same first maximum, and what it receives is added up.",
            hint=(
                "write down each window, row by row, and find its first 7. A pixel that wins "
                "twice receives both numbers."
            ),
            hints=[
                Mistake(
                    lambda: np.array([[0, 3, 5], [0, 0, 0]]),
                    "the second window is 7 7 / 7 0. Its first 7 is not in the last column.",
                ),
                Mistake(
                    lambda: np.array([[0, 5, 0], [0, 0, 0]]),
                    "one pixel wins both windows, and the first gradient got lost.",
                ),
                Mistake(
                    lambda: np.array([[0, 8, 5], [0, 8, 0]]),
                    "every 7 got the whole gradient. Only one pixel of each window does.",
                ),
                Mistake(
                    lambda: np.array([[0, 1.5 + 5 / 3, 5 / 3], [0, 1.5 + 5 / 3, 0]]),
                    "this splits the gradient among the ties, as amax does. max_pool2d chooses.",
                ),
                Mistake(
                    lambda: np.array([[0, 0, 0], [0, 8, 0]]),
                    "this is the last 7 of each window in reading order, not the first.",
                ),
            ],
        ),
        Implement(
            "my_weight_gradient",
            solution=(solved_weight_gradient,),
            reference=my_weight_gradient,
            cases=fixed_weights,
            generate=weights_case,
            right="Every position of every image adds its patch, times dy.",
            hint="dw[f] is the sum of dy[n, f, i, j] times the patch x[n, :, …] of output (i, j).",
            mistakes=[
                Mistake(
                    lambda dy, x, k, stride: my_weight_gradient(dy[:1], x[:1], k, stride),
                    "only the first image counted. The sum goes over the batch too.",
                ),
                Mistake(
                    lambda dy, x, k, stride: my_weight_gradient(dy, x, k, stride) / len(x),
                    "you divided by the number of images. The loss does that, not the layer.",
                ),
                Mistake(
                    lambda dy, x, k, stride: my_weight_gradient(dy, x, k, stride)[:, :, ::-1, ::-1],
                    "the result is turned by 180 degrees. dw needs no flip.",
                ),
                Mistake(
                    lambda dy, x, k, stride: my_weight_gradient(dy[-1:], x[-1:], k, stride),
                    "only the last image counted. The sum goes over the batch too: begin with "
                    "zeros once, before the loop.",
                ),
                Mistake(
                    not_cropped,
                    "your dw is larger than the kernel: pixels that no window read are left over. "
                    "Only offsets 0 to k − 1 belong to it.",
                ),
                Mistake(last_patch_only, "add the terms up: use += and not =."),
                Mistake(one_by_one, "output (i, j) read the patch that starts at stride · i."),
                Mistake(
                    lambda dy, x, k, stride: my_weight_gradient(dy, x, k, stride).swapaxes(0, 1),
                    "kernels come first, channels second: (F, C, k, k).",
                ),
            ],
        ),
        Implement(
            "my_input_gradient",
            solution=(solved_input_gradient,),
            reference=my_input_gradient,
            cases=fixed_inputs,
            generate=inputs_case,
            right="Each output lays dy times its kernel on its patch, and overlaps add up.",
            hint="add dy[f, i, j] · w[f] to dx[:, …], onto the patch that output (i, j) read.",
            mistakes=[
                Mistake(
                    lambda dy, w, size, stride: my_input_gradient(
                        dy, w[:, :, ::-1, ::-1], size, stride
                    ),
                    "your kernel is turned. Laid down as a stamp it stays as it is; the flip "
                    "belongs to the form with a frame of zeros.",
                ),
                Mistake(overwritten, "where patches overlap, add: use += and not =."),
                Mistake(
                    lambda dy, w, size, stride: my_input_gradient(dy, w, size, 1),
                    "output (i, j) read the patch that starts at stride · i.",
                ),
                Mistake(
                    lambda dy, w, size, stride: my_input_gradient(dy[:1], w[:1], size, stride),
                    "only the first kernel sent something back. All kernels read the input.",
                ),
                Mistake(
                    lambda dy, w, size, stride: my_input_gradient(dy[-1:], w[-1:], size, stride),
                    "only the last kernel sent something back: begin with zeros once, and add.",
                ),
                Mistake(
                    as_small_as_the_windows,
                    "dx has the input's size, `size`: pixels that no window reads are in it, with "
                    "a gradient of 0.",
                ),
                Mistake(
                    lambda dy, w, size, stride: my_input_gradient(dy, w, size[::-1], stride),
                    "height and width of `size` are exchanged: the height comes first.",
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the kernel are exchanged: w is (F, C, K_H, K_W).",
                ),
            ],
        ),
        Implement(
            "my_max_pool_backward",
            solution=(solved_max_pool_backward,),
            reference=my_max_pool_backward,
            cases=fixed_pooling,
            generate=pooling.pooling_case,
            right="Each gradient goes to the first maximum of its window.",
            hint="find the window of output (i, j), its first maximum, and add dy[i, j] there.",
            mistakes=[
                Mistake(
                    pooling.routing(pooling.to_every_maximum),
                    "pixels that tie all got the whole gradient. Only the first one does.",
                ),
                Mistake(
                    pooling.routing(pooling.split_evenly),
                    "you split the gradient among ties, as amax does. max_pool2d takes the first.",
                ),
                Mistake(
                    pooling.routing(pooling.to_last),
                    "a tie went to the last maximum. The first one gets it.",
                ),
                Mistake(
                    pooling.routing(pooling.to_first, add=False),
                    "a pixel that wins several windows receives the sum: use += and not =.",
                ),
                *pooling.MISTAKES,
                Mistake(mean_instead, "this is the gradient of mean pooling."),
                Mistake(
                    pooling.routing(lambda window: np.ones(window.shape)),
                    "every pixel receives all of it here: this is sum pooling's gradient.",
                ),
                Mistake(
                    lambda dy, x, k, stride: my_max_pool_backward(np.ones_like(dy), x, k, stride),
                    "this counts how often each pixel wins. Send the output's gradient instead.",
                ),
            ],
        ),
        Answer(
            "tied_gradient",
            solution=solve_tied_gradient,
            expected=tied_gradient,
            kind=np.ndarray,
            label="Four pixels, row by row",
            right="the first maximum in row-major order takes all of it, as in PyTorch.",
            hint="one pixel of the window receives everything. Read row by row: which comes first?",
            hints=[
                Mistake(
                    lambda: ARRIVING * pooling.split_evenly(THREE_SEVENS),
                    "an even split is the rule of PyTorch's `amax`, not of max pooling.",
                ),
                Mistake(
                    lambda: ARRIVING * pooling.to_every_maximum(THREE_SEVENS),
                    "this hands out three times what arrived. Max pooling picks one pixel.",
                ),
                Mistake(
                    lambda: ARRIVING * pooling.to_last(THREE_SEVENS),
                    "this is the last maximum. The first in row-major order wins.",
                ),
                Mistake(
                    lambda: ARRIVING * pooling.equal_shares(THREE_SEVENS),
                    "equal shares for all pixels: this is the gradient of mean pooling.",
                ),
            ],
        ),
        Answer(
            "overlapping_gradient",
            solution=solve_overlapping_gradient,
            expected=overlapping_gradient,
            kind=np.ndarray,
            label="Five gradients",
            right="the 5 wins two windows and receives the sum of their pooling.",
            hint="find the winner of each of the three windows, then add up what it receives.",
            hints=[
                Mistake(
                    lambda: np.array([0.0, 10.0, 0.0, 100.0, 0.0]),
                    "the 5 wins two windows: the second gradient is added, it does not replace the "
                    "first.",
                ),
                Mistake(
                    lambda: np.array([0.0, 1.0, 0.0, 100.0, 0.0]),
                    "the 5 wins two windows, and receives the gradients of both.",
                ),
                Mistake(
                    lambda: cnnbook.avg_pool2d_backward(
                        THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1
                    )[0, 0],
                    "these are equal shares: the gradient of mean pooling.",
                ),
                Mistake(
                    lambda: cnnbook.sum_pool2d_backward(
                        THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1
                    )[0, 0],
                    "every pixel of a window receives all of it here: this is sum pooling.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
