"""Guesses and question boxes of the chapter *Images as arrays*."""

from __future__ import annotations

from cnnbook.data import photographs
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

CHANNELS = ("red", "green", "blue")


def number(light: float) -> int:
    """Return the converter's number under light in lux."""
    volts = 5 * 10 / (10 + 10 * (light / 10) ** -0.7)
    return min(int(256 * volts / 5), 255)


def light_from(step: int) -> float:
    """Return the light, in lux, at which a step of the converter begins."""
    volts = 5 * step / 256
    return float(10 * ((5 - volts) / volts) ** (-1 / 0.7))


def widest_step() -> str:
    """Return which of three steps covers the widest range of light."""
    step = max((9, 128, 246), key=lambda n: light_from(n + 1) - light_from(n))
    return f"the step at {step}"


def flower_in_channels() -> str:
    """Return in which channel the petals are brightest, and in which darkest."""
    petals = photographs.photograph("flower")[:, 150:290, 235:375].mean(axis=(1, 2))
    brightest, darkest = CHANNELS[int(petals.argmax())], CHANNELS[int(petals.argmin())]
    return f"brightest in {brightest}, darkest in {darkest}"


def half_the_light() -> str:
    """Return the sRGB number that stands for half the light."""
    return str(round(255 * (1.055 * 0.5 ** (1 / 2.4) - 0.055)))


