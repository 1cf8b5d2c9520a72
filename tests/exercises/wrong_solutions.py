"""Wrong solutions as readers write them, and words of the hint that names their slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook

WRONG: list[tuple[str, Callable[..., Any], str]] = []


def wrong(name: str, words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        WRONG.append((name, function, words))
        return function

    return keep


def pooling_from(start: float) -> Callable[..., Any]:
    def pool(image, kernel_size, stride):
        rows = (image.shape[0] - kernel_size) // stride + 1
        columns = (image.shape[1] - kernel_size) // stride + 1
        out = np.zeros((rows, columns))
        for i in range(rows):
            for j in range(columns):
                best = start
                for a in range(kernel_size):
                    for b in range(kernel_size):
                        if image[i * stride + a, j * stride + b] > best:
                            best = image[i * stride + a, j * stride + b]
                out[i, j] = best
        return out

    return pool


wrong("pooling.my_max_pool2d", "begins at 0, which beats negative pixels")(pooling_from(0))
wrong("pooling.my_max_pool2d", "begins at a number that pixels may lie below")(pooling_from(-100))
wrong("pooling.my_max_pool2d", "begins at a number that pixels may lie below")(pooling_from(-1e9))


def gradient_from(start: float) -> Callable[..., Any]:
    def backward(dy, x, k, stride):
        dx = np.zeros(x.shape)
        for i in range(dy.shape[0]):
            for j in range(dy.shape[1]):
                best, place = start, (i * stride, j * stride)
                for row in range(i * stride, i * stride + k):
                    for column in range(j * stride, j * stride + k):
                        if x[row, column] > best:
                            best, place = x[row, column], (row, column)
                dx[place] += dy[i, j]
        return dx

    return backward


BACKWARDS = "backpropagation.my_max_pool_backward"
for begin in (0, -1, -100):
    wrong(BACKWARDS, "begins at a number that pixels may lie below")(gradient_from(begin))


@wrong(BACKWARDS, "counted within its window")
def without_offset(dy, x, k, stride):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dy.shape):
        window = x[i * stride : i * stride + k, j * stride : j * stride + k]
        dx[np.unravel_index(window.argmax(), window.shape)] += dy[i, j]
    return dx


@wrong(BACKWARDS, "not at i and j")
def offset_without_stride(dy, x, k, stride):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dy.shape):
        window = x[i * stride : i * stride + k, j * stride : j * stride + k]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[i + row, j + column] += dy[i, j]
    return dx


@wrong(BACKWARDS, "an axis too many")
def kept_batch_axis(dy, x, k, stride):
    return cnnbook.max_pool2d_backward(dy[None], x[None], k, stride=stride)


@wrong(BACKWARDS, "its sign got lost")
def absolute_gradient(dy, x, k, stride):
    return abs(cnnbook.max_pool2d_backward(abs(dy[None]), x[None], k, stride=stride)[0])


@wrong("backpropagation.my_weight_gradient", "larger than the kernel")
def never_cropped(dy, x, k, stride):
    n, f, rows, columns = dy.shape
    spread = np.zeros((n, f, stride * (rows - 1) + 1, stride * (columns - 1) + 1))
    spread[:, :, ::stride, ::stride] = dy
    height, width = x.shape[2] - spread.shape[2] + 1, x.shape[3] - spread.shape[3] + 1
    dw = np.zeros((f, x.shape[1], height, width))
    for a in range(height):
        for b in range(width):
            patch = x[:, :, a : a + spread.shape[2], b : b + spread.shape[3]]
            dw[:, :, a, b] = np.einsum("nfij,ncij->fc", spread, patch)
    return dw


@wrong("backpropagation.my_weight_gradient", "only the last image counted")
def only_the_last_image(dy, x, k, stride):
    for n in range(len(dy)):
        dw = np.zeros((dy.shape[1], x.shape[1], k, k))
        for f, i, j in np.ndindex(dy.shape[1:]):
            top, left = stride * i, stride * j
            dw[f] += dy[n, f, i, j] * x[n, :, top : top + k, left : left + k]
    return dw


@wrong("backpropagation.my_weight_gradient", "signs got lost")
def absolute_weights(dy, x, k, stride):
    dw = np.zeros((dy.shape[1], x.shape[1], k, k))
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        dw[f] += dy[n, f, i, j] * x[n, :, top : top + k, left : left + k]
    return np.abs(dw)


@wrong("backpropagation.my_input_gradient", "has the input's size, `size`")
def ignored_size(dy, w, size, stride):
    k_h, k_w = w.shape[2:]
    height, width = stride * (dy.shape[1] - 1) + k_h, stride * (dy.shape[2] - 1) + k_w
    dx = np.zeros((w.shape[1], height, width))
    for f, i, j in np.ndindex(dy.shape):
        top, left = stride * i, stride * j
        dx[:, top : top + k_h, left : left + k_w] += dy[f, i, j] * w[f]
    return dx


@wrong("backpropagation.my_input_gradient", "height and width of the kernel are exchanged")
def input_gradient_sides_swapped(dy, w, size, stride):
    dx = np.zeros((w.shape[1], *size))
    for f, i, j in np.ndindex(dy.shape):
        patch = dx[:, stride * i : stride * i + w.shape[3], stride * j : stride * j + w.shape[2]]
        patch += w[f] * dy[f, i, j]
    return dx


@wrong("channels.my_conv2d", "height and width of the kernel seem to be swapped")
def channels_sides_swapped(x, weight, bias):
    k_w, k_h = weight.shape[2:]
    out = np.zeros((len(weight), x.shape[1] - k_h + 1, x.shape[2] - k_w + 1))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = (weight * x[:, i : i + k_h, j : j + k_w]).sum(axis=(1, 2, 3)) + bias
    return out


@wrong("channels.my_conv2d", "an axis too many")
def channels_kept_batch_axis(x, weight, bias):
    return cnnbook.conv2d(x[None], weight, bias)


@wrong("convolution.my_correlate2d", "height and width of the kernel seem to be swapped")
def correlation_sides_swapped(image, kernel):
    width, height = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    out = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            out[i][j] = float((kernel * image[i : i + height, j : j + width]).sum())
    return out


@wrong("convolution.my_correlate2d", "behind the decimal point")
def correlation_of_integers(image, kernel):
    height, width = kernel.shape
    out = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1), dtype=int)
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + height, j : j + width] * kernel).sum()
    return out


@wrong("padding_and_stride.my_conv", "height and width of the kernel seem to be swapped")
def padded_sides_swapped(image, kernel, stride, padding):
    framed = np.pad(image, padding)
    w, h = kernel.shape
    rows = range(0, framed.shape[0] - h + 1, stride[0])
    columns = range(0, framed.shape[1] - w + 1, stride[1])
    return [[(framed[i : i + h, j : j + w] * kernel).sum() for j in columns] for i in rows]


def adam(eps: float, inside: bool = False, guarded: bool = False) -> Callable[..., Any]:
    def step(w, gradients, lr):
        m, v = 0 * w, 0 * w
        for t, g in enumerate(gradients, start=1):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            root = np.sqrt(v_hat + eps) if inside else np.sqrt(v_hat) + eps
            if guarded:
                root = np.where(root > 0, root, 1)
            with np.errstate(invalid="ignore"):
                w = w - lr * m_hat / root
        return w

    return step


wrong("losses_and_optimisers.my_adam", "eps is missing")(adam(0))
wrong("losses_and_optimisers.my_adam", "eps is missing")(adam(0, guarded=True))
wrong("losses_and_optimisers.my_adam", "eps is added to the square root")(adam(1e-8, inside=True))


def network(flatten: Callable[[Any], Any]) -> Callable[..., Any]:
    def forward(x, w1, b1, w2, b2, w3, b3):
        x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w1, b1), 2))
        x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w2, b2), 2))
        return cnnbook.linear(flatten(x), w3, b3)

    return forward


FORWARD = "simple_cnn.my_forward"
wrong(FORWARD, "mean of each map")(network(lambda x: x.mean(axis=(2, 3))))
wrong(FORWARD, "channels come first")(
    network(lambda x: x.transpose(0, 2, 3, 1).reshape(len(x), -1))
)
wrong(FORWARD, "along the rows")(network(lambda x: x.transpose(0, 1, 3, 2).reshape(len(x), -1)))
wrong(FORWARD, "batch's axis is lost")(network(lambda x: x.reshape(-1)))


def match_from(start: float) -> Callable[..., Any]:
    def match(x, weight, bias):
        best = np.full(len(weight), float(start))
        for i in range(x.shape[1] - weight.shape[2] + 1):
            response = (weight * x[:, i : i + weight.shape[2]]).sum(axis=(1, 2)) + bias
            best = np.maximum(best, response)
        return best

    return match


wrong("uses_sequences.my_best_match", "does your search begin at 0?")(match_from(0))
wrong("uses_sequences.my_best_match", "number that responses may lie below")(match_from(-100))


@wrong("what_a_network_sees.my_occlusion_map", "you hide one pixel at each place")
def occlusion_without_size(image, weight, size):
    height, width = image.shape
    scores = np.empty((height, width))
    for i, j in np.ndindex(height, width):
        hidden = image.copy()
        hidden[i, j] = 0
        scores[i, j] = (weight * hidden).sum()
    return scores


@wrong("uses_sequences.my_spectrogram", "They start `hop` apart")
def pieces_side_by_side(sound, size, hop):
    return np.abs(np.fft.rfft(sound[: len(sound) // size * size].reshape(-1, size))).T


@wrong("uses_pictures_and_spectra.my_index", "Convert the bands to floats first")
def index_in_the_file_s_numbers(scene, a, b):
    with np.errstate(all="ignore"):
        return np.nan_to_num((scene[a] - scene[b]) / (scene[a] + scene[b]), posinf=0)


@wrong("uses_pictures_and_spectra.my_index", "0/0 is no number")
def index_of_black(scene, a, b):
    one, other = scene[a].astype(float), scene[b].astype(float)
    with np.errstate(all="ignore"):
        return (one - other) / (one + other)


@wrong("gpu.my_average", "a mean of means")
def mean_of_means(gradients, counts):
    return gradients.mean(axis=0)


@wrong("gpu.my_int8", "a row of zeros divides 0 by 0")
def no_step_for_zeros(weight):
    step = np.abs(weight).max(axis=1, keepdims=True) / 127
    with np.errstate(invalid="ignore"):
        return np.round(weight / step) * step


@wrong("gpu.my_int8", "take absolute values first")
def signed_largest(weight):
    step = weight.max(axis=1, keepdims=True) / 127
    return np.round(weight / step) * step


@wrong("limits.my_fgsm", "keep the gradient's sign")
def always_uphill(x, gradient, epsilon):
    return np.clip(x + epsilon * (gradient != 0), 0, 1)


@wrong("limits.my_shift", "comes in on the other")
def rolled(image, down, right):
    return np.roll(np.roll(image, down, axis=0), right, axis=1)


@wrong("little_data.my_class_means", "whichever comes first")
def means_by_appearance(features, labels, n_classes):
    return np.array([features[labels == k].mean(0) for k in dict.fromkeys(labels.tolist())])


@wrong("little_data.my_class_means", "not by all")
def means_over_all(features, labels, n_classes):
    return np.array([(features * (labels == k)[:, None]).mean(0) for k in range(n_classes)])


@wrong("little_data.my_step", "a gradient of 0 does not freeze")
def frozen_by_a_gradient_of_zero(weight, gradient, velocity, lr, momentum, decay, frozen):
    if frozen:
        gradient = np.zeros_like(gradient)
    velocity = momentum * velocity + gradient + decay * weight
    return weight - lr * velocity, velocity


@wrong("training_in_practice.my_paired", "divide the squares by n − 1")
def numpys_own_spread(a, b):
    gain = np.asarray(a - b)
    return gain.mean(), np.std(gain) / len(gain) ** 0.5


@wrong("training_in_practice.my_rate", "begins when the warm-up ends")
def cosine_from_the_start(step, steps, warmup, top):
    if step < warmup:
        return top * (step + 1) / warmup
    return top / 2 * (1 + np.cos(np.pi * step / steps))


@wrong("simple_cnn.my_confusion", "a class that does not occur")
def as_many_as_occur(targets, predictions, classes):
    classes = max([*targets, *predictions], default=0) + 1
    result = np.zeros((classes, classes), dtype=int)
    for t, p in zip(targets, predictions, strict=True):
        result[t, p] += 1
    return result


@wrong("relatives.my_conv_transpose1d", "where copies overlap")
def copies_replaced(x, kernel, stride):
    out = np.zeros(stride * (len(x) - 1) + len(kernel))
    for i in range(len(x)):
        out[i * stride : i * stride + len(kernel)] = x[i] * kernel
    return out


@wrong("relatives.my_separable", "an axis too many")
def separable_kept_batch_axis(x, depthwise, pointwise):
    maps = cnnbook.conv2d(x[None], depthwise[:, None], groups=len(x))
    return np.einsum("fc,nchw->nfhw", pointwise, maps)


@wrong("signals_through_depth.my_batch_norm", "divides by n − 1")
def unbiased_batch_norm(x, weight, bias, eps):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        channel = x[:, c]
        y[:, c] = (channel - channel.mean()) / np.sqrt(channel.var(ddof=1) + eps)
    return weight[:, None, None] * y + bias[:, None, None]


@wrong("signals_through_depth.my_group_norm", "lie side by side")
def channels_from_all_over(x, groups, eps):
    y = np.empty_like(x)
    for g in range(groups):
        part = x[:, g::groups]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, g::groups] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y


@wrong("signals_through_depth.my_batch_norm", "keepdims=True")
def averages_that_meet_columns(x, weight, bias, eps):
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
    return (x - mean) / (variance + eps) ** 0.5 * weight + bias


@wrong("training_in_practice.my_rate", "only steps − warmup steps are left")
def cosine_that_is_too_long(step, steps, warmup, top):
    if step < warmup:
        return top * (step + 1) / warmup
    return top / 2 * (1 + np.cos(np.pi * (step - warmup) / steps))


@wrong("training_in_practice.my_rate", "your last step has a rate of 0")
def cosine_that_ends_a_step_early(step, steps, warmup, top):
    if step < warmup:
        return top * (step + 1) / warmup
    angles = np.linspace(0, np.pi, steps - warmup)
    return top / 2 * (1 + np.cos(angles[step - warmup]))


@wrong("training_in_practice.my_rate", "a quarter of a wave")
def sine_of_what_is_left(step, steps, warmup, top):
    if step < warmup:
        return top * (step + 1) / warmup
    return top * np.sin(np.pi / 2 * (steps - step) / (steps - warmup))


def gates(x, w1, b1, w2, b2):
    hidden = (w1 @ x.mean((1, 2)) + b1).clip(0)
    return 1 / (1 + np.exp(-(w2 @ hidden) - b2))


@wrong("architectures.my_gate", "beside the columns")
def gates_of_columns(x, *weights):
    return x * gates(x, *weights)


@wrong("architectures.my_gate", "you add the gates")
def gates_that_are_added(x, *weights):
    return x + gates(x, *weights)[:, None, None]


@wrong("architectures.my_patches", "this is still a map")
def patches_as_a_map(image, weight, bias):
    return cnnbook.conv2d(image[None], weight, bias, stride=weight.shape[-1])[0]


@wrong("architectures.my_patches", "the order in which they lie")
def patches_by_reshape(image, weight, bias):
    count, channels, size, _ = weight.shape
    rows, columns = image.shape[1] // size, image.shape[2] // size
    image = image[:, : size * rows, : size * columns]
    rows_of_numbers = image.reshape(rows * columns, channels * size**2)
    return rows_of_numbers @ weight.reshape(count, -1).T + bias


@wrong("little_data.my_class_means", "one number for each class")
def one_mean_for_each_class(features, labels, n_classes):
    return np.array([features[labels == k].mean() for k in range(n_classes)])


@wrong("little_data.my_step", "the decay goes into it, too")
def decay_of_the_weight_alone(weight, gradient, velocity, lr, momentum, decay, frozen):
    if frozen:
        return weight, velocity
    velocity = momentum * velocity + gradient
    return weight - lr * (velocity + decay * weight), velocity


@wrong("little_data.my_step", "the weight comes first")
def velocity_first(weight, gradient, velocity, lr, momentum, decay, frozen):
    if frozen:
        return velocity, weight
    velocity = momentum * velocity + gradient + decay * weight
    return velocity, weight - lr * velocity


@wrong("why_a_layer_is_slow.my_work", "the weights have to be read")
def work_of_maps(c_in, c_out, kernel_size, side, groups):
    macs = c_out * (c_in // groups) * kernel_size**2 * side**2
    return macs, 4 * (c_in + c_out) * side**2


@wrong("why_a_layer_is_slow.my_seconds", "compared for the sums")
def seconds_of_totals(layers, peak, bandwidth):
    macs, moved = np.sum(layers, axis=0)
    return max(macs / peak, moved / bandwidth)


@wrong("why_a_layer_is_slow.my_four_products", "half of their taps' sum")
def products_without_halves(x, w):
    sums = np.array([x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]])
    return sums * np.array([w[0], w.sum(), w[0] - w[1] + w[2], w[2]], x.dtype)
