"""Right solutions of every exercise that asks for a function, written as a reader writes them.

They are loops where the exercise is about loops, and know nothing of the checker's references:
each must be accepted, and mutants of each must not (test_mutants.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.data import letters
from cnnbook.detection import box_iou

SOLUTIONS: dict[str, Callable[..., Any]] = {}


def solves(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        SOLUTIONS[name] = function
        return function

    return keep


@solves("activations_and_head.my_softmax")
def softmax(z):
    result = np.empty(z.shape)
    for i in range(len(z)):
        exponentials = np.exp(z[i] - z[i].max())
        result[i] = exponentials / exponentials.sum()
    return result


@solves("activations_and_head.merge")
def merge_linear(w1, b1, w2, b2):
    return w2 @ w1, w2 @ b1 + b2


@solves("backpropagation.my_weight_gradient")
def weight_gradient(dy, x, k, stride):
    dw = np.zeros((dy.shape[1], x.shape[1], k, k))
    for n in range(dy.shape[0]):
        for f in range(dy.shape[1]):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    top, left = stride * i, stride * j
                    dw[f] += dy[n, f, i, j] * x[n, :, top : top + k, left : left + k]
    return dw


@solves("backpropagation.my_input_gradient")
def input_gradient(dy, w, size, stride):
    dx = np.zeros((w.shape[1], size[0], size[1]))
    for f in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                for row in range(w.shape[2]):
                    for column in range(w.shape[3]):
                        y, x = stride * i + row, stride * j + column
                        dx[:, y, x] += dy[f, i, j] * w[f, :, row, column]
    return dx


@solves("backpropagation.my_max_pool_backward")
def max_pool_backward(dy, x, k, stride):
    dx = np.zeros(x.shape)
    for i in range(dy.shape[0]):
        for j in range(dy.shape[1]):
            best = -np.inf
            for row in range(stride * i, stride * i + k):
                for column in range(stride * j, stride * j + k):
                    if x[row, column] > best:
                        best, place = x[row, column], (row, column)
            dx[place] += dy[i, j]
    return dx


@solves("channels.my_conv2d")
def conv2d(x, weight, bias):
    c_out, c_in, k_h, k_w = weight.shape
    out = np.zeros((c_out, x.shape[1] - k_h + 1, x.shape[2] - k_w + 1))
    for f in range(c_out):
        for c in range(c_in):
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    out[f, i, j] += (x[c, i : i + k_h, j : j + k_w] * weight[f, c]).sum()
        out[f] += bias[f]
    return out


@solves("channels.parameters")
def parameters(in_channels, out_channels, kernel_size, groups, bias):
    height, width = kernel_size
    count = out_channels * (in_channels // groups) * height * width
    if bias:
        count += out_channels
    return count


@solves("convolution.my_correlate2d")
def correlate2d(image, kernel):
    height, width = kernel.shape
    out = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for a in range(height):
                for b in range(width):
                    out[i, j] += image[i + a, j + b] * kernel[a, b]
    return out


@solves("convolution.is_x")
def is_x(letter):
    features = letters.x_features()
    corners = np.zeros((5, 5), dtype=np.float32)
    corners[0, 0] = corners[4, 4] = 1 / 4
    falling = np.maximum(cnnbook.correlate2d(letter, features["diagonal"]) / 9, 0)
    rising = np.maximum(cnnbook.correlate2d(letter, features["antidiagonal"]) / 9, 0)
    found = cnnbook.correlate2d(falling, corners)
    found = found + cnnbook.correlate2d(rising, corners[:, ::-1].copy())
    return bool(found.max() > 0.7)


@solves("frequencies.my_gain")
def gain(kernel, f):
    gains = []
    for one in f:
        cosines, sines = 0.0, 0.0
        for u in range(len(kernel)):
            cosines += kernel[u] * np.cos(2 * np.pi * one * u)
            sines += kernel[u] * np.sin(2 * np.pi * one * u)
        gains.append(np.sqrt(cosines**2 + sines**2))
    return np.array(gains)


@solves("frequencies.my_fourier")
def by_fourier(x, kernel):
    longer = np.zeros(len(x))
    longer[: len(kernel)] = kernel
    product = np.fft.fft(x) * np.conj(np.fft.fft(longer))
    around = np.real(np.fft.ifft(product))
    return around[: len(x) - len(kernel) + 1]


@solves("frequencies.my_blur_pool")
def blur_pool(x, s):
    around = np.pad(x, 1)
    across = (around[:, :-2] + 2 * around[:, 1:-1] + around[:, 2:]) / 4
    both = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    return both[::s, ::s]


@solves("gpu.my_finish")
def finish(launch, kernels, wait_every):
    host, device = 0, 0
    for i in range(len(kernels)):
        host += launch
        device = max(device, host) + kernels[i]
        if (i + 1) % wait_every == 0:
            host = device
    return device


@solves("gpu.my_int8")
def int8(weight):
    result = np.empty(weight.shape)
    for i in range(len(weight)):
        step = abs(weight[i]).max() / 127 or 1
        result[i] = np.round(weight[i] / step) * step
    return result


@solves("gpu.my_average")
def average(gradients, counts):
    total = np.zeros(gradients.shape[1])
    for i in range(len(counts)):
        total += counts[i] * gradients[i]
    return total / sum(counts)


@solves("images_as_arrays.to_channels_first")
def to_channels_first(images):
    n, height, width, channels = images.shape
    result = np.empty((n, channels, height, width))
    for i in range(n):
        for c in range(channels):
            result[i, c] = images[i, :, :, c]
    return result


@solves("images_as_arrays.pixel_of")
def pixel_of(p, height, width):
    channel = p // (height * width)
    rest = p % (height * width)
    return channel, rest // width, rest % width


@solves("images_as_arrays.centre_crop")
def centre_crop(image, height, width):
    top = (image.shape[1] - height) // 2
    left = (image.shape[2] - width) // 2
    return image[:, top : top + height, left : left + width]


@solves("limits.my_fgsm")
def fgsm(x, gradient, epsilon):
    return np.clip(x + epsilon * np.sign(gradient), 0, 1)


@solves("limits.my_shift")
def shift(image, down, right):
    height, width = image.shape
    result = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                result[row, column] = image[row - down, column - right]
    return result


@solves("little_data.my_class_means")
def class_means(features, labels, n_classes):
    means = np.zeros((n_classes, features.shape[1]))
    for k in range(n_classes):
        count = 0
        for i in range(len(labels)):
            if labels[i] == k:
                means[k] += features[i]
                count += 1
        means[k] /= count
    return means


@solves("little_data.my_step")
def frozen_step(weight, gradient, velocity, lr, momentum, decay, frozen):
    if frozen:
        return weight, velocity
    velocity = momentum * velocity + gradient + decay * weight
    return weight - lr * velocity, velocity


@solves("losses_and_optimisers.my_cross_entropy")
def cross_entropy(logits, targets):
    total = 0
    for i in range(len(targets)):
        largest = logits[i].max()
        total += np.log(np.exp(logits[i] - largest).sum()) + largest - logits[i, targets[i]]
    return total / len(targets)


@solves("losses_and_optimisers.my_adam")
def adam(w, gradients, lr):
    m, v = np.zeros(w.shape), np.zeros(w.shape)
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g * g
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


@solves("one_by_one_convolution.my_conv1x1")
def conv1x1(x, weight, bias):
    n, c_in, height, width = x.shape
    out = np.zeros((n, len(weight), height, width))
    for image in range(n):
        for f in range(len(weight)):
            for c in range(c_in):
                out[image, f] += weight[f, c] * x[image, c]
            out[image, f] += bias[f]
    return out


@solves("one_by_one_convolution.merge")
def merge_pointwise(first, first_bias, second, second_bias):
    return second @ first, second @ first_bias + second_bias


@solves("padding_and_stride.output_size")
def output_size(n, k, s, p, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@solves("padding_and_stride.my_conv")
def conv(image, kernel, stride, padding):
    height, width = kernel.shape
    down, across = stride
    framed = np.zeros((image.shape[0] + 2 * padding, image.shape[1] + 2 * padding))
    framed[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    rows = (framed.shape[0] - height) // down + 1
    columns = (framed.shape[1] - width) // across + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * down, j * across
            out[i, j] = (framed[top : top + height, left : left + width] * kernel).sum()
    return out


@solves("pooling.my_global_mean")
def global_mean(maps):
    out = np.zeros(maps.shape[:2])
    for n in range(maps.shape[0]):
        for c in range(maps.shape[1]):
            for row in maps[n, c]:
                for pixel in row:
                    out[n, c] += pixel / maps[n, c].size
    return out


@solves("pooling.my_max_pool2d")
def max_pool2d(image, kernel_size, stride):
    rows = (image.shape[0] - kernel_size) // stride + 1
    columns = (image.shape[1] - kernel_size) // stride + 1
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            best = image[i * stride, j * stride]
            for a in range(kernel_size):
                for b in range(kernel_size):
                    best = max(best, image[i * stride + a, j * stride + b])
            out[i, j] = best
    return out


@solves("receptive_fields.my_receptive_field")
def receptive_field(layers):
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        field += dilation * (kernel_size - 1) * jump
        jump *= stride
    return field


@solves("receptive_fields.my_pixels")
def pixels(layers, i):
    first, last = i, i
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last


@solves("training_in_practice.my_paired")
def paired(a, b):
    gain = a - b
    mean = sum(gain) / len(gain)
    squares = 0
    for one in gain:
        squares += (one - mean) ** 2
    return mean, np.sqrt(squares / (len(gain) - 1) / len(gain))


@solves("training_in_practice.my_rate")
def rate(step, steps, warmup, top):
    if step < warmup:
        return top * (step + 1) / warmup
    angle = np.pi * (step - warmup) / (steps - warmup)
    return top / 2 * (1 + np.cos(angle))


@solves("relatives.my_conv_transpose1d")
def conv_transpose1d(x, kernel, stride):
    out = np.zeros(stride * (len(x) - 1) + len(kernel))
    for i in range(len(x)):
        for a in range(len(kernel)):
            out[i * stride + a] += x[i] * kernel[a]
    return out


@solves("relatives.my_separable")
def separable(x, depthwise, pointwise):
    k = depthwise.shape[1]
    out = np.zeros((len(pointwise), x.shape[1] - k + 1, x.shape[2] - k + 1))
    for f in range(len(pointwise)):
        for c in range(len(x)):
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    response = (x[c, i : i + k, j : j + k] * depthwise[c]).sum()
                    out[f, i, j] += pointwise[f, c] * response
    return out


@solves("signals_through_depth.my_batch_norm")
def batch_norm(x, weight, bias, eps):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    y = (x - mean) / np.sqrt(variance + eps)
    return weight[:, None, None] * y + bias[:, None, None]


@solves("signals_through_depth.my_group_norm")
def group_norm(x, groups, eps):
    sets = x.reshape(len(x), groups, -1)
    mean = sets.mean(axis=2, keepdims=True)
    variance = sets.var(axis=2, keepdims=True)
    return ((sets - mean) / np.sqrt(variance + eps)).reshape(x.shape)


@solves("simple_cnn.my_sides")
def sides(side, layers):
    result = []
    for kind, k in layers:
        side = side - k + 1 if kind == "conv" else side // k
        result.append(side)
    return result


@solves("simple_cnn.my_confusion")
def confusion(targets, predictions, classes):
    result = np.zeros((classes, classes), dtype=int)
    for i in range(len(targets)):
        result[targets[i], predictions[i]] += 1
    return result


@solves("simple_cnn.my_forward")
def forward(x, w1, b1, w2, b2, w3, b3):
    x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w1, b1), 2))
    x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w2, b2), 2))
    return cnnbook.linear(cnnbook.flatten(x), w3, b3)


@solves("finding_and_outlining.my_nms")
def suppressed(boxes, scores, limit):
    order, kept = list(np.argsort(-scores)), []
    while order:
        best = order.pop(0)
        kept.append(best)
        order = [i for i in order if box_iou(boxes[[best]], boxes[[i]])[0, 0] <= limit]
    return kept


@solves("finding_and_outlining.my_average_precision")
def precision_averaged(hits, scores, n_true):
    ranked = hits[np.argsort(-scores)]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return sum(precision[k:].max() for k in np.flatnonzero(ranked)) / n_true


@solves("uses_images.my_box_of")
def box_of(mask):
    if not mask.any():
        return 0, 0, 0, 0
    rows, columns = np.nonzero(mask)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


@solves("uses_images.my_mean_iou")
def mean_iou(true, predicted, n_classes):
    values = []
    for k in range(n_classes):
        union = ((true == k) | (predicted == k)).sum()
        if union > 0:
            values.append(((true == k) & (predicted == k)).sum() / union)
    return np.mean(values)


@solves("uses_pictures_and_spectra.my_gram")
def gram(maps):
    result = np.zeros((len(maps), len(maps)))
    for c in range(len(maps)):
        for d in range(len(maps)):
            result[c, d] = (maps[c] * maps[d]).mean()
    return result


@solves("uses_pictures_and_spectra.my_index")
def index(scene, a, b):
    one, other = scene[a].astype(np.float64), scene[b].astype(np.float64)
    result = np.zeros(one.shape)
    lit = one + other > 0
    result[lit] = (one - other)[lit] / (one + other)[lit]
    return result


@solves("uses_sequences.my_best_match")
def best_match(x, weight, bias):
    k = weight.shape[2]
    result = []
    for f in range(len(weight)):
        responses = []
        for i in range(x.shape[1] - k + 1):
            responses.append((x[:, i : i + k] * weight[f]).sum() + bias[f])
        result.append(max(responses))
    return np.array(result)


@solves("uses_sequences.my_spectrogram")
def spectrogram(sound, size, hop):
    columns = []
    for start in range(0, len(sound) - size + 1, hop):
        columns.append(np.abs(np.fft.rfft(sound[start : start + size])))
    return np.array(columns).T


@solves("what_a_network_sees.my_occlusion_map")
def occlusion_map(image, weight, size):
    scores = np.empty((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            hidden = image.copy()
            hidden[i : i + size, j : j + size] = 0
            scores[i, j] = (weight * hidden).sum()
    return scores


@solves("what_a_network_sees.my_relu_down")
def relu_down(x, signal, rule):
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        above, below = x[place] > 0, signal[place] > 0
        if rule == "gradient":
            passes = above
        elif rule == "deconvnet":
            passes = below
        else:
            passes = above and below
        if passes:
            result[place] = signal[place]
    return result


@solves("architectures.my_gate")
def gate(x, w1, b1, w2, b2):
    means = x.mean(axis=(1, 2))
    hidden = np.maximum(w1 @ means + b1, 0)
    gates = 1 / (1 + np.exp(-(w2 @ hidden + b2)))
    result = np.empty(x.shape)
    for c in range(len(x)):
        result[c] = gates[c] * x[c]
    return result


@solves("architectures.my_patches")
def patches(image, weight, bias):
    size = weight.shape[2]
    tokens = []
    for i in range(image.shape[1] // size):
        for j in range(image.shape[2] // size):
            row, column = i * size, j * size
            patch = image[:, row : row + size, column : column + size]
            tokens.append([(kernel * patch).sum() for kernel in weight] + bias)
    return np.array(tokens)


@solves("why_a_layer_is_slow.my_work")
def work(c_in, c_out, kernel_size, side, groups):
    places = side * side
    per_output = kernel_size * kernel_size * (c_in // groups)
    macs = places * c_out * per_output
    moved = 4 * (places * c_in + c_out * per_output + places * c_out)
    return macs, moved


@solves("why_a_layer_is_slow.my_seconds")
def seconds(layers, peak, bandwidth):
    return sum(max(macs / peak, moved / bandwidth) for macs, moved in layers)


@solves("why_a_layer_is_slow.my_four_products")
def four_products(x, w):
    even, odd = w[0] + w[2], w[1]
    m1 = (x[0] - x[2]) * w[0]
    m2 = (x[1] + x[2]) * (even + odd) / 2
    m3 = (x[2] - x[1]) * (even - odd) / 2
    m4 = (x[1] - x[3]) * w[2]
    return np.array([m1, m2, m3, m4])
