"""The exercises of the chapter *Images as arrays*."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import images_as_arrays as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]


# 1. A photoresistor and a fixed resistor share 5 V; 256 steps.
def sensor_number(
    photoresistor: float = 30, fixed: float = 10, volts: float = 5, steps: int = 256
) -> int:
    """Return the converter's number for the voltage across the fixed resistor."""
    return int(steps * (volts * fixed / (fixed + photoresistor)) / volts)


# 2. The mosaic: one number of three is measured.
ROWS, COLUMNS = 4, 6


def measured_numbers(rows: int = ROWS, columns: int = COLUMNS) -> tuple[int, int]:
    """Count the numbers of a colour picture that were measured, and those that were not."""
    return rows * columns, 2 * rows * columns


# 3. The lower left corner of a picture of this height and width.
HEIGHT, WIDTH = 427, 640

# 4. One row of two pixels, (H, W, C): the left one is 1 2 3, the right one 4 5 6.
TWO_PIXELS = np.arange(1, 7).reshape(1, 2, 3)


def channels_first_numbers() -> list[int]:
    """Return the two pixels as a flattened channels-first picture."""
    return [int(n) for n in TWO_PIXELS.transpose(2, 0, 1).ravel()]


# 5. A linear classifier of colour pictures.
def parameters(
    channels: int = 3, height: int = 48, width: int = 64, classes: int = 5, biases: int = 5
) -> int:
    """Count the weights of a linear classifier, and its biases."""
    return classes * channels * height * width + biases


# 6. Channels first.
def to_channels_first(images: Array) -> Array:
    """Move the channel axis of a batch (N, H, W, C) to the second place."""
    return images.transpose(0, 3, 1, 2)


def reshaped(images: Array) -> Array:
    """Give the right shape the wrong contents."""
    n, height, width, channels = images.shape
    return images.reshape(n, channels, height, width)


def numbered(*shape: int) -> Case:
    """Return a case: a batch in which every number is another one."""
    return Case(np.arange(float(np.prod(shape))).reshape(shape) - 0.5)


def random_batch(rng: np.random.Generator) -> Case:
    """Draw a batch of any size."""
    return Case(*arrays(rng, whole(rng, 4, high=5), most=100))


# 7. From the row back to the pixel.
def pixel_of(p: int, height: int, width: int) -> tuple[int, int, int]:
    """Return the channel, row and column of entry p of a flattened (C, H, W) picture."""
    channel, rest = divmod(p, height * width)
    row, column = divmod(rest, width)
    return channel, row, column


def in_channels_last(p: int, height: int, width: int) -> tuple[int, int, int]:
    """Read the row of numbers as that of a (H, W, 3) picture."""
    pixel, channel = divmod(p, 3)
    row, column = divmod(pixel, width)
    return channel, row, column


def row_of_all_channels(p: int, height: int, width: int) -> tuple[int, int, int]:
    """Count rows through all channels."""
    return p // (height * width), p // width, p % width


def random_entry(rng: np.random.Generator) -> Case:
    """Draw a picture's size and one of its entries."""
    height, width = whole(rng, 2, high=8)
    return Case(int(rng.integers(3 * height * width)), height, width)


# 8. Crop the middle.
def centre_crop(image: Array, height: int, width: int) -> Array:
    """Keep the middle of a picture (C, H, W)."""
    top = (image.shape[1] - height) // 2
    left = (image.shape[2] - width) // 2
    return image[:, top : top + height, left : left + width]


def odd_pixel_first(image: Array, height: int, width: int) -> Array:
    """Let the odd row fall away above, and the odd column on the left."""
    top = (image.shape[1] - height + 1) // 2
    left = (image.shape[2] - width + 1) // 2
    return image[:, top : top + height, left : left + width]


def half_minus_half(image: Array, height: int, width: int) -> Array:
    """Round both halves down before subtracting."""
    top, left = image.shape[1] // 2 - height // 2, image.shape[2] // 2 - width // 2
    return image[:, top : top + height, left : left + width]


