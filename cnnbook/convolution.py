"""Convolution as networks use it, on NumPy arrays, with PyTorch's arguments and answers.

Here stand the definitions of what is computed and the checks; how it is computed fast is the
matter of `cnnbook.engine`.
"""

from __future__ import annotations

import numpy as np

from cnnbook import engine
from cnnbook.arguments.checks import Array, Size
from cnnbook.arguments.convolution import (
    PaddingMode,
    check_convolution,
    check_convolution_backward,
)

Gradients = tuple[Array | None, Array, Array]


@np.errstate(all="ignore")  # infinities meet silently, as in torch
def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:
    """Slide kernels over images: cross-correlation, as in `torch.nn.functional.conv2d`.

    y[n, f, i, j] = bias[f] + Σ_c Σ_u Σ_v x_pad[n, c, s·i + d·u, s·j + d·v] · weight[f, c, u, v]

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        float32, float64 or int64; all arrays of a call share the dtype.
    weight : array of shape (C_out, C/groups, K_H, K_W)
    bias : array of shape (C_out,), optional
    stride, dilation : int or (height, width)
        Pixels from one window to the next, and from one tap of the kernel to the next.
    padding : int, (height, width), "same" or "valid"
        Pixels added on each side. "same" keeps the size and needs stride 1; an uneven total
        has its extra pixel on the right and below.
    groups : int
        The channels are split into so many groups that do not see each other.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What the padding holds (see `cnnbook.pad`).

    Returns
    -------
    array of shape (N, C_out, H_out, W_out), without N for an unbatched `x`
        H_out = ⌊(H + 2p − d(K_H − 1) − 1) / s⌋ + 1, and W_out likewise.

    Raises
    ------
    ValueError
        If shapes do not fit each other, the kernel is larger than the padded input, or an
        argument has an impossible value.
    TypeError
        For anything but NumPy arrays of one allowed dtype, integers and known words.

    Notes
    -----
    N·H_out·W_out·C_out·C/groups·K_H·K_W multiplications. Where that takes longer, with kernels of
    some 150 taps or more, finite floats go by the Fourier transform. It mixes all pixels, so that
    its rounding is not relative to each output, but to √Σx² · √Σweight² of an image and a kernel:
    1e-15 of that (5e-7 in float32) may stand where torch has an exact zero, and one huge pixel
    costs the others digits.

    The zeros of a padding are multiplied like other pixels: beside an infinite weight they give
    NaN. So does torch in float64; in float32 it may leave them out.

    An `x` without channels gives sums of nothing: zeros, and the bias. (PyTorch 2 answers with
    no output channels at all, which its own formula does not say.)

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 1, 3, 3)
    >>> weight = np.arange(4).reshape(1, 1, 2, 2)
    >>> conv2d(x, weight)
    array([[[[19, 25],
             [37, 43]]]])
    """
    a = check_convolution(
        "conv2d", x, weight, bias, stride, padding, dilation, groups, padding_mode
    )
    y = engine.forward(x if x.ndim == 4 else x[None], weight, bias, a)
    return y.reshape(*x.shape[:-3], len(weight), *a.out)


