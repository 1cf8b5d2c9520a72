"""Convolution as networks use it, on NumPy arrays, with PyTorch's arguments and answers."""

from __future__ import annotations

import numpy as np

from cnnbook._checks import Array, Size
from cnnbook._convolution_arguments import PaddingMode, check_convolution
from cnnbook.windows import im2col, widened


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
    images = x if x.ndim == 4 else x[None]
    batch, c_out = len(images), len(weight)
    columns = im2col(widened(images, a.sides, a.pad_mode), a.kernel_size, a.stride, 0, a.dilation)
    columns = columns.reshape(batch, groups, weight[0].size, a.out[0] * a.out[1])
    y = np.matmul(weight.reshape(groups, c_out // groups, weight[0].size), columns)
    y = y.reshape(batch, c_out, *a.out)
    if bias is not None:
        y += bias[:, None, None]
    return y if x.ndim == 4 else y[0]
