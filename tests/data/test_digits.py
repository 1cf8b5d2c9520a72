import subprocess
import sys

import numpy as np
import pytest
import torch

from cnnbook.data import digits
from tests.patience import SECONDS


def ink_box(image):
    rows, columns = np.nonzero(image)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def test_shapes_types_and_range():
    data = digits()
    assert data.x_train.shape == (1347, 1, 8, 8)
    assert data.x_test.shape == (450, 1, 8, 8)
    assert {a.dtype for a in (data.x_train, data.x_test)} == {np.dtype(np.float32)}
    assert {a.dtype for a in (data.y_train, data.y_test)} == {np.dtype(np.int64)}
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    assert set(data.y_train) == set(data.y_test) == set(range(10))


def test_file_order_is_scikit_learns():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    data = digits(split="file")
    np.testing.assert_array_equal(data.x_train[:, 0], bunch.images[:1347] / 16)
    np.testing.assert_array_equal(data.y_test, bunch.target[1347:])


def test_random_split_holds_every_image_once():
    from sklearn.datasets import load_digits

    data = digits()
    both = np.concatenate([data.x_train, data.x_test]).reshape(1797, 64)
    original = (load_digits().images / 16).reshape(1797, 64).astype(np.float32)
    np.testing.assert_array_equal(np.sort(both, axis=0), np.sort(original, axis=0))
    assert sorted(map(bytes, both)) == sorted(map(bytes, original))


def test_a_seed_repeats_and_another_differs():
    first, again, other = digits(frame=16), digits(frame=16), digits(frame=16, seed=1)
    np.testing.assert_array_equal(first.x_test, again.x_test)
    assert not np.array_equal(first.y_test, other.y_test)


def test_arrays_are_the_callers_own():
    digits().x_train[:] = 7
    assert digits().x_train.max() == 1


def test_frame_moves_whole_digits_to_every_position():
    plain, framed = digits(split="file"), digits(frame=(9, 10), split="file")
    assert framed.x_train.shape == (1347, 1, 9, 10)
    for before, after in zip(plain.x_train[:, 0], framed.x_train[:, 0], strict=True):
        np.testing.assert_array_equal(ink_box(before), ink_box(after))
    corners = set()
    for before, after in zip(plain.x_train[:, 0], framed.x_train[:, 0], strict=True):
        top = np.nonzero(after)[0].min() - np.nonzero(before)[0].min()
        left = np.nonzero(after)[1].min() - np.nonzero(before)[1].min()
        corners.add((int(top), int(left)))
    assert corners == {(top, left) for top in (0, 1) for left in (0, 1, 2)}


def test_positions_do_not_depend_on_the_split():
    by_file, random = digits(frame=16, split="file"), digits(frame=16)

    def images(data):
        return sorted(map(bytes, np.concatenate([data.x_train, data.x_test])))

    assert images(by_file) == images(random)


@pytest.mark.parametrize("size", [1, 4, 5, 8, 14, 16, 28])
def test_resizing_agrees_with_torch(size):
    small, large = digits(split="file"), digits(size, split="file")
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(small.x_test), (size, size), mode="bilinear", antialias=True
    )
    np.testing.assert_allclose(large.x_test, expected.numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size is 0; expected at least 1"),
        ({"size": 8.0}, TypeError, "size is 8.0 .* expected an integer"),
        ({"size": True}, TypeError, "size is True .* expected an integer"),
        ({"frame": 7}, ValueError, "frame is 7; expected at least the size of a digit, 8×8"),
        ({"frame": (16, 7)}, ValueError, r"frame is \(16, 7\); expected at least the size"),
        ({"frame": (8, 9, 10)}, ValueError, r"frame is \(8, 9, 10\); .*\(height, width\) pair"),
        ({"frame": "ab"}, TypeError, r"frame is 'ab' .*\(height, width\) pair"),
        ({"split": "writer"}, ValueError, "split is 'writer'; expected one of 'random', 'file'"),
        ({"seed": -1}, ValueError, "seed is -1; expected at least 0"),
        ({"seed": None}, TypeError, "seed is None .* expected an integer"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match="digits: .*" + message):
        digits(**arguments)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        digits()


def test_importing_the_package_loads_nothing_heavy():
    heavy = "{'sklearn', 'pooch', 'tqdm', 'torch', 'matplotlib', 'scipy'}"
    code = f"import sys, cnnbook.data; print({heavy} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert answer.stdout.strip() == "set()"


def test_standardized_uses_the_training_images_alone():
    data = digits(frame=(9, 10))
    scaled = data.standardized()
    assert scaled.x_train.dtype == np.float32
    assert scaled.x_train.mean() == pytest.approx(0, abs=1e-6)
    assert scaled.x_train.std() == pytest.approx(1, abs=1e-6)
    mean, std = data.x_train.mean(), data.x_train.std()
    np.testing.assert_allclose(scaled.x_test, (data.x_test - mean) / std, atol=1e-5)
    assert scaled.y_test is data.y_test
