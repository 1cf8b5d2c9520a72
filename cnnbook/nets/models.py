"""The networks of the book, written as one would in PyTorch.

Each docstring holds the layer table that `explain` prints; a test holds the two equal. Weights
are PyTorch's own random ones until `initialize` draws them from a seed.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from importlib import resources
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


class Net(nn.Module):
    """The two convolutions of the notes (note 001), with the head that the notes only mention.

    On 1×28×28, 5,046 parameters and 233,464 MACs::

        layer         output   parameters     MACs  receptive field
        conv1         6×26×26          60   36,504              3×3
        relu          6×26×26           0        0              3×3
        max_pool2d    6×13×13           0        0              4×4
        conv2         16×9×9        2,416  194,400            12×12
        relu_1        16×9×9            0        0            12×12
        max_pool2d_1  16×4×4            0        0            14×14
        flatten       256               0        0            14×14
        fc            10            2,570    2,560            26×26
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)  # 1 channel in, 6 out, kernel 3×3
        self.conv2 = nn.Conv2d(6, 16, 5)  # 6 channels in, 16 out, kernel 5×5
        self.fc = nn.Linear(16 * 4 * 4, 10)  # the head: one logit per class

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, 10) of images (N, 1, 28, 28)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(torch.flatten(x, 1))


class _Layers(nn.Sequential):
    """A Sequential whose subclasses have arguments of their own and can still be sliced."""

    def __getitem__(self, index: slice | int) -> Any:
        if isinstance(index, slice):
            # nn.Sequential would call the subclass with the layers as its argument.
            return nn.Sequential(OrderedDict(list(self._modules.items())[index]))
        return super().__getitem__(index)


class SimpleCNN(_Layers):
    """The simple CNN of note 002: two convolutions, two poolings, one linear layer.

    Pooling before ReLU gives the same numbers as after it, with a quarter of the work.

    On 1×28×28, 8,490 parameters and 467,200 MACs::

        layer    output    parameters     MACs  receptive field
        conv1    10×24×24         260  144,000              5×5
        pool1    10×12×12           0        0              6×6
        relu1    10×12×12           0        0              6×6
        conv2    20×8×8         5,020  320,000            14×14
        pool2    20×4×4             0        0            16×16
        relu2    20×4×4             0        0            16×16
        flatten  320                0        0            16×16
        fc       10             3,210    3,200            28×28
    """

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 10, 5),
                pool1=nn.MaxPool2d(2),
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(10, 20, 5),
                pool2=nn.MaxPool2d(2),
                relu2=nn.ReLU(),
                flatten=nn.Flatten(),
                fc=nn.Linear(20 * 4 * 4, 10),
            )
        )

    @classmethod
    def pretrained(cls) -> SimpleCNN:
        """Return the network for 28×28 digits with the weights that ship with the package.

        They were trained on MNIST, values from 0 to 1, distorted, and rounded; the file says how.
        `python -m cnnbook predict` reads pictures with them.
        """
        return _with_stored_weights(cls(), "handwriting")


class FullyConnected(_Layers):
    """Five linear layers, the peer that note 002 compares the simple CNN with.

    On 1×28×28, 575,050 parameters and 574,080 MACs::

        layer    output  parameters     MACs  receptive field
        flatten  784              0        0              1×1
        fc1      512        401,920  401,408            28×28
        relu1    512              0        0            28×28
        fc2      256        131,328  131,072            28×28
        relu2    256              0        0            28×28
        fc3      128         32,896   32,768            28×28
        relu3    128              0        0            28×28
        fc4      64           8,256    8,192            28×28
        relu4    64               0        0            28×28
        fc5      10             650      640            28×28

    Parameters
    ----------
    in_features : int
        Pixels of an image.
    hidden : tuple of int
        Outputs of every linear layer but the last.
    """

    def __init__(
        self, in_features: int = 28 * 28, hidden: tuple[int, ...] = (512, 256, 128, 64)
    ) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        for i, out_features in enumerate(hidden, start=1):
            layers[f"fc{i}"] = nn.Linear(in_features, out_features)
            layers[f"relu{i}"] = nn.ReLU()
            in_features = out_features
        layers[f"fc{len(hidden) + 1}"] = nn.Linear(in_features, 10)
        super().__init__(layers)


