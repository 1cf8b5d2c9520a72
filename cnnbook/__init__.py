"""cnnbook: the companion library of a book on convolutional neural networks."""

from cnnbook.convolution import conv2d
from cnnbook.definitions import conv2d_backward_loops, conv2d_loops, convolve2d, correlate2d
from cnnbook.shapes import (
    conv2d_cost,
    conv_output_size,
    conv_transpose_output_size,
    receptive_field,
    same_padding,
    unused_pixels,
)
from cnnbook.windows import col2im, im2col, pad, pad_backward, sliding_windows

__all__ = [
    "col2im",
    "conv2d",
    "conv2d_backward_loops",
    "conv2d_cost",
    "conv2d_loops",
    "conv_output_size",
    "conv_transpose_output_size",
    "convolve2d",
    "correlate2d",
    "im2col",
    "pad",
    "pad_backward",
    "receptive_field",
    "same_padding",
    "sliding_windows",
    "unused_pixels",
]