GUESSES = [
    Guess(
        "tenfold_light",
        prompt=(
            "At 10 lx the number is 128. The light grows tenfold, to 100 lx, and tenfold again, to "
            "1000 lx. What do the two steps add to the number?"
        ),
        options=(
            "85 both times",
            "first 33, then 85",
            "first 85, then 33",
            "more than there is room for",
        ),
        truth=lambda: f"first {number(100) - number(10)}, then {number(1000) - number(100)}",
        after=(
            "From 10 to 100 lx the number goes from 128 to 213, and the next factor of ten adds "
            "only 33. The figure shows the resistance, a straight line, and the number, which "
            "rises like an S."
        ),
        alt=(
            "Two curves over the light from 0.1 to 10,000 lux, an axis in powers of ten. On the "
            "left the resistance falls along a straight line from 251 to 0.08 kiloohm. On the "
            "right the number rises in the shape of an S: from 9 over 128 at 10 lux to 253."
        ),
    ),
    Guess(
        "flower_in_channels",
        prompt=(
            "An orange flower stands before dark green leaves. In which channel is the flower "
            "brightest, and in which darkest?"
        ),
        options=(
            "brightest in red, darkest in blue",
            "brightest in red, darkest in green",
            "brightest in green, darkest in blue",
            "brightest in blue, darkest in green",
        ),
        truth=flower_in_channels,
        after=(
            "The figure shows the flower in colour and its three channels as grey pictures: the "
            "petals are almost white in red, grey in green and darker still in blue. Photograph: "
            "vultilion, CC BY 2.0 [2]."
        ),
        alt=(
            "Four pictures of a round orange dahlia before dark leaves. In colour; then its red "
            "channel, where the flower is almost white; its green channel, where it is mid grey; "
            "and its blue channel, where it is dark grey."
        ),
    ),
    Guess(
        "half_the_light",
        prompt=(
            "In a picture file 255 stands for the brightest light of the screen. Which number "
            "stands for half of that light?"
        ),
        options=("64", "128", "188", "254"),
        truth=half_the_light,
        after=(
            "128 stands for 22 % of the light only. The figure shows light over number, a curve "
            "that is flat among the dark numbers and rises ever more steeply."
        ),
        alt=(
            "A curve of the light over the number from 0 to 255. It starts flat, passes 0.22 at "
            "128 and 0.5 at 188, and ends at 1 at 255."
        ),
    ),
    Guess(
        "shuffled_world",
        prompt=(
            "The classifier of pixels got 432 of 450 right. By chance alone, 45 would be right. "
            "How many will the new classifier get right?"
        ),
        truth=lambda: 432,  # which the page trains for
        after=(
            "All 450 predictions are the same. A score is a sum, and a sum does not care about the "
            "order of its terms. The step of a weight is made of the errors and its own pixel, so "
            "both trainings, starting from zero, take the same steps under other names. The figure "
            "shows a zero and the weights of class 0, folded back: ink in the hole speaks against "
            "it (orange), around it mostly for it (purple). Below, the same, scattered."
        ),
        alt=(
            "Two rows of pictures. Above: an 8 by 8 handwritten zero, and the weights of class "
            "zero, which are mostly positive in a ring and negative in the middle. Below: the same "
            "zero with its pixels shuffled, a meaningless scatter, and the weights that were "
            "learnt from shuffled images, a scatter as well."
        ),
    ),
    Guess(
        "moved_by_a_column",
        prompt=(
            "How many of the 450 moved digits does the classifier trained on pixels still get "
            "right? It was 432."
        ),
        truth=lambda: 176,  # which the page computes
        after=(
            "To us the digits are the same, and 0.3 % of the ink is lost. Most answers are wrong."
        ),
    ),
    Guess(
        "widest_step",
        prompt=(
            "The curve of the numbers is flat at number 9 and at number 246, and steep at 128. "
            "Which of these three steps covers the widest range of light?"
        ),
        options=("the step at 9", "the step at 128", "the step at 246"),
        truth=widest_step,
        after=(
            "In lux, the step at 246 is by far the widest, and the one at 9 is the narrowest. As a "
            "factor, 9 and 246 are alike: within one step the light grows by 17 %, at 128 by only "
            "2 %. This is what the flat ends of the curve show, since its axis counts factors."
        ),
    ),
    Guess(
        "differences_of_neighbours",
        prompt=(
            "Strokes are some pixels wide, so neighbours are often alike. What becomes of the mean "
            "difference when the pixels are shuffled?"
        ),
        options=("It shrinks.", "It grows.", "It stays."),
        truth=lambda: "It grows.",
        after=(
            "The mean ink is the same, of course: no pixel was changed. The mean difference of "
            "neighbours grows by half, from 0.240 to 0.359. In pictures, neighbours resemble each "
            "other. Shuffling destroys that."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("widest_step", "differences_of_neighbours")

QUESTIONS = {
    "first_channel": Question(
        "A colour picture `x` of shape (3, 2, 2) is 1 all over `x[0]`, and 0 elsewhere. "
        "What do you see?",
        [
            Option("A red square", correct=True, because="channel 0 is red."),
            Option("A white square", because="white needs 1 in all three channels."),
            Option("A bright top row", because="that would be `x[:, 0]`."),
        ],
    ),
    "part_of_photo": Question(
        "Which part of `photo` is 100 pixels high and 200 wide, with its top left corner 200 "
        "from the top and 100 from the left?",
        [
            Option("`photo[:, 100:300, 200:300]`", because="this is 200 high and 100 wide."),
            Option("`photo[200:300, 100:300]`", because="the first axis counts channels."),
            Option(
                "`photo[:, 200:300, 100:300]`",
                correct=True,
                because="rows 200 to 299, columns 100 to 299.",
            ),
        ],
    ),
    "own_order_for_each": Question(
        "Each image is shuffled by a random order of its own, in training and in test. "
        "What becomes of the linear classifier on pixels?",
        [
            Option(
                "Nothing: it never used neighbours",
                because="It uses places: weight p must meet the same place in every image.",
            ),
            Option(
                "It falls to about chance",
                correct=True,
                because="Entry p comes from another place in each image. Only the amounts of "
                "ink are left. (In a run, fewer than one in five were right.)",
            ),
            Option(
                "It loses a few per cent",
                because="That happened to the neighbour differences, with one order for all.",
            ),
        ],
    ),
}
