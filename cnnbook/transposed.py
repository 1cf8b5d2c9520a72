"""Transposed convolution: the adjoint of `conv2d`, used as a layer of its own.

Its forward pass is the input gradient of an ordinary convolution with the same weight, and its
input gradient is that convolution's forward pass. It is not an inverse.
"""

from __future__ import annotations

import numpy as np

from cnnbook import engine
from cnnbook.arguments.checks import Array, Size, check_flag, check_grad_output
from cnnbook.arguments.convolution import Arguments, check_transposed


@np.errstate(all="ignore")
def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Array:
    """Lay a copy of the kernel down for every pixel, weighted by it, and add them up.

    The same as `torch.nn.functional.conv_transpose2d`; upsamples when `stride` > 1.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
    weight : array of shape (C, C_out/groups, K_H, K_W)
        The weight of the convolution that it is the adjoint of: that one has C outputs.
    bias : array of shape (C_out,), optional
    stride, dilation : int or (height, width)
        Pixels of the output from one copy of the kernel to the next, and from tap to tap.
    padding : int or (height, width)
        Pixels *cut off* each side of the output.
    output_padding : int or (height, width)
        Pixels added below and on the right; smaller than the stride or the dilation.
    groups : int

    Returns
    -------
    array of shape (N, C_out, H_out, W_out), without N for an unbatched `x`
        H_out = s(H − 1) + d(K_H − 1) + 1 − 2p + output_padding, and W_out likewise.

    Raises
    ------
    ValueError
        If shapes do not fit each other, nothing is left of the output, or an argument has an
        impossible value.
    TypeError
        For anything but NumPy arrays of one allowed dtype and integers.

    Examples
    --------
    Kernels of width 3 laid down every 2 pixels overlap in one:

    >>> conv_transpose2d(np.ones((1, 1, 3)), np.ones((1, 1, 1, 3)), stride=(1, 2))
    array([[[1., 1., 2., 1., 2., 1., 1.]]])
    """
    a, size = _adjoint_of(
        "conv_transpose2d", x, weight, bias, stride, padding, output_padding, groups, dilation
    )
    y = engine.input_gradient(x if x.ndim == 4 else x[None], weight, a, size)
    if bias is not None:
        y += bias[:, None, None]
    return y.reshape(*x.shape[:-3], *y.shape[1:])


@np.errstate(all="ignore")
def conv_transpose2d_backward(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
    *,
    need_input_grad: bool = True,
) -> tuple[Array | None, Array, Array]:
    """Return the gradients of `conv_transpose2d` with respect to its input, weight and bias.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, weight, stride, padding, output_padding, groups, dilation
        As given to `conv_transpose2d`.
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
        As `conv_transpose2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> x = np.array([[[1.0, 2.0]]])
    >>> weight = np.array([[[[1.0, 10.0]]]])
    >>> conv_transpose2d_backward(np.array([[[1.0, 2.0, 3.0]]]), x, weight)[0]
    array([[[21., 32.]]])
    """
    name = "conv_transpose2d_backward"
    check_flag(name, "need_input_grad", need_input_grad)
    a, size = _adjoint_of(name, x, weight, None, stride, padding, output_padding, groups, dilation)
    c_out = weight.shape[1] * groups
    check_grad_output(name, grad_output, (*x.shape[:-3], c_out, *size), x=x)
    images = x if x.ndim == 4 else x[None]
    dy = grad_output if x.ndim == 4 else grad_output[None]
    grad_input = None
    if need_input_grad:
        grad_input = engine.forward(dy, weight, None, a).reshape(x.shape)
    # What was x for the convolution is grad_output here, and the other way round.
    return grad_input, engine.weight_gradient(images, dy, a), engine.bias_gradient(dy)


def _adjoint_of(
    function: str,
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> tuple[Arguments, tuple[int, int]]:
    """Return the arguments of the convolution whose adjoint is asked for, and its input size."""
    a = check_transposed(
        function, x, weight, bias, stride, padding, output_padding, groups, dilation
    )
    return a._replace(out=x.shape[-2:]), a.out
