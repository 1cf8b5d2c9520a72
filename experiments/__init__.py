"""What the book claims about learning, run over seeds.

One module is one family of claims. It has

- a docstring: the question, then how it is asked;
- ``UNIT``: what its numbers are, in a few words;
- ``SEEDS``: how many;
- ``MINUTES``: what all seeds take on one core, at most;
- ``run(seed, share=1.0)``: one number for each arm. The seed draws the initial weights *and* the
  batches; ``share`` is the part of the steps to take (a test takes a tenth);
- ``verdicts(n)``: what is said of the numbers, a sentence and whether it holds. ``n[arm]`` is an
  array with a number for each seed. It uses `experiments.verdicts`, never a single seed.

``python -m experiments`` runs all and writes ``cnnbook/data/results/experiments/NAME.json``;
``python -m experiments NAME`` runs one. What it found, the chapters show and quote.
"""
