"""Guesses and question boxes of the chapter *Architectures* and of its workshop."""

from __future__ import annotations

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

# Published sizes: tests/nets/test_architectures.py holds the library's networks to them.
ALEXNET, VGG16, GOOGLENET = 61_100_840, 138_357_544, 6_624_904
# Parameters of their linear layers.
LINEAR_OF_VGG16, LINEAR_OF_GOOGLENET = 123_642_856, 1_025_000


def share_of_linear() -> float:
    """Return which percentage of AlexNet's parameters its three linear layers have."""
    sizes = [(256 * 6 * 6, 4096), (4096, 4096), (4096, 1000)]
    return 100 * sum(inputs * outputs + outputs for inputs, outputs in sizes) / ALEXNET


def without_linear() -> str:
    """Return how many of VGG-16's parameters GoogLeNet has, both without linear layers."""
    share = (GOOGLENET - LINEAR_OF_GOOGLENET) / (VGG16 - LINEAR_OF_VGG16)
    return "about two fifths" if round(share, 1) == 0.4 else ""


GUESSES = [
    Guess(
        "share_of_linear",
        prompt=(
            "AlexNet has five convolutions, then three linear layers. What share of its "
            "61,100,840 parameters have the three?"
        ),
        truth=share_of_linear,
        unit="%",
        after=(
            "The first of them has a weight for each of 256·6·6 inputs and 4,096 outputs: 37.7 "
            "million. The convolutions have 4 % of the parameters and do 92 % of the work, for "
            "each of their weights is used at every place."
        ),
    ),
    Guess(
        "vgg_and_googlenet",
        prompt=(
            "GoogLeNet and VGG-16 met in the same contest, in 2014. The table gives GoogLeNet a "
            "twentieth of VGG-16's parameters. What share is it without the linear layers of both?"
        ),
        options=("a twentieth", "about two fifths", "as many"),
        truth=without_linear,
        after=(
            "5.6 million beside 14.7. VGG-16 spends 124 million on its three linear layers. "
            "GoogLeNet takes the mean of each map, and one linear layer of 1,025,000 parameters "
            "follows."
        ),
    ),
    Guess(
        "sixteen_or_fifty",
        prompt=(
            "ResNet-50 has 50 layers with weights, VGG-16 has 16. By the table ResNet-50 needs "
            "about a quarter of the MACs. How many of its convolutions are 1×1?"
        ),
        options=("none", "one in three", "two in three"),
        truth=lambda: "two in three",
        after=(
            "36 of 53: each of its 16 bottlenecks has two beside one 3×3, and four stand on the "
            "way of x, not counted in its name. And one convolution and one pooling make its map "
            "56×56, where VGG-16 still works on 224×224. Depth alone says little about cost."
        ),
    ),
    Guess(
        "patches_in_another_order",
        prompt=(
            "All three have random weights, and each digit's 16 patches are put into another "
            "order. For which do the logits stay the same?"
        ),
        options=(
            "for none",
            "for the transformer without positions",
            "for both transformers",
            "for all three",
        ),
        truth=lambda: "for the transformer without positions",
        after=(
            "Without positions nothing changes, to a millionth: the same tokens come in, each "
            "takes from the same others, and the mean does not ask for the order. No training "
            "could alter that. Learnt positions mark each place, and a convolution's windows see "
            "who stands beside whom."
        ),
    ),
    Guess(
        "best_small_network",
        prompt="Which of the eight reads the digits best?",
        options=(
            "the 3×3 in a row",
            "one of those with a newer idea",
            "the transformer",
            "five of them cannot be told apart",
        ),
        truth=lambda: "five of them cannot be told apart",
        after=(
            "Their ranges overlap: other seeds may order them anew. The transformer comes last."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP: tuple[str, ...] = ()

QUESTIONS = {
    "recall_narrow": Question(
        "A 1×1 convolution from 192 channels to 16 stands before a 5×5 one. What for?",
        [
            Option(
                "It lets the 5×5 kernels see further.",
                because="a 1×1 kernel sees one pixel, and adds nothing to the field.",
            ),
            Option(
                "It makes the 5×5 layer cheap.",
                correct=True,
                because="each 5×5 kernel then has 16 slices in place of 192.",
            ),
            Option(
                "It normalises the channels.",
                because="it mixes them. No mean is taken away.",
            ),
        ],
    ),
    "recall_depthwise": Question(
        "A depthwise 3×3 convolution has 96 channels. How many weights has it, without biases?",
        [
            Option("9", because="that is one kernel. Each channel has its own."),
            Option("82,944", because="that is 9·96·96, where every kernel sees all channels."),
            Option("864", correct=True, because="one 3×3 kernel for each channel: 9·96."),
        ],
    ),
    "recall_three_small": Question(
        "How far do two 3×3 convolutions in a row see, at stride 1?",
        [
            Option("5 pixels", correct=True, because="3, and 2 more: as far as one 5×5."),
            Option("6 pixels", because="each further layer adds k − 1 = 2."),
            Option("9 pixels", because="that is the number of weights of one kernel."),
        ],
    ),
    "by_position": Question(
        "`load_published` goes by position, and `load_state_dict` by names. When would a wrong "
        "file pass the first?",
        [
            Option(
                "When the names differ.",
                because="they may: that is what it is for.",
            ),
            Option(
                "When all shapes agree, in order, and the layers mean something else.",
                correct=True,
                because="shapes are all that it can compare. ReLU or GELU, stride or none, ε: no "
                "shape tells them.",
            ),
            Option("Never.", because="two networks may have the same shapes and differ."),
        ],
    ),
    "gate_of_half": Question(
        "All weights and biases of a squeeze-and-excitation gate are 0. What does it do to a map?",
        [
            Option("It sets it to 0.", because="sigmoid(0) is not 0."),
            Option("It leaves it.", because="for that each gate would be 1."),
            Option("It halves it.", correct=True, because="sigmoid(0) is one half."),
        ],
    ),
}