def sides_swapped(image: Array, height: int, width: int) -> Array:
    """Take the height for the width."""
    return centre_crop(image, width, height)


def numbered_picture(channels: int, rows: int, columns: int, height: int, width: int) -> Case:
    """Return a case: a picture in which every number is another one, and the crop's size."""
    pixels = np.arange(float(channels * rows * columns)).reshape(channels, rows, columns)
    return Case(pixels - 0.5, height, width)


def random_crop(rng: np.random.Generator) -> Case:
    """Draw a picture and a size that fits into it."""
    height, width = whole(rng, 2, high=5)
    more_rows, more_columns = whole(rng, 2, low=0, high=5)
    (image,) = arrays(rng, (3, height + more_rows, width + more_columns), most=100)
    return Case(image, height, width)


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_sensor_number() -> Any:
    """Answer `sensor_number` as a reader would, in a cell."""
    volts = 5 * 10 / (10 + 30)
    answer = int(256 * volts / 5)
    print(f"5 · 10 / (10 + 30) = {volts:.2f} V")
    print(f"256 · {volts:.2f} / 5 = {answer}")
    return answer


def solve_measured_numbers() -> Any:
    """Answer `measured_numbers` as a reader would, in a cell."""
    answer = (4 * 6, 2 * 4 * 6)
    print("4 · 6 = 24 sensors, one number each; 3 · 24 − 24 = 48 are missing")
    return answer


def solve_lower_left() -> Any:
    """Answer `lower_left` as a reader would, in a cell."""
    answer = (427 - 1, 0)
    print("row 427 − 1 = 426, counted from 0, and the first column, 0")
    return answer


def solve_flattened() -> Any:
    """Answer `flattened` as a reader would, in a cell."""
    left_right = np.array([[1, 2, 3], [4, 5, 6]])  # two pixels, three channels
    answer = left_right.T.reshape(3, 1, 2).ravel().tolist()
    print("red 1 4, then green 2 5, then blue 3 6:", answer)
    return answer


def solve_classifier_parameters() -> Any:
    """Answer `classifier_parameters` as a reader would, in a cell."""
    answer = 5 * (3 * 48 * 64) + 5
    print(f"3 · 48 · 64 = {3 * 48 * 64:,} weights for each class")
    print(f"5 · 9,216 + 5 = {answer:,}")
    return answer


def solved_pixel_of(p: int, height: int, width: int) -> tuple[int, int, int]:
    """Return where an entry comes from, with // and %."""
    channel, rest = p // (height * width), p % (height * width)
    return channel, rest // width, rest % width


