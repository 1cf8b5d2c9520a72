import re

import numpy as np
import pytest
from PIL import Image

from cnnbook.data import digits
from cnnbook.data.scans import ink, like_digits, like_mnist, read_ink


@pytest.fixture(scope="module")
def digit():
    """A seven of the data set, enlarged: 1 where ink is. Seven changes when turned or mirrored."""
    images = digits(120)
    return (images.x_test[list(images.y_test).index(7), 0] > 0.4).astype(np.float64)


@pytest.fixture
def save(tmp_path):
    def save(array, name="picture.png", mode=None, **options):
        path = tmp_path / name
        Image.fromarray(array.astype(np.uint8), mode).save(path, **options)
        return path

    return save


def photo(digit, paper=220.0, pen=40.0):
    """Draw a digit in the upper left of a larger sheet."""
    sheet = np.zeros((240, 200))
    sheet[20 : 20 + len(digit), 10 : 10 + len(digit)] = digit
    return paper * (1 - sheet) + pen * sheet


def close(ours, theirs):
    """Whether two images are alike, moved by a pixel at most: the centre of mass is rounded."""
    moves = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return min(np.abs(np.roll(ours, move, (0, 1)) - theirs).mean() for move in moves) < 0.02


def test_dark_on_bright_is_bright_on_dark(digit, save):
    dark = like_mnist(read_ink(save(photo(digit))))
    bright = like_mnist(read_ink(save(photo(digit, 10, 240))))
    assert dark.shape == (28, 28)
    assert dark.dtype == np.float32
    assert close(dark, bright)
    assert dark[14 - 9 : 14 + 9, 14 - 9 : 14 + 9].sum() > 0.8 * dark.sum()


def test_shadow_and_noise_go_away(digit, save):
    plain = like_mnist(read_ink(save(photo(digit))))
    rows, columns = np.linspace(-1, 1, 240)[:, None], np.linspace(-1, 1, 200)
    light = 1 - 0.2 * rows + 0.15 * columns - 0.1 * rows**2
    noise = np.random.default_rng(0).normal(0, 4, size=(240, 200))
    shaded = np.clip(photo(digit, 170) * light + noise, 0, 255)
    assert np.ptp(shaded[:, 150:]) > 60  # the paper's brightness changes a lot
    ours = read_ink(save(shaded))
    assert close(like_mnist(ours), plain)
    assert (ours[:, 150:] == 0).mean() > 0.99


def test_the_position_and_size_do_not_matter(digit):
    small, moved = np.zeros((300, 300)), np.zeros((300, 300))
    small[:120, :120] = moved[150:270, 170:290] = digit
    assert np.array_equal(like_mnist(small), like_mnist(moved))
    larger = np.kron(digit, np.ones((2, 2)))
    assert close(like_mnist(larger), like_mnist(digit))
    assert np.abs(like_digits(larger) - like_digits(digit)).mean() < 0.02


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 1), (8, 3)])
def test_pictures_are_turned_as_the_camera_says(digit, save, orientation, turns):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = np.rot90(photo(digit), turns)  # as the sensor saw it
    ours = read_ink(save(turned, "photo.jpg", quality=95, exif=exif))
    assert close(like_mnist(ours), like_mnist(read_ink(save(photo(digit)))))


def test_transparency_is_white_paper(digit, save):
    alpha = 255 - photo(digit, 255, 0)
    black = np.zeros_like(alpha)
    ours = read_ink(save(np.stack([black, black, black, alpha], axis=-1)))
    assert close(like_mnist(ours), like_mnist(read_ink(save(photo(digit)))))


def test_colours_palettes_and_sixteen_bits(digit, tmp_path):
    sheet = photo(digit)
    expected = like_mnist(ink(sheet))
    grey = Image.fromarray(sheet.astype(np.uint8))
    grey.convert("RGB").save(tmp_path / "rgb.bmp")
    grey.convert("P").save(tmp_path / "palette.gif")
    Image.fromarray((sheet * 257).astype(np.uint16)).save(tmp_path / "deep.png")
    grey.convert("1").save(tmp_path / "bilevel.tif")
    for name in ("rgb.bmp", "palette.gif", "deep.png"):
        assert close(like_mnist(read_ink(tmp_path / name)), expected)
    assert np.abs(like_mnist(read_ink(tmp_path / "bilevel.tif")) - expected).mean() < 0.1


def test_a_large_photo_is_made_smaller(digit, save):
    ours = read_ink(save(np.kron(photo(digit), np.ones((8, 8))), "large.png"))
    assert ours.shape == (800, 667)
    assert close(like_mnist(ours), like_mnist(ink(photo(digit))))


def test_mnists_own_form_stays():
    """A digit of 20×20 whose centre of mass lies at pixel 14 comes back as it was."""
    frame = np.zeros((28, 28))
    frame[4:24, 12:16] = 1
    frame[4:7, 8:16] = 1
    rows, columns = np.indices(frame.shape)
    centre = [(axis * frame).sum() / frame.sum() for axis in (rows, columns)]
    down, right = (14 - round(c) for c in centre)
    frame = np.roll(frame, (down, right), (0, 1))
    assert np.array_equal(like_mnist(ink(frame * 255)), frame.astype(np.float32))


def test_the_digits_of_scikit_learn_come_back():
    """Enlarged, read again and counted in 8×8 cells, they are nearly what they were."""
    small, large = digits().x_test[:50, 0], digits(64).x_test[:50, 0]
    differences = [
        np.abs(like_digits(ink(255 * large[i].astype(float))) - small[i]).mean() for i in range(50)
    ]
    assert np.mean(differences) < 0.1
    assert {float(v) % (1 / 16) for v in like_digits(large[0].astype(float)).ravel()} == {0.0}


def test_a_speck_of_dust_is_no_ink(digit):
    sheet = photo(digit)
    expected = like_mnist(ink(sheet))
    sheet[230, 190] = 40
    assert close(like_mnist(ink(sheet)), expected)


@pytest.mark.parametrize("name", ["white", "noise", "gradient", "one pixel"])
def test_a_blank_picture(save, name):
    rng = np.random.default_rng(0)
    arrays = {
        "white": np.full((50, 60), 255.0),
        "noise": np.clip(rng.normal(200, 5, size=(200, 200)), 0, 255),
        "gradient": np.linspace(120, 220, 200)[:, None] + np.zeros((1, 150)),
        "one pixel": np.zeros((1, 1)),
    }
    path = save(arrays[name])
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}: a blank picture, with no digit"):
        read_ink(path)


def test_wrong_files(tmp_path, digit, save, monkeypatch):
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("a letter to you")
    whole = save(photo(digit)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    for name, message in (
        ("empty.png", "an empty file"),
        ("text.jpg", "not a picture in PNG, JPEG, WEBP, GIF, BMP or TIFF format$"),
        ("cut.png", "a damaged picture"),
    ):
        with pytest.raises(ValueError, match=f"{name}: {message}"):
            read_ink(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_ink(tmp_path / "absent.png")
    with pytest.raises(IsADirectoryError):
        read_ink(tmp_path)


def test_a_huge_picture_is_not_unpacked(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    with pytest.raises(ValueError, match=r"bomb.png: a picture of more than 100,000,000 pixels"):
        read_ink(tmp_path / "bomb.png")
