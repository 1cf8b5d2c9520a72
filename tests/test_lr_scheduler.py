"""Schedules: the same rates as PyTorch's, alone and together, with momentum; states, refusals."""

import copy
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as theirs

from cnnbook.optim import SGD, Adam, AdamW, Optimizer
from cnnbook.optim import lr_scheduler as ours

FEW = settings(max_examples=40, derandomize=True, deadline=None)
OPTIMISERS = {
    "SGD": (SGD, torch.optim.SGD, {"lr": 0.5}),
    "momentum": (SGD, torch.optim.SGD, {"lr": 0.5, "momentum": 0.8}),
    "Adam": (Adam, torch.optim.Adam, {"lr": 0.02}),
    "AdamW": (AdamW, torch.optim.AdamW, {"lr": 0.02, "betas": (0.7, 0.99)}),
}
SCHEDULES = [
    ("StepLR", {"step_size": 3}),
    ("StepLR", {"step_size": 1, "gamma": 0.9}),
    ("StepLR", {"step_size": 100}),
    ("CosineAnnealingLR", {"T_max": 10}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.6, "total_iters": 8}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 1}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 24}),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 5, "steps_per_epoch": 5, "pct_start": 0.45}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 24, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 25, "three_phase": True}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 24, "cycle_momentum": False}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 24, "pct_start": 0.0}),
    (
        "OneCycleLR",
        {
            "max_lr": 1.0,
            "total_steps": 30,
            "base_momentum": 0.5,
            "max_momentum": 0.99,
            "div_factor": 5.0,
            "final_div_factor": 100.0,
        },
    ),
]


def new_pair(name):
    mine, other, options = OPTIMISERS[name]
    w, tensor = np.ones(3), torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    return mine([w], **options), other([tensor], **options), w, tensor


def both_step(mine, other, tensor, gradient):
    mine.step([gradient])
    tensor.grad = torch.tensor(gradient)
    other.step()


def momentum_of(optimiser):
    if isinstance(optimiser, Optimizer):
        return optimiser.betas[0] if isinstance(optimiser, Adam) else optimiser.momentum
    group = optimiser.param_groups[0]
    return group["betas"][0] if "betas" in group else group["momentum"]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_rates_momenta_and_parameters_are_torchs(name, options, optimiser):
    mine, other, w, tensor = new_pair(optimiser)
    schedule, expected = (
        getattr(ours, name)(mine, **options),
        getattr(theirs, name)(other, **options),
    )
    rng = np.random.default_rng(0)
    for _ in range(24):
        assert mine.lr == pytest.approx(other.param_groups[0]["lr"], rel=1e-12, abs=1e-300)
        assert schedule.get_last_lr() == pytest.approx(expected.get_last_lr(), rel=1e-12, abs=1e-99)
        assert momentum_of(mine) == pytest.approx(momentum_of(other), rel=1e-12)
        both_step(mine, other, tensor, rng.standard_normal(3))
        schedule.step()
        expected.step()
    np.testing.assert_allclose(w, tensor.detach().numpy(), rtol=1e-11)
    assert schedule.base_lrs == expected.base_lrs
    assert schedule.last_epoch == expected.last_epoch == 24


@pytest.mark.parametrize("second", SCHEDULES[:6])
def test_two_schedules_act_together_as_torchs(second):
    mine, other, _, tensor = new_pair("SGD")
    name, options = second
    ours_both = ours.LinearLR(mine, 0.2, total_iters=4), getattr(ours, name)(mine, **options)
    both = theirs.LinearLR(other, 0.2, total_iters=4), getattr(theirs, name)(other, **options)
    for _ in range(15):
        assert mine.lr == pytest.approx(other.param_groups[0]["lr"], rel=1e-12, abs=1e-300)
        both_step(mine, other, tensor, np.ones(3))
        for schedule in (*ours_both, *both):
            schedule.step()


def test_a_rate_that_is_changed_by_hand_goes_on_as_in_torch():
    for name, options in SCHEDULES[:9]:
        mine, other, _, tensor = new_pair("SGD")
        schedule = getattr(ours, name)(mine, **options)
        expected = getattr(theirs, name)(other, **options)
        for step in range(12):
            if step == 2:
                mine.lr = other.param_groups[0]["lr"] = 0.123
            both_step(mine, other, tensor, np.ones(3))
            schedule.step()
            expected.step()
            assert mine.lr == pytest.approx(other.param_groups[0]["lr"], rel=1e-12, abs=1e-300)


def rates(schedule, count):
    found = []
    for _ in range(count):
        found.append(schedule.optimizer.lr)
        schedule.step()
    return found


@FEW
@given(st.integers(1, 40), st.floats(0, 0.5), st.floats(0.5, 3))
def test_the_cosine_is_the_papers_formula(t_max, eta_min, lr):
    schedule = ours.CosineAnnealingLR(SGD([np.ones(1)], lr=lr), t_max, eta_min)
    t = np.arange(t_max + 1)
    expected = eta_min + (lr - eta_min) / 2 * (1 + np.cos(np.pi * t / t_max))
    np.testing.assert_allclose(rates(schedule, t_max + 1), expected, atol=1e-12)