EXERCISES = Exercises(
    "images_as_arrays",
    [
        Answer(
            "sensor_number",
            label="The converter's number",
            solution=solve_sensor_number,
            expected=sensor_number,
            kind=int,
            right="the fixed resistor has a quarter of the resistance, and gets a quarter of 5 V.",
            hint="find the voltage across the fixed resistor first: its share of 5 V.",
            hints=[
                Mistake(
                    lambda: sensor_number(10, 30),
                    "this is the voltage across the photoresistor. Little light should give a "
                    "small number.",
                ),
                Mistake(
                    lambda: int(256 * 10 / 30),
                    "divide by the resistance of both together, not by the photoresistor's.",
                ),
                Mistake(
                    lambda: sensor_number(steps=255),
                    "0 to 255 are 256 steps: both ends count.",
                ),
                Mistake(
                    lambda: 1.25, "this is the voltage. On which of the 256 steps does it lie?"
                ),
                Mistake(
                    lambda: sensor_number(10, 10),
                    "this is the number for two equal resistors.",
                ),
            ],
        ),
        Answer(
            "measured_numbers",
            label="Measured, then computed",
            solution=solve_measured_numbers,
            expected=measured_numbers,
            kind=tuple,
            right="each sensor measures one number, and its pixel has three.",
            hint="how many sensors are there, and how many numbers has the colour picture?",
            hints=[
                Mistake(
                    lambda: measured_numbers(rows=1, columns=1),
                    "these are the numbers of one pixel: there are 4 rows of 6.",
                ),
                Mistake(
                    lambda: (ROWS * COLUMNS, 3 * ROWS * COLUMNS),
                    "the second is the number of all the picture's numbers: the measured ones are "
                    "among them.",
                ),
                Mistake(
                    lambda: measured_numbers()[::-1],
                    "these are in the other order: first what was measured.",
                ),
                Mistake(
                    lambda: (3 * ROWS * COLUMNS, 0),
                    "under the mosaic a sensor has one filter, not three.",
                ),
            ],
        ),
        Answer(
            "lower_left",
            label="Row, then column",
            solution=solve_lower_left,
            expected=lambda: (HEIGHT - 1, 0),
            kind=tuple,
            right="rows count downwards from 0, so the lowest is the height minus 1.",
            hint="first the row, counted from the top, then the column; both begin at 0.",
            hints=[
                Mistake(lambda: (0, HEIGHT - 1), "the row comes first, then the column."),
                Mistake(
                    lambda: (HEIGHT, 0),
                    "rows are counted from 0: there is no row with this number.",
                ),
                Mistake(lambda: (0, 0), "this is the top left: row 0 is the upper edge."),
                Mistake(
                    lambda: (HEIGHT - 1, WIDTH - 1),
                    "this is the lower right: columns are counted from the left.",
                ),
                Mistake(
                    lambda: (WIDTH - 1, 0),
                    "the shape gives the height first: the last row's number comes from it.",
                ),
                Mistake(
                    lambda: (0, WIDTH - 1),
                    "this is the top right: rows are counted downwards, columns to the right.",
                ),
            ],
        ),
        Answer(
            "flattened",
            label="Six numbers",
            solution=solve_flattened,
            expected=channels_first_numbers,
            kind=list,
            right="all of red comes first, then green, then blue: the first axis changes last.",
            hint="the first axis counts channels. Write down all of channel 0 before channel 1.",
            hints=[
                Mistake(
                    lambda: TWO_PIXELS.ravel(),
                    "this keeps the three numbers of a pixel together: channels last.",
                ),
                Mistake(
                    lambda: TWO_PIXELS.transpose(2, 0, 1)[::-1].ravel(),
                    "blue stands first here. Channel 0 is red.",
                ),
            ],
        ),
        Answer(
            "classifier_parameters",
            label="Parameters in all",
            solution=solve_classifier_parameters,
            expected=parameters,
            kind=int,
            right="each class has a weight for every number of the picture, and one bias.",
            hint="how many numbers has one picture? Each class has a weight for each, and a bias.",
            hints=[
                Mistake(lambda: parameters(biases=0), "the biases are missing: one per class."),
                Mistake(
                    lambda: parameters(channels=1),
                    "a colour picture has three numbers per pixel.",
                ),
                Mistake(
                    lambda: parameters(channels=1, biases=0),
                    "a colour picture has three numbers per pixel, and each class has a bias.",
                ),
                Mistake(
                    lambda: parameters(classes=1, biases=0),
                    "this is the number of weights of one class.",
                ),
                Mistake(
                    lambda: parameters(classes=1, biases=1),
                    "these are the parameters of one class.",
                ),
                Mistake(
                    lambda: parameters(biases=1), "each class has a bias of its own, not all one."
                ),
                Mistake(
                    lambda: parameters(biases=5 * 3),
                    "a bias belongs to a class, not to a channel.",
                ),
            ],
        ),
        Implement(
            "to_channels_first",
            reference=to_channels_first,
            cases=[numbered(1, 2, 3, 2), numbered(2, 4, 5, 3), numbered(3, 3, 3, 3)],
            generate=random_batch,
            right="The axes move, and every number keeps its channel, row and column.",
            hint="keep axis 0, then take the old axis 3, then the two axes of the picture.",
            mistakes=[
                Mistake(
                    reshaped,
                    "the shape is right and the contents are not: reshape keeps the numbers in "
                    "their order. Move the axes instead.",
                ),
                Mistake(
                    lambda images: images.transpose(0, 3, 2, 1),
                    "rows and columns are exchanged: the height comes before the width.",
                ),
                Mistake(
                    lambda images: images.transpose(0, 2, 3, 1),
                    "this is the way from channels first to channels last.",
                ),
                Mistake(
                    lambda images: images.transpose(3, 0, 1, 2),
                    "the channels are in front of the images: axis 0, the images, should stay.",
                ),
                Mistake(
                    lambda images: images[0].transpose(2, 0, 1),
                    "only the first image is left: the batch has a first axis, too.",
                ),
                Mistake(
                    lambda images: images.transpose(2, 0, 1),
                    "`transpose` needs all four axes here. The images' axis comes first.",
                ),
                Mistake(
                    lambda images: images,
                    "nothing moved: the channels are still the last axis.",
                ),
            ],
        ),
        Implement(
            "pixel_of",
            solution=(solved_pixel_of,),
            reference=pixel_of,
            cases=[Case(17, 2, 4), Case(0, 3, 5), Case(59, 4, 5), Case(7, 1, 3), Case(7, 3, 1)],
            generate=random_entry,
            right="Whole channels first, then whole rows, then what is left.",
            hint="how many whole channels fit before entry p? And how many whole rows of the rest?",
            mistakes=[
                Mistake(
                    row_of_all_channels,
                    "your rows are counted through all channels. Take the channels off first.",
                ),
                Mistake(
                    lambda p, height, width: (
                        p // (height * width),
                        p % (height * width) // height,
                        p % (height * width) % height,
                    ),
                    "a row is as long as the picture is wide: divide by the width.",
                ),
                Mistake(
                    lambda p, height, width: (
                        p // (height * width),
                        p % width,
                        p % (height * width) // width,
                    ),
                    "row and column are exchanged: the row comes first.",
                ),
                Mistake(
                    in_channels_last,
                    "this is the pixel of a channels-last picture.",
                ),
                Mistake(
                    lambda p, height, width: pixel_of(p, height, width)[1:],
                    "the channel is missing: the answer has three parts.",
                ),
                Mistake(
                    lambda p, height, width: pixel_of(p - 1, height, width),
                    "you are one entry behind: the first entry is p = 0.",
                ),
                Mistake(
                    lambda p, height, width: (
                        p / (height * width),
                        p % (height * width) / width,
                        p % (height * width) % width,
                    ),
                    "indices are whole numbers: use // in place of /.",
                ),
                Mistake(
                    lambda p, height, width: tuple(float(n) for n in pixel_of(p, height, width)),
                    "indices are whole numbers: use // in place of /.",
                ),
            ],
        ),
        Implement(
            "centre_crop",
            reference=centre_crop,
            cases=[
                numbered_picture(1, 5, 8, 2, 3),
                numbered_picture(3, 4, 4, 2, 2),
                numbered_picture(3, 3, 6, 3, 1),
                numbered_picture(2, 2, 3, 2, 3),
            ],
            generate=random_crop,
            right="Half of what falls away, rounded down, lies above and on the left.",
            hint="how many rows fall away? Half of them, rounded down, come before the crop.",
            mistakes=[
                Mistake(
                    sides_swapped,
                    "height and width are exchanged: the axes are channel, row, column.",
                ),
                Mistake(
                    lambda image, height, width: image[:, :height, :width],
                    "this is the top left corner, not the middle.",
                ),
                Mistake(
                    odd_pixel_first,
                    "the odd row should fall away below, and the odd column on the right.",
                ),
                Mistake(
                    half_minus_half,
                    "take half of the difference. Half of the side less half of the crop is one "
                    "too much when the side is even and the crop is odd.",
                ),
                Mistake(
                    lambda image, height, width: image[:, -height:, -width:],
                    "this is the lower right corner, not the middle.",
                ),
                Mistake(
                    lambda image, height, width: np.resize(image, (len(image), height, width)),
                    "this takes the first numbers in their order, whatever pixel they belong to. "
                    "Keep a block of rows and columns.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