@np.errstate(all="ignore")
def conv2d_backward(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
    *,
    need_input_grad: bool = True,
) -> Gradients:
    """Return the gradients of `conv2d` with respect to its input, weight and bias.

    With dy for `grad_output`, the weight's gradient correlates x with dy,
    dw[f, c, u, v] = Σ_n Σ_i Σ_j dy[n, f, i, j] · x_pad[n, c, s·i + d·u, s·j + d·v];
    the input's adds dy[n, f, i, j] · weight[f, c, u, v] onto the pixel that it was multiplied
    with; the bias' is dy summed over images and positions.

    Parameters
    ----------
    grad_output : array of the shape of the output
        The gradient of the loss with respect to the output of `conv2d`.
    x, weight, stride, padding, dilation, groups, padding_mode
        As given to `conv2d`.
    need_input_grad : bool
        False skips the gradient of `x`, which the first layer of a network does not need.

    Returns
    -------
    grad_input : array of the shape of `x`, or None without `need_input_grad`
    grad_weight : array of the shape of `weight`
    grad_bias : array of shape (C_out,)

    Raises
    ------
    ValueError, TypeError
        As `conv2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> weight = np.arange(4.0).reshape(1, 1, 2, 2)
    >>> grad_input, grad_weight, grad_bias = conv2d_backward(np.ones((1, 1, 2, 2)), x, weight)
    >>> grad_input
    array([[[[0., 1., 1.],
             [2., 6., 4.],
             [2., 5., 3.]]]])
    >>> grad_weight
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    a = check_convolution_backward(
        "conv2d_backward",
        grad_output,
        x,
        weight,
        stride,
        padding,
        dilation,
        groups,
        padding_mode,
        need_input_grad,
    )
    images = x if x.ndim == 4 else x[None]
    dy = grad_output if x.ndim == 4 else grad_output[None]
    grad_input = None
    if need_input_grad:
        pixels = images.shape[-2:]
        grad_input = engine.input_gradient(dy, weight, a, pixels)
        grad_input = grad_input.reshape(x.shape)
    grad_weight = engine.weight_gradient(dy, images, a)
    return grad_input, grad_weight, engine.bias_gradient(dy)


@np.errstate(all="ignore")
def conv1d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:
    """Slide kernels along sequences, as in `torch.nn.functional.conv1d`.

    It is `conv2d` on images of height 1.

    Parameters
    ----------
    x : array of shape (N, C, L) or (C, L)
    weight : array of shape (C_out, C/groups, K)
    bias : array of shape (C_out,), optional
    stride, padding, dilation, groups, padding_mode
        As in `conv2d`, for the one axis.

    Returns
    -------
    array of shape (N, C_out, L_out), without N for an unbatched `x`
        L_out = ⌊(L + 2p − d(K − 1) − 1) / s⌋ + 1.

    Raises
    ------
    ValueError, TypeError
        As `conv2d`.

    Examples
    --------
    >>> x = np.array([[[0, 0, 1, 1, 0, 0]]])
    >>> conv1d(x, np.array([[[1, -1]]]))  # an edge detector
    array([[[ 0, -1,  0,  1,  0]]])
    """
    a = check_convolution(
        "conv1d", x, weight, bias, stride, padding, dilation, groups, padding_mode, axes=1
    )
    images = x[:, :, None] if x.ndim == 3 else x[None, :, None]
    y = engine.forward(images, weight[:, :, None], bias, a)
    return y.reshape(*x.shape[:-2], len(weight), a.out[1])


@np.errstate(all="ignore")
def conv1d_backward(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
    *,
    need_input_grad: bool = True,
) -> Gradients:
    """Return the gradients of `conv1d` with respect to its input, weight and bias.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, weight, stride, padding, dilation, groups, padding_mode
        As given to `conv1d`.
    need_input_grad : bool
        False skips the gradient of `x`.

    Returns
    -------
    grad_input : array of the shape of `x`, or None without `need_input_grad`
    grad_weight : array of the shape of `weight`
    grad_bias : array of shape (C_out,)

    Raises
    ------
    ValueError, TypeError
        As `conv1d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> x = np.array([[[1.0, 2.0, 3.0]]])
    >>> conv1d_backward(np.ones((1, 1, 2)), x, np.array([[[1.0, -1.0]]]))[0]
    array([[[ 1.,  0., -1.]]])
    """
    a = check_convolution_backward(
        "conv1d_backward",
        grad_output,
        x,
        weight,
        stride,
        padding,
        dilation,
        groups,
        padding_mode,
        need_input_grad,
        axes=1,
    )
    images = x[:, :, None] if x.ndim == 3 else x[None, :, None]
    dy = grad_output[:, :, None] if x.ndim == 3 else grad_output[None, :, None]
    grad_input = None
    if need_input_grad:
        size = (1, x.shape[-1])
        grad_input = engine.input_gradient(dy, weight[:, :, None], a, size).reshape(x.shape)
    grad_weight = engine.weight_gradient(dy, images, a)[:, :, 0]
    return grad_input, grad_weight, engine.bias_gradient(dy)
