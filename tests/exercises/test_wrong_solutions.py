"""Plausible wrong solutions are refused, and told their slip; right ones of another form pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnbook.exercises import Implement
from cnnbook.exercises.checking import GENERAL
from cnnbook.exercises.texts import chapters
from tests.exercises.solutions import SOLUTIONS
from tests.exercises.wrong_solutions import WRONG

IMPLEMENTS = {
    f"{exercises.chapter}.{exercise.name}": exercise
    for exercises in chapters()
    for exercise in exercises
    if isinstance(exercise, Implement)
}
#: Exercises whose arguments are whole numbers, texts, or masks and classes.
OF_WHOLE_NUMBERS = {
    *("channels.parameters", "images_as_arrays.pixel_of", "padding_and_stride.output_size"),
    *("receptive_fields.my_receptive_field", "receptive_fields.my_pixels", "simple_cnn.my_sides"),
    *("simple_cnn.my_confusion", "uses_images.my_box_of", "uses_images.my_mean_iou"),
    "training_in_practice.my_rate",
    "uses_pictures_and_spectra.my_index",  # a scene as its file holds it
    *("gpu.my_finish", "convolution.is_x"),  # times above 0; paper and ink of one dtype
    *("why_a_layer_is_slow.my_work", "why_a_layer_is_slow.my_seconds"),
}
OF_ARRAYS = sorted(set(IMPLEMENTS) - OF_WHOLE_NUMBERS)
#: A right answer of these is one number, or holds places in a list.
OF_OTHER_ANSWERS = {"losses_and_optimisers.my_cross_entropy", "finding_and_outlining.my_nms"}


@pytest.mark.parametrize(("name", "function", "words"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_solution_hears_its_slip(
    name: str, function: Callable[..., Any], words: str
) -> None:
    verdict = IMPLEMENTS[name].verdict(function)
    assert verdict.startswith("Not yet: ")
    assert words in verdict.splitlines()[1]
    assert verdict.splitlines()[1].startswith("Hint: ")


@pytest.mark.parametrize("name", IMPLEMENTS)
def test_an_exercise_knows_five_mistakes_or_more(name: str) -> None:
    assert len({mistake.hint for mistake in IMPLEMENTS[name].mistakes}) >= 5


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_cases_have_fractions_both_signs_zeros_and_both_dtypes(name: str) -> None:
    exercise = IMPLEMENTS[name]
    values: dict[str, list[np.ndarray]] = {}
    dtypes = set()
    for _, case in exercise.labelled_cases():
        for argument, value in case.named(exercise.reference).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                values.setdefault(argument, []).append(value.ravel())
                dtypes.add(value.dtype)
    assert dtypes == {np.dtype(np.float64), np.dtype(np.float32)}
    for argument, of_cases in values.items():
        entries = np.concatenate(of_cases)
        assert (entries % 1 != 0).any(), f"{argument} has no fractions"
        assert (entries > 0).any()
        assert (entries < 0).any() or (name, argument) == ("limits.my_fgsm", "x")
        assert (entries == 0).any()


@pytest.mark.parametrize("name", sorted({*OF_ARRAYS} - OF_OTHER_ANSWERS))
@pytest.mark.parametrize("mistake", GENERAL[:1] + GENERAL[-1:], ids=["whole", "axis"])
def test_what_goes_wrong_in_all_chapters_is_told(name: str, mistake: Any) -> None:
    right = IMPLEMENTS[name].reference
    verdict = IMPLEMENTS[name].verdict(lambda *args: mistake.wrong(right(*args)))
    assert verdict.splitlines()[1] == f"Hint: {mistake.hint}"


def as_lists(result: Any) -> Any:
    if isinstance(result, tuple):
        return [as_lists(item) for item in result]
    return result.tolist() if isinstance(result, np.ndarray | np.generic) else result


def as_float32(result: Any) -> Any:
    if isinstance(result, tuple | list):
        return tuple(map(as_float32, result))
    floats = np.asarray(result).dtype.kind == "f"
    return np.float32(result) if floats else result


def in_another_order_of_memory(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(in_another_order_of_memory, result))
    return np.asfortranarray(result) if isinstance(result, np.ndarray) else result


def as_zero_dimensional(result: Any) -> Any:
    return result if isinstance(result, tuple | list) else np.asarray(result)


@pytest.mark.parametrize("name", IMPLEMENTS)
@pytest.mark.parametrize(
    "form", [as_lists, as_float32, in_another_order_of_memory, as_zero_dimensional]
)
def test_a_right_solution_may_return_another_form(name: str, form: Callable[[Any], Any]) -> None:
    solution = SOLUTIONS[name]
    verdict = IMPLEMENTS[name].verdict(lambda *args: form(solution(*args)))
    assert verdict.startswith("Right: "), verdict