@FEW
@given(st.floats(0.01, 1), st.floats(0, 1), st.integers(1, 30))
def test_the_warm_up_is_a_straight_line_and_then_stays(start, end, steps):
    schedule = ours.LinearLR(SGD([np.ones(1)], lr=2.0), start, end, steps)
    line = 2 * np.linspace(start, end, steps + 1)
    expected = [*line, *[line[-1]] * 3]
    np.testing.assert_allclose(rates(schedule, steps + 4), expected, atol=1e-11)


@FEW
@given(st.integers(4, 60), st.booleans(), st.sampled_from(["cos", "linear"]))
def test_one_cycle_begins_and_ends_where_it_says(total, three, strategy):
    schedule = ours.OneCycleLR(
        SGD([np.ones(1)]), 2.0, total, three_phase=three, anneal_strategy=strategy
    )
    found = rates(schedule, total)
    assert found[0] == pytest.approx(2 / 25)
    assert found[-1] == pytest.approx(2 / 25 / 1e4)
    assert 0 < min(found) <= max(found) <= 2 + 1e-12


def test_known_rates_of_steps():
    # He et al. 2016 divide by 10 twice: 0.1, 0.01, 0.001.
    found = rates(ours.StepLR(SGD([np.ones(1)], lr=0.1), 30), 90)
    np.testing.assert_allclose(found, np.repeat([0.1, 0.01, 0.001], 30), rtol=1e-12)


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_a_saved_run_goes_on_as_if_nothing_had_been(name, options):
    def new():
        w = np.ones(3)
        optimiser = SGD([w], lr=0.5, momentum=0.9)
        return w, optimiser, getattr(ours, name)(optimiser, **options)

    w, optimiser, schedule = new()
    for _ in range(5):
        optimiser.step([w.copy()])
        schedule.step()
    saved = copy.deepcopy((w, optimiser.state_dict(), schedule.state_dict()))
    w2, optimiser2, schedule2 = new()
    w2[...] = saved[0]
    optimiser2.load_state_dict(saved[1])
    schedule2.load_state_dict(saved[2])
    assert schedule2.get_last_lr() == schedule.get_last_lr()
    for _ in range(8):
        for array, one, other in ((w, optimiser, schedule), (w2, optimiser2, schedule2)):
            one.step([array.copy()])
            other.step()
        assert optimiser.lr == optimiser2.lr
        np.testing.assert_array_equal(w, w2)


def test_torchs_state_holds_what_ours_does():
    mine, other, _, _ = new_pair("SGD")
    state = theirs.StepLR(other, 3).state_dict()
    own = ours.StepLR(mine, 3).state_dict()
    assert {name: state[name] for name in own} == own


def test_an_optimiser_of_torchs_with_a_schedule_can_be_loaded():
    mine, other, _, tensor = new_pair("momentum")
    schedule = theirs.OneCycleLR(other, 1.0, 10)
    tensor.grad = torch.ones(3, dtype=torch.float64)
    other.step()
    schedule.step()
    mine.load_state_dict(other.state_dict())
    assert (mine.lr, mine.momentum) == (other.param_groups[0]["lr"], momentum_of(other))