class LeNet5(_Layers):
    """LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) as it is usually given today.

    The original connected each of its second convolution's maps to some of the first's only,
    had trainable coefficients in its poolings, and ended in fixed radial basis functions: 60,000
    parameters. Two pixels of padding stand for its 32×32 input.

    On 1×28×28, 61,706 parameters and 416,520 MACs::

        layer    output    parameters     MACs  receptive field
        conv1    6×28×28          156  117,600              5×5
        tanh1    6×28×28            0        0              5×5
        pool1    6×14×14            0        0              6×6
        conv2    16×10×10       2,416  240,000            14×14
        tanh2    16×10×10           0        0            14×14
        pool2    16×5×5             0        0            16×16
        flatten  400                0        0            16×16
        fc1      120           48,120   48,000            32×32
        tanh3    120                0        0            32×32
        fc2      84            10,164   10,080            32×32
        tanh4    84                 0        0            32×32
        fc3      10               850      840            32×32
    """

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 6, 5, padding=2),
                tanh1=nn.Tanh(),
                pool1=nn.AvgPool2d(2),
                conv2=nn.Conv2d(6, 16, 5),
                tanh2=nn.Tanh(),
                pool2=nn.AvgPool2d(2),
                flatten=nn.Flatten(),
                fc1=nn.Linear(16 * 5 * 5, 120),
                tanh3=nn.Tanh(),
                fc2=nn.Linear(120, 84),
                tanh4=nn.Tanh(),
                fc3=nn.Linear(84, 10),
            )
        )


class Exercise10(_Layers):
    """An answer to note 002's exercise 10: three convolutions, three poolings, three linear layers.

    On 1×28×28, 106,058 parameters and 2,001,792 MACs::

        layer    output    parameters     MACs  receptive field
        conv1    16×28×28         160  112,896              3×3
        relu1    16×28×28           0        0              3×3
        pool1    16×14×14           0        0              4×4
        conv2    32×14×14       4,640  903,168              8×8
        relu2    32×14×14           0        0              8×8
        pool2    32×7×7             0        0            10×10
        conv3    64×7×7        18,496  903,168            18×18
        relu3    64×7×7             0        0            18×18
        pool3    64×3×3             0        0            22×22
        flatten  576                0        0            22×22
        fc1      128           73,856   73,728            38×38
        relu4    128                0        0            38×38
        fc2      64             8,256    8,192            38×38
        relu5    64                 0        0            38×38
        fc3      10               650      640            38×38

    Parameters
    ----------
    channels : tuple of three int
        Output channels of the convolutions.
    """

    def __init__(self, channels: tuple[int, int, int] = (16, 32, 64)) -> None:
        c1, c2, c3 = channels
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, c1, 3, padding=1),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(c1, c2, 3, padding=1),
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                conv3=nn.Conv2d(c2, c3, 3, padding=1),
                relu3=nn.ReLU(),
                pool3=nn.MaxPool2d(2),
                flatten=nn.Flatten(),
                fc1=nn.Linear(c3 * 3 * 3, 128),
                relu4=nn.ReLU(),
                fc2=nn.Linear(128, 64),
                relu5=nn.ReLU(),
                fc3=nn.Linear(64, 10),
            )
        )


class SmallFCN(_Layers):
    """A small fully convolutional network: one vector of logits for every pixel.

    Two poolings look at a wider field, two transposed convolutions return to the input's size
    (after Long, Shelhamer and Darrell, 2015, without their skips). Height and width must be
    multiples of 4.

    On 1×32×32, 6,140 parameters and 778,240 MACs::

        layer  output    parameters     MACs  receptive field
        conv1  8×32×32           80   73,728              3×3
        relu1  8×32×32            0        0              3×3
        pool1  8×16×16            0        0              4×4
        conv2  16×16×16       1,168  294,912              8×8
        relu2  16×16×16           0        0              8×8
        pool2  16×8×8             0        0            10×10
        conv3  16×8×8         2,320  147,456            18×18
        relu3  16×8×8             0        0            18×18
        up1    8×16×16        2,056  131,072                –
        relu4  8×16×16            0        0                –
        up2    4×32×32          516  131,072                –

    Parameters
    ----------
    in_channels : int
        Channels of the image.
    n_classes : int
        Logits per pixel, background included.
    """

    def __init__(self, in_channels: int = 1, n_classes: int = 4) -> None:
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(in_channels, 8, 3, padding=1),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(8, 16, 3, padding=1),
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                conv3=nn.Conv2d(16, 16, 3, padding=1),
                relu3=nn.ReLU(),
                up1=nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1),
                relu4=nn.ReLU(),
                up2=nn.ConvTranspose2d(8, n_classes, 4, stride=2, padding=1),
            )
        )


