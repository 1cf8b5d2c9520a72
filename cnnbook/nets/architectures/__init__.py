"""Ten published networks, each a few lines over shared blocks, for ImageNet's 1,000 classes.

Every function takes no arguments and returns a network for images (N, 3, 224, 224), standardised
with ImageNet's mean and spread; it answers with logits (N, 1000). Names and details are those of
torchvision, so that `load_published` fills a network with torchvision's weights. Weights are
PyTorch's own random ones until then. Under `torch.device("meta")` a network takes no memory:
enough to count with `cnnbook.nets.explain`.
"""

from cnnbook.nets.architectures.branches import densenet121, googlenet
from cnnbook.nets.architectures.mobile import efficientnet_b0, mobilenet_v2
from cnnbook.nets.architectures.modern import convnext_tiny, vit_b_16
from cnnbook.nets.architectures.plain import alexnet, vgg16
from cnnbook.nets.architectures.published import load_published
from cnnbook.nets.architectures.residual import resnet18, resnet50

__all__ = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "load_published",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "vgg16",
    "vit_b_16",
]