def test_a_cycle_that_is_over_is_refused_as_in_torch_and_nothing_changes():
    mine, other, _, _ = new_pair("momentum")
    schedule, expected = ours.OneCycleLR(mine, 1.0, 5), theirs.OneCycleLR(other, 1.0, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch misses the optimiser's steps
        for _ in range(5):
            schedule.step()
            expected.step()
        with pytest.raises(ValueError, match="6 times"):
            expected.step()
    before = mine.lr, schedule.state_dict()
    with pytest.raises(
        ValueError, match=r"OneCycleLR.step: this is step 6; expected 5 at most, th"
    ):
        schedule.step()
    assert (mine.lr, schedule.state_dict()) == before


def test_a_short_cycle_without_a_rise_starts_at_its_top():
    optimiser = SGD([np.ones(1)])
    ours.OneCycleLR(optimiser, 1.0, 2, pct_start=0.5)  # PyTorch divides by 0
    assert optimiser.lr == 1


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda o: ours.StepLR(o, 3), "StepLR(step_size=3, gamma=0.1; step 0)"),
        (lambda o: ours.CosineAnnealingLR(o, 9), "CosineAnnealingLR(T_max=9, eta_min=0.0; step 0)"),
        (
            lambda o: ours.LinearLR(o, 0.5),
            "LinearLR(start_factor=0.5, end_factor=1.0, total_iters=5; step 0)",
        ),
        (lambda o: ours.OneCycleLR(o, 1, 9), "OneCycleLR(max_lr=1.0, total_steps=9; step 0)"),
    ],
)
def test_a_repr_says_what_is_set_and_where_it_stands(make, text):
    assert repr(make(SGD([np.ones(1)], momentum=0.9))) == text


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("StepLR", {"step_size": 0}, ValueError, r"StepLR: step_size is 0; expected at least 1"),
        ("StepLR", {"step_size": 2.0}, TypeError, r"StepLR: step_size is 2\.0 of type float; expe"),
        ("StepLR", {"step_size": 2, "gamma": -1}, ValueError, r"StepLR: gamma is -1; expected at "),
        ("StepLR", {"step_size": 2, "gamma": "x"}, TypeError, r"StepLR: gamma is 'x' of type str"),
        ("CosineAnnealingLR", {"T_max": 0}, ValueError, r"CosineAnnealingLR: T_max is 0; expected"),
        (
            "CosineAnnealingLR",
            {"T_max": 5, "eta_min": -1},
            ValueError,
            r"eta_min is -1; expected a",
        ),
        (
            "LinearLR",
            {"start_factor": 0},
            ValueError,
            r"LinearLR: start_factor is 0; expected abov",
        ),
        (
            "LinearLR",
            {"start_factor": 1.5},
            ValueError,
            r"start_factor is 1\.5; expected above 0 a",
        ),
        (
            "LinearLR",
            {"end_factor": -0.1},
            ValueError,
            r"LinearLR: end_factor is -0\.1; expected 0",
        ),
        (
            "LinearLR",
            {"end_factor": "1"},
            TypeError,
            r"LinearLR: end_factor is '1' of type str; ex",
        ),
        ("LinearLR", {"total_iters": 0}, ValueError, r"LinearLR: total_iters is 0; expected at le"),
        (
            "OneCycleLR",
            {"max_lr": 1.0, "epochs": 3},
            ValueError,
            r"OneCycleLR: total_steps is None, epochs 3 and steps_per_epoch None; expected total",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1.0, "total_steps": 0},
            ValueError,
            r"total_steps is 0; expected",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1.0, "epochs": 0, "steps_per_epoch": 2},
            ValueError,
            r"OneCycleLR: epochs is 0; expected at least 1",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1.0, "epochs": 2, "steps_per_epoch": 2.5},
            TypeError,
            r"OneCycleLR: steps_per_epoch is 2\.5 of type float",
        ),
        (
            "OneCycleLR",
            {"max_lr": -1, "total_steps": 9},
            ValueError,
            r"max_lr is -1; expected at l",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "pct_start": 1.5},
            ValueError,
            r"OneCycleLR: pct_start is 1\.5; expected 0 to 1",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "anneal_strategy": "cosine"},
            ValueError,
            r"OneCycleLR: anneal_strategy is 'cosine'; expected one of 'cos', 'linear'",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "cycle_momentum": 1},
            TypeError,
            r"OneCycleLR: cycle_momentum is 1; expected True or False",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "three_phase": None},
            TypeError,
            r"OneCycleLR: three_phase is None; expected True or False",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "base_momentum": -0.1},
            ValueError,
            r"OneCycleLR: base_momentum is -0\.1; expected at least 0",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "div_factor": 0},
            ValueError,
            r"OneCycleLR: div_factor is 0; expected a finite number above 0",
        ),
        (
            "OneCycleLR",
            {"max_lr": 1, "total_steps": 9, "final_div_factor": np.inf},
            ValueError,
            r"OneCycleLR: final_div_factor is inf; expected a finite number above 0",
        ),
    ],
)
def test_refusals(name, options, error, message):
    optimiser = SGD([np.ones(1)], lr=0.5, momentum=0.5)
    with pytest.raises(error, match=message):
        getattr(ours, name)(optimiser, **options)
    assert (optimiser.lr, optimiser.momentum, optimiser.initial_lr) == (0.5, 0.5, None)


def test_adams_momentum_is_below_1():
    with pytest.raises(ValueError, match=r"max_momentum is 1\.0; expected at least 0 and below 1"):
        ours.OneCycleLR(Adam([np.ones(1)]), 1.0, 9, max_momentum=1.0)


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_refuses_what_is_not_an_optimiser(name, options):
    with pytest.raises(TypeError, match=rf"{name}: optimizer is a list; expected"):
        getattr(ours, name)([np.ones(1)], **options)


def test_load_state_dict_refuses_and_changes_nothing():
    schedule = ours.StepLR(SGD([np.ones(1)]), 3)
    state = schedule.state_dict()
    for wrong, message in [
        ({"last_epoch": 2}, r"state_dict has \['last_epoch'\]; expected a dictionary with last_e"),
        ({**state, "last_epoch": -1}, r"last_epoch is -1; expected at least 0"),
        ({**state, "base_lrs": 0.1}, r"base_lrs is 0\.1; expected a list of one number"),
        ({**state, "_last_lr": [-0.1]}, r"_last_lr is -0\.1; expected at least 0"),
    ]:
        with pytest.raises(ValueError, match=rf"StepLR.load_state_dict: {message}"):
            schedule.load_state_dict(wrong)
    with pytest.raises(
        TypeError, match=r"state_dict is an int; expected a dictionary with last_ep"
    ):
        schedule.load_state_dict(3)
    assert schedule.state_dict() == state