class UNet(nn.Module):
    """A small U-Net (after Ronneberger, Fischer and Brox, 2015): logits for every pixel.

    Down twice by pooling, up twice by a transposed convolution of 2×2. On the way up, each map is
    joined with the map of its size from the way down (the skips), and a convolution mixes the
    two. The original has two convolutions without padding where this has one with padding, and
    four levels. Height and width must be multiples of 4.

    On 1×32×32, 7,968 parameters and 2,432,512 MACs::

        layer         output    parameters       MACs  receptive field
        down1         8×32×32           80     73,728              3×3
        relu          8×32×32            0          0              3×3
        max_pool2d    8×16×16            0          0              4×4
        down2         12×16×16         876    221,184              8×8
        relu_1        12×16×16           0          0              8×8
        max_pool2d_1  12×8×8             0          0            10×10
        bottom        18×8×8         1,962    124,416            18×18
        relu_2        18×8×8             0          0            18×18
        up2           12×16×16         876     55,296                –
        cat           24×16×16           0          0                –
        mix2          12×16×16       2,604    663,552                –
        relu_3        12×16×16           0          0                –
        up1           8×32×32          392     98,304                –
        cat_1         16×32×32           0          0                –
        mix1          8×32×32        1,160  1,179,648                –
        relu_4        8×32×32            0          0                –
        head          2×32×32           18     16,384                –

    Parameters
    ----------
    in_channels : int
        Channels of the image.
    n_classes : int
        Logits per pixel, background included.
    channels : tuple of three int
        Channels at full, half and quarter size.
    skips : bool
        Whether to join the maps. Without, a convolution on the way up sees what comes from below
        alone and has fewer weights: channels (9, 14, 20) without skips have 7,961 parameters.
    """

    def __init__(
        self,
        in_channels: int = 1,
        n_classes: int = 2,
        channels: tuple[int, int, int] = (8, 12, 18),
        skips: bool = True,
    ) -> None:
        super().__init__()
        c1, c2, c3 = channels
        joined = 2 if skips else 1
        self.skips = skips
        self.down1 = nn.Conv2d(in_channels, c1, 3, padding=1)
        self.down2 = nn.Conv2d(c1, c2, 3, padding=1)
        self.bottom = nn.Conv2d(c2, c3, 3, padding=1)
        self.up2 = nn.ConvTranspose2d(c3, c2, 2, stride=2)
        self.mix2 = nn.Conv2d(joined * c2, c2, 3, padding=1)
        self.up1 = nn.ConvTranspose2d(c2, c1, 2, stride=2)
        self.mix1 = nn.Conv2d(joined * c1, c1, 3, padding=1)
        self.head = nn.Conv2d(c1, n_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, classes, H, W) of images (N, channels, H, W)."""
        full = F.relu(self.down1(x))
        half = F.relu(self.down2(F.max_pool2d(full, 2)))
        quarter = F.relu(self.bottom(F.max_pool2d(half, 2)))
        half = F.relu(self.mix2(self._join(self.up2(quarter), half)))
        full = F.relu(self.mix1(self._join(self.up1(half), full)))
        return self.head(full)

    def _join(self, below: Tensor, beside: Tensor) -> Tensor:
        return torch.cat([below, beside], dim=1) if self.skips else below


class TinyCNN(_Layers):
    """The smallest network of the book, for scikit-learn's digits and for the interactive page.

    On 1×8×8, 1,898 parameters and 23,680 MACs::

        layer    output  parameters    MACs  receptive field
        conv1    8×8×8           80   4,608              3×3
        relu1    8×8×8            0       0              3×3
        pool1    8×4×4            0       0              4×4
        conv2    16×4×4       1,168  18,432              8×8
        relu2    16×4×4           0       0              8×8
        pool2    16×2×2           0       0            10×10
        flatten  64               0       0            10×10
        fc       10             650     640            14×14

    Parameters
    ----------
    side : int
        Height and width of the images, at least 4.
    """

    def __init__(self, side: int = 8) -> None:
        after = side // 2 // 2
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 8, 3, padding=1),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(8, 16, 3, padding=1),
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                flatten=nn.Flatten(),
                fc=nn.Linear(16 * after * after, 10),
            )
        )

    @classmethod
    def pretrained(cls) -> TinyCNN:
        """Return the network for 8×8 digits with the weights that ship with the package.

        They were trained on `cnnbook.data.digits()`, values from 0 to 1, and rounded; the file
        says how.
        """
        return _with_stored_weights(cls(), "tiny_digits")


def _with_stored_weights(model: Model, name: str) -> Model:
    file = resources.files("cnnbook") / "nets" / "weights" / f"{name}.json"
    stored = json.loads(file.read_text(encoding="utf-8"))["state_dict"]
    model.load_state_dict({name: torch.tensor(values) for name, values in stored.items()})
    return model
