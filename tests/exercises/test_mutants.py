"""Every exercise refuses every mutant of its right solution, but for those that do the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cnnbook.exercises import Implement
from cnnbook.exercises.comparing import difference
from cnnbook.exercises.running import run
from cnnbook.exercises.texts import chapters
from tests.exercises.mutants import mutants
from tests.exercises.solutions import SOLUTIONS

IMPLEMENTS = {
    f"{exercises.chapter}.{exercise.name}": exercise
    for exercises in chapters()
    for exercise in exercises
    if isinstance(exercise, Implement)
}

#: The mutants that pass, and why each is right after all.
EQUIVALENT: dict[str, list[tuple[str, str]]] = {
    "activations_and_head.my_softmax": [
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "architectures.my_gate": [
        ("line 2: (1, 2) → (2, 1)", "the order of two axes that are averaged"),
        (
            "line 3: np.maximum(w1 @ means + b1, 0) → np.maximum(0, w1 @ means + b1)",
            "the order of np.maximum's arguments",
        ),
    ],
    "architectures.my_patches": [
        ("line 2: 2 → 3", "the kernels are square"),
        ("line 9: np.array(tokens) → tokens", "a list of rows is as good as an array"),
    ],
    "channels.parameters": [
        ("line 2: (height, width) → (width, height)", "they are multiplied"),
        ("reversed kernel_size", "they are multiplied"),
    ],
    "convolution.is_x": [
        (
            "line 5: np.maximum(cnnbook.correlate2d(… → np.maximum(0, cnnbook.correlate…",
            "the order of np.maximum's arguments",
        ),
        (
            "line 6: np.maximum(cnnbook.correlate2d(… → np.maximum(0, cnnbook.correlate…",
            "the order of np.maximum's arguments",
        ),
        ("line 9: bool(found.max() > 0.7) → found.max() > 0.7", "np.True_ is True"),
        ("line 4: 4 → 5", "the X still reaches 0.8"),
        ("line 5: 0 → -1", "also with negative matches the letters come apart"),
        ("line 6: 0 → -1", "also with negative matches the letters come apart"),
        ("line 9: found.max() > 0.7 → found.max() >= 0.7", "nothing matches at exactly 0.7"),
        ("line 3: 5 → 6", "a column of zeros more"),
        ("line 5: 9 → 10", "the X still matches above 0.7"),
        ("line 6: 9 → 10", "the X still matches above 0.7"),
        ("line 8: (:, ::-1) → (::-1, :)", "the two corners are the same"),
        ("reversed letter", "both letters are symmetric"),
        ("without last letter", "the X still matches above 0.7 without its lowest row"),
        ("transposed letter", "both letters are symmetric"),
        ("trunc letter", "paper and ink are whole numbers"),
    ],
    "frequencies.my_gain": [
        ("line 9: np.array(gains) → gains", "a list of numbers is as good as an array"),
        ("line 4: (cosines, sines) → (sines, cosines)", "both begin at 0"),
        ("line 6: cosines += kernel[u] * np.cos(2… → cosines -= kernel[u] * np.cos(2…", "squared"),
        ("line 7: sines += kernel[u] * np.sin(2 *… → sines -= kernel[u] * np.sin(2 *…", "squared"),
        ("reversed kernel", "the wave is moved the other way, and no less is left"),
        ("negative kernel", "the wave is turned upside down, and no less is left"),
        ("abs f", "the same wave, counted from the other side"),
        ("negative f", "the same wave, counted from the other side"),
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "gpu.my_finish": [
        ("line 2: (host, device) → (device, host)", "both begin at 0"),
        ("line 2: 0 → -1", "the device is idle before the first launch"),
        ("line 5: max(device, host) → max(host, device)", "the order of max's arguments"),
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "limits.my_fgsm": [
        (
            "line 2: np.clip(x + epsilon * np.sign(g… → np.clip(0, x + epsilon * np.sig…",
            "the larger of 0 and the sum, at most 1: the same",
        ),
        ("abs x", "images have no negative pixels"),
        ("relu x", "images have no negative pixels"),
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "losses_and_optimisers.my_cross_entropy": [
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "losses_and_optimisers.my_adam": [
        ("line 2: (m, v) → (v, m)", "both begin at 0"),
    ],
    "padding_and_stride.my_conv": [
        ("line 8: np.zeros → np.ones", "every entry is written"),
    ],
    "pooling.my_max_pool2d": [
        (
            "line 10: max(best, image[i * stride + a,… → max(image[i * stride + a, j * s…",
            "the order of max's arguments",
        ),
    ],
    "finding_and_outlining.my_nms": [
        ("line 6: 0 → -1", "the matrix has one row"),
        ("line 6: 0 → -1", "and one column"),
        (
            "line 6: box_iou(boxes[[best]], boxes[[i… → box_iou(boxes[[i]], boxes[[best…",
            "symmetric",
        ),
    ],
    "finding_and_outlining.my_average_precision": [
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "receptive_fields.my_receptive_field": [
        ("line 2: (field, jump) → (jump, field)", "both begin at 1"),
    ],
    "receptive_fields.my_pixels": [
        ("line 2: (first, last) → (last, first)", "both begin at i"),
    ],
    "gpu.my_int8": [
        ("line 4: 1 → 2", "whatever the step, zeros stay zeros"),
    ],
    "relatives.my_separable": [
        ("line 2: 1 → 2", "the kernels are square"),
    ],
    "signals_through_depth.my_batch_norm": [
        ("line 2: (0, 2, 3) → (0, 3, 2)", "the order of the axes averaged over"),
        ("line 2: (0, 2, 3) → (2, 0, 3)", "the order of the axes averaged over"),
        ("line 2: True → 2", "2 is as true as True"),
        ("line 3: (0, 2, 3) → (0, 3, 2)", "the order of the axes averaged over"),
        ("line 3: (0, 2, 3) → (2, 0, 3)", "the order of the axes averaged over"),
        ("line 3: True → 2", "2 is as true as True"),
    ],
    "signals_through_depth.my_group_norm": [
        ("line 2: 1 → 2", "to NumPy −2 means the rest, as −1 does"),
        (
            "line 2: x.reshape(len(x), groups, -1) → x.reshape(groups, len(x), -1)",
            "the same sets, in the same order",
        ),
        ("line 3: True → 2", "2 is as true as True"),
        ("line 4: True → 2", "2 is as true as True"),
    ],
    "simple_cnn.my_confusion": [
        (
            "line 2: np.zeros((classes, classes), dt… → np.zeros((classes, classes))",
            "counts as floats are whole numbers, too",
        ),
    ],
    "training_in_practice.my_paired": [
        ("line 6: one - mean → mean - one", "it is squared"),
    ],
    "training_in_practice.my_rate": [
        ("line 4: steps - warmup → warmup - steps", "a cosine does not ask for the sign"),
        ("line 4: step - warmup → warmup - step", "a cosine does not ask for the sign"),
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "uses_images.my_box_of": [
        ("line 4: np.nonzero → np.where", "np.where of one argument is np.nonzero"),
    ],
    "uses_images.my_mean_iou": [
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "uses_pictures_and_spectra.my_gram": [
        ("line 2: np.zeros → np.ones", "every entry is written"),
        ("line 5: (c, d) → (d, c)", "a Gram matrix is symmetric"),
        ("negative maps", "the signs of a product cancel"),
        ("transposed result", "a Gram matrix is symmetric"),
    ],
    "uses_sequences.my_best_match": [
        ("line 9: np.array(result) → result", "a list of numbers is as good as an array"),
    ],
    "uses_sequences.my_spectrogram": [
        ("negative sound", "absolute values are asked for"),
        ("abs result", "no result is below 0"),
        ("relu result", "no result is below 0"),
    ],
    "what_a_network_sees.my_relu_down": [
        (
            "line 4: signal[place] > 0 → signal[place] >= 0",
            "a signal of 0 is 0 whether it passes or not",
        ),
        ("relu x", "only x > 0 is asked"),
    ],
    "why_a_layer_is_slow.my_four_products": [
        (
            "line 7: np.array([m1, m2, m3, m4]) → [m1, m2, m3, m4]",
            "a list of numbers is as good as an array",
        ),
    ],
    "why_a_layer_is_slow.my_seconds": [
        (
            "line 2: max(macs / peak, moved / bandwi… → max(moved / bandwidth, macs / p…",
            "the order of max's arguments",
        ),
        ("reversed layers", "they are added up"),
        ("abs result", "no time is below 0"),
        ("relu result", "no time is below 0"),
    ],
}


def accepted_by(exercise: Implement) -> Callable[[Callable[..., Any]], bool]:
    """Return a quick form of the verdict: whether a function agrees in all cases."""
    cases = []
    for _, case in exercise.labelled_cases():
        mine = copy.deepcopy(case)
        expected = exercise.reference(*mine.args, **mine.kwargs)
        cases.append((case, case.named(exercise.reference), expected))

    def accepts(function: Callable[..., Any]) -> bool:
        for case, names, expected in cases:
            outcome = run(function, case, names)
            if outcome.trouble or difference(expected, outcome.value):
                return False
        return True

    return accepts


def test_every_exercise_has_a_solution_here() -> None:
    assert set(SOLUTIONS) == set(IMPLEMENTS)


@pytest.mark.parametrize("name", IMPLEMENTS)
def test_the_right_solution_is_right(name: str) -> None:
    assert IMPLEMENTS[name].verdict(SOLUTIONS[name]).startswith("Right: ")


@pytest.mark.filterwarnings("ignore")  # mutants divide by 0, and worse
@pytest.mark.parametrize("name", IMPLEMENTS)
def test_no_mutant_passes_that_does_not_do_the_same(name: str) -> None:
    accepts = accepted_by(IMPLEMENTS[name])
    _, example = IMPLEMENTS[name].labelled_cases()[0]
    changed = list(mutants(SOLUTIONS[name], example.args))
    assert len(changed) > 20
    passed = [what for what, mutant in changed if accepts(mutant)]
    assert sorted(passed) == sorted(what for what, _ in EQUIVALENT.get(name, []))
