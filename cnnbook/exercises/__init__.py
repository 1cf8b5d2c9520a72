"""Exercises that answer back, and self-check questions.

One module per chapter holds that chapter's exercises as data. A page imports its module::

    from cnnbook.exercises import convolution as exercises

    exercises.check("four_outputs", your_outputs)

`check` prints one of three things: "not attempted yet" for None, "Right: …", or "Not yet: …"
with the first case that differs and a hint. It shows no traceback, whatever the reader's
function does.

On the page the same exercises are answered without Python: `ask` shows the field, the verdicts and
hints of `check`, and the folded solution. `guess` asks before a result and folds it; `question`
shows a box of options; `solution` folds the solution of an exercise that asks for a function::

    exercises.ask("four_outputs")

    with exercises.guess("turned_kernel"):
        print(cnnbook.convolve2d(x, kernel))

Guesses and boxes are data, too (`cnnbook.exercises.boxes`): a cell's source is a call, no answer.

**To add an exercise**, add an `Answer` (predict, compute) or an `Implement` to the chapter's
list; the tests find it there::

    EXERCISES = Exercises("pooling", [
        Answer(
            "side_after_pooling",
            expected=lambda: cnnbook.conv_output_size(28, 2, stride=2),
            kind=int,
            right="two by two pooling halves each side.",
            hint="how many windows of 2, side by side, fit into 28?",
            hints=[Mistake(lambda: 27, "the stride of pooling is its kernel size, not 1.")],
        ),
        Implement(
            "my_max_pool2d",
            reference=max_pool2d,                   # a right solution, with named arguments
            cases=[(np.arange(12.0).reshape(4, 3), 2), Case(photo, kernel_size=2)],
            generate=lambda rng: (*arrays(rng, whole(rng, 2, low=2, high=7)), 2),
            right="the windows lie side by side.",
            hint="take one window, then its largest entry.",
            mistakes=[Mistake(mean_pool2d, "this is the mean of each window, not its largest.")],
        ),
    ])
    check = EXERCISES.check

Rules that the tests hold you to: the expected value comes from the library and appears in no
hint; every `Mistake` is answered by its own hint, and an `Implement` knows five or more. A mistake
of an `Implement` is recognised in the first case that differs, so put a small case first in which
the mistakes come apart. Draw cases with `cnnbook.exercises.cases`: fractions, both signs, zeros,
ties, pixels left over and both dtypes are what tells a right function from a wrong one.

All texts are said through `cnnbook.words.say`; `cnnbook.exercises.texts.catalogue` lists them.
"""

from cnnbook.exercises.chapter import Exercises
from cnnbook.exercises.checking import Answer, Implement, Mistake
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, question
from cnnbook.exercises.running import Case

__all__ = ["Answer", "Case", "Exercises", "Guess", "Implement", "Mistake", "Option", "question"]
