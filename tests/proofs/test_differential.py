"""A short, seeded run of the differential trial: `python -m tests.differential` makes long ones."""

import pytest

from tests.differential import operations, trial


@pytest.mark.proof
def test_nothing_is_found_in_some_thousand_cases() -> None:
    tried, finds = trial(seed=0, count=5000)
    assert set(tried) == set(operations())
    assert not finds, "\n".join(finds.values())
