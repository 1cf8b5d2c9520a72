"""Optimisers: the same steps as PyTorch's, in place, states that travel both ways, refusals."""

import copy

import numpy as np
import pytest
import torch

from cnnbook.layers import Linear, Sequential
from cnnbook.optim import SGD, Adam, AdamW, Optimizer

OPTIONS = [
    (SGD, torch.optim.SGD, {"lr": 0.1}),
    (SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    (SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    (SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.3}),
    (SGD, torch.optim.SGD, {"lr": 0.0}),
    (Adam, torch.optim.Adam, {}),
    (Adam, torch.optim.Adam, {"lr": 0.1}),
    (Adam, torch.optim.Adam, {"lr": 0.1, "betas": (0.5, 0.0), "eps": 1e-3}),
    (Adam, torch.optim.Adam, {"lr": 0.01, "weight_decay": 0.1}),
    (AdamW, torch.optim.AdamW, {}),
    (AdamW, torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.3}),
    (AdamW, torch.optim.AdamW, {"lr": 0.1, "betas": (0.5, 0.0), "eps": 1e-3, "weight_decay": 0}),
]
ALL = [SGD, Adam, AdamW]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("ours", "theirs", "options"), OPTIONS)
def test_twenty_steps_equal_torchs(ours, theirs, options, dtype):
    rng = np.random.default_rng(0)
    shapes = [(3, 2, 4), (5,), ()]
    arrays = [np.asarray(rng.standard_normal(shape)).astype(dtype) for shape in shapes]
    tensors = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]
    same = list(arrays)
    mine, other = ours(arrays, **options), theirs(tensors, **options)
    for _ in range(20):
        gradients = [np.asarray(rng.standard_normal(shape)).astype(dtype) for shape in shapes]
        kept = [gradient.copy() for gradient in gradients]
        mine.step(gradients)
        for tensor, gradient in zip(tensors, gradients, strict=True):
            tensor.grad = torch.tensor(gradient)
        other.step()
        for gradient, before in zip(gradients, kept, strict=True):
            np.testing.assert_array_equal(gradient, before)
    for array, again, tensor in zip(arrays, same, tensors, strict=True):
        assert array is again
        assert array.dtype == dtype
        tolerance = 1e-12 if dtype == np.float64 else 2e-5
        np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=tolerance)


def test_a_changed_learning_rate_counts_from_the_next_step():
    w = np.array([1.0])
    optimiser = SGD([w], lr=1.0)
    optimiser.lr = 0.5
    optimiser.step([np.array([1.0])])
    assert w.tolist() == [0.5]


def test_all_find_the_bottom_of_a_bowl():
    for make in (
        lambda p: SGD(p, lr=0.1, momentum=0.5),
        lambda p: Adam(p, lr=0.05),
        lambda p: AdamW(p, lr=0.05),
    ):
        w = np.array([3.0, -2.0])
        optimiser = make([w])
        for _ in range(400):
            optimiser.step([2 * w])
        np.testing.assert_allclose(w, 0, atol=1e-6)


@pytest.mark.parametrize(
    ("optimiser", "options", "message"),
    [
        (SGD, {"lr": -0.1}, r"SGD: lr is -0\.1; expected at least 0"),
        (SGD, {"lr": np.nan}, r"SGD: lr is nan; expected at least 0"),
        (SGD, {"lr": np.inf}, r"SGD: lr is inf; expected at least 0"),
        (SGD, {"momentum": -1}, r"SGD: momentum is -1; expected at least 0"),
        (SGD, {"weight_decay": -1}, r"SGD: weight_decay is -1"),
        (SGD, {"nesterov": True}, r"SGD: nesterov is True; expected a momentum above 0"),
        (Adam, {"lr": -0.1}, r"Adam: lr is -0\.1"),
        (Adam, {"betas": (1.0, 0.9)}, r"Adam: betas\[0\] is 1\.0; expected at least 0 and below 1"),
        (Adam, {"betas": (0.9, -0.1)}, r"Adam: betas\[1\] is -0\.1"),
        (Adam, {"betas": (0.9,)}, r"Adam: betas is \(0\.9,\); expected a pair"),
        (Adam, {"betas": 0.9}, r"Adam: betas is 0\.9; expected a pair"),
        (Adam, {"eps": -1.0}, r"Adam: eps is -1\.0"),
        (Adam, {"weight_decay": -1.0}, r"Adam: weight_decay is -1\.0"),
        (AdamW, {"lr": -0.1}, r"AdamW: lr is -0\.1"),
        (AdamW, {"betas": (1.0, 0.9)}, r"AdamW: betas\[0\] is 1\.0; expected at least 0 and below"),
        (AdamW, {"eps": -1.0}, r"AdamW: eps is -1\.0"),
        (AdamW, {"weight_decay": -1.0}, r"AdamW: weight_decay is -1\.0"),
    ],
)
def test_refuses_numbers_out_of_range(optimiser, options, message):
    with pytest.raises(ValueError, match=message):
        optimiser([np.zeros(2)], **options)


def test_nesterov_is_a_flag():
    with pytest.raises(TypeError, match=r"SGD: nesterov is 'no'; expected True or False"):
        SGD([np.zeros(2)], momentum=0.9, nesterov="no")


@pytest.mark.parametrize(("ours", "theirs", "options"), OPTIONS)
def test_infinite_gradients_are_silent_as_in_torch(ours, theirs, options):
    w, gradients = np.zeros(4), [np.array([np.inf, -np.inf, np.nan, 1.0])] * 2
    tensor = torch.nn.Parameter(torch.tensor(w))
    mine, other = ours([w], **options), theirs([tensor], **options)
    for gradient in gradients:
        mine.step([gradient])
        tensor.grad = torch.tensor(gradient)
        other.step()
    np.testing.assert_allclose(w, tensor.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("lr", ["0.1", None, True, [0.1]])
@pytest.mark.parametrize("optimiser", ALL)
def test_refuses_a_learning_rate_that_is_not_a_number(optimiser, lr):
    with pytest.raises(TypeError, match=rf"{optimiser.__name__}: lr is .*; expected a number"):
        optimiser([np.zeros(2)], lr=lr)


@pytest.mark.parametrize("optimiser", ALL)
def test_refuses_parameters_that_cannot_be_changed(optimiser):
    name = optimiser.__name__
    with pytest.raises(TypeError, match=rf"{name}: parameters is one array; expected a list"):
        optimiser(np.zeros(2))
    with pytest.raises(ValueError, match=rf"{name}: parameters is empty"):
        optimiser([])
    with pytest.raises(TypeError, match=rf"{name}: parameters\[1\] has dtype int64"):
        optimiser([np.zeros(2), np.zeros(2, np.int64)])
    with pytest.raises(TypeError, match=rf"{name}: parameters\[0\] is a list"):
        optimiser([[0.0]])
    with pytest.raises(TypeError, match=rf"{name}: parameters is None; expected a list of arrays"):
        optimiser(None)
    model = Linear(2, 3, rng=np.random.default_rng(0))
    with pytest.raises(
        TypeError, match=rf"{name}: parameters is a Linear; .*; use its parameters\(\)"
    ):
        optimiser(model)
    with pytest.raises(TypeError, match=rf"{name}: parameters is a Sequential; .*parameters\(\)"):
        optimiser(Sequential(model))
    with pytest.raises(TypeError, match=rf"{name}: parameters is a dict; .* use list\(....values"):
        optimiser(model.state_dict())
    weight = np.zeros(2)
    with pytest.raises(ValueError, match=rf"{name}: parameters\[1\] is there twice; expected each"):
        optimiser([weight, weight])
    with pytest.raises(
        TypeError, match=rf"{name}: parameters\[0\] is a MaskedArray; expected a plain NumPy array"
    ):
        optimiser([np.ma.zeros(2)])
    read_only = np.zeros(2)
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match=rf"{name}: parameters\[0\] is read-only"):
        optimiser([read_only])


@pytest.mark.parametrize("optimiser", ALL)
def test_step_refuses_unfit_gradients_before_anything_changes(optimiser):
    name = optimiser.__name__
    w = [np.ones(2), np.ones(3)]
    step = optimiser(w, lr=1.0).step
    with pytest.raises(ValueError, match=rf"{name}.step: gradients has 1 arrays; expected 2"):
        step([np.ones(2)])
    with pytest.raises(ValueError, match=rf"{name}.step: gradients\[1\] is float64 of shape \(2,"):
        step([np.ones(2), np.ones(2)])
    with pytest.raises(ValueError, match=rf"{name}.step: gradients\[1\] is float32 of shape \(3,"):
        step([np.ones(2), np.ones(3, np.float32)])
    with pytest.raises(TypeError, match=rf"{name}.step: gradients\[1\] is a NoneType"):
        step([np.ones(2), None])
    with pytest.raises(TypeError, match=rf"{name}.step: gradients is None; expected a list"):
        step(None)
    model = Linear(2, 3, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match=rf"{name}.step: gradients is a Linear.*its gradients\(\)"):
        step(model)
    with pytest.raises(TypeError, match=rf"{name}.step: gradients is one array"):
        step(np.ones((2, 2)))
    assert [array.tolist() for array in w] == [[1, 1], [1, 1, 1]]


SHAPES = [(3, 2, 4), (5,), ()]


def new_pair(ours, theirs, options, dtype, seed=0):
    """Return both optimisers, with equal parameters."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.standard_normal(shape)).astype(dtype) for shape in SHAPES]
    tensors = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]
    return ours(arrays, **options), theirs(tensors, **options), arrays, tensors


def steps(mine, other, tensors, count, seed=1):
    """Let one optimiser or both take steps along the same gradients."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        gradients = [np.asarray(rng.standard_normal(shape)) for shape in SHAPES]
        if mine:
            mine.step([g.astype(p.dtype) for g, p in zip(gradients, mine.parameters, strict=True)])
        if other:
            for tensor, gradient in zip(tensors, gradients, strict=True):
                tensor.grad = torch.tensor(gradient).to(tensor.dtype)
            other.step()


def as_tensors(state):
    """Return our state with tensors for arrays, as PyTorch takes it."""
    return {
        "state": {
            i: {name: torch.from_numpy(np.asarray(array)) for name, array in kept.items()}
            for i, kept in state["state"].items()
        },
        "param_groups": state["param_groups"],
    }


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("ours", "theirs", "options"), OPTIONS)
def test_states_travel_both_ways(ours, theirs, options, dtype, count):
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    # From PyTorch, whose optimiser takes some steps first, to ours, which was made otherwise.
    _, other, _, tensors = new_pair(ours, theirs, options, dtype)
    steps(None, other, tensors, count)
    arrays = [tensor.detach().numpy().copy() for tensor in tensors]
    mine = ours(arrays, lr=7.0)
    steps(mine, None, [], 2, seed=5)
    for array, tensor in zip(arrays, tensors, strict=True):
        array[...] = tensor.detach().numpy()
    mine.load_state_dict(other.state_dict())
    steps(mine, other, tensors, 5, seed=2)
    for array, tensor in zip(arrays, tensors, strict=True):
        np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=tolerance)
    # And back, to an optimiser of PyTorch's that took no step.
    copies = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]
    fresh = theirs(copies, lr=7.0)
    fresh.load_state_dict(as_tensors(mine.state_dict()))
    steps(mine, fresh, copies, 5, seed=3)
    for array, tensor in zip(arrays, copies, strict=True):
        np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("ours", "theirs", "options"), OPTIONS)
def test_keys_of_a_state_are_torchs(ours, theirs, options):
    mine, other, _, tensors = new_pair(ours, theirs, options, np.float64)
    steps(mine, other, tensors, 2)
    state, expected = mine.state_dict(), other.state_dict()
    group, theirs_group = state["param_groups"][0], expected["param_groups"][0]
    assert {name: theirs_group[name] for name in group if name in theirs_group} == group
    for i, kept in expected["state"].items():
        there = {name: value for name, value in kept.items() if value is not None}
        assert set(state["state"].get(i, {})) == set(there)
        for name, value in there.items():
            np.testing.assert_allclose(state["state"][i][name], value.numpy(), rtol=1e-12)


@pytest.mark.parametrize(("ours", "theirs", "options"), OPTIONS)
def test_a_state_is_a_copy_and_going_on_from_it_changes_nothing(ours, theirs, options):
    mine, _, arrays, _ = new_pair(ours, theirs, options, np.float64)
    steps(mine, None, [], 3)
    state, kept = mine.state_dict(), [array.copy() for array in arrays]
    again = copy.deepcopy(state)
    steps(mine, None, [], 4, seed=8)
    twin = ours(kept)
    twin.load_state_dict(state)
    steps(twin, None, [], 4, seed=8)
    for one, two in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(one, two)
    assert repr(state) == repr(again)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda p: SGD(p, lr=0.1, momentum=0.9),
            "SGD(2 arrays of 1,003 numbers, lr=0.1, momentum=0.9, weight_decay=0.0, "
            "nesterov=False)",
        ),
        (
            lambda p: Adam(p[:1]),
            "Adam(1 array of 1,000 numbers, lr=0.001, betas=(0.9, 0.999), eps=1e-08, "
            "weight_decay=0.0)",
        ),
        (
            lambda p: AdamW(p, 0.1),
            "AdamW(2 arrays of 1,003 numbers, lr=0.1, betas=(0.9, 0.999), eps=1e-08, "
            "weight_decay=0.01)",
        ),
    ],
)
def test_a_repr_says_what_is_set(make, text):
    assert repr(make([np.zeros((10, 100)), np.zeros(3)])) == text


def broken(state, **changes):
    """Return a copy of a state whose group, or whose first parameter's arrays, are changed."""
    state = copy.deepcopy(state)
    for name, value in changes.items():
        place = state["param_groups"][0] if name in state["param_groups"][0] else state["state"][0]
        place[name] = value
    return state


def test_load_state_dict_refuses_and_changes_nothing():
    w = [np.ones(3), np.ones(2)]
    adam, sgd = Adam(w, lr=0.5), SGD(w, lr=0.5, momentum=0.9)
    for optimiser in (adam, sgd):
        optimiser.step([np.ones(3), np.ones(2)])
    state, other = adam.state_dict(), sgd.state_dict()
    missing = {**state, "param_groups": [{"params": [0, 1], "betas": (0.9, 0.99)}]}
    two = {**state, "param_groups": state["param_groups"] * 2}
    three = broken(state, params=[0, 1, 2])
    several = copy.deepcopy(state)
    several["state"][1]["step"] = np.array(2)
    some = copy.deepcopy(state)
    del some["state"][0]["exp_avg"]
    for wrong, kind, message in [
        ([state], TypeError, r"state_dict is a list; expected a dictionary with state and param_g"),
        (state["state"], ValueError, r"state_dict has \[0, 1\]; expected a dictionary with state"),
        ({**state, "param_groups": 3}, TypeError, r"param_groups is no list of dictionaries; exp"),
        ({**state, "state": [1]}, TypeError, r"state is no dictionary of dictionaries; expected"),
        (two, ValueError, r"state_dict has 2 groups of parameters; expected one, with a l"),
        (
            broken(state, params=2),
            ValueError,
            r"state_dict has 1 groups of parameters; expected one",
        ),
        (three, ValueError, r"state_dict is of 3 parameters; expected 2"),
        (missing, ValueError, r"does not fit Adam: missing lr; missing eps; missing weight_decay"),
        (other, ValueError, r"does not fit Adam: missing betas; .*unexpected momentum"),
        (broken(state, amsgrad=True), ValueError, r"fit Adam: amsgrad is True, expected False"),
        (broken(state, lr=-1.0), ValueError, r"lr is -1\.0; expected at least 0"),
        (broken(state, betas=3), ValueError, r"betas is 3; expected a pair of numbers"),
        (
            broken(state, exp_avg=np.ones(2)),
            ValueError,
            r"exp_avg of parameter 0 is float64 of shape \(2,\); expected real numbers of shape",
        ),
        (
            broken(state, exp_avg=[[1, 2], [3]]),
            ValueError,
            r"exp_avg of parameter 0 cannot be read as an array: setting an array",
        ),
        (broken(state, exp_avg_sq=np.ones(3, complex)), ValueError, r"is complex128 of shape"),
        (broken(state, step=np.array(1.5)), ValueError, r"step is 1\.0, 1\.5; expected one whole"),
        (several, ValueError, r"step is 1\.0, 2\.0; expected one whole number of steps, the same"),
        (
            some,
            ValueError,
            r"state_dict keeps step, exp_avg_sq for parameter 0; expected exp_avg, ",
        ),
    ]:
        with pytest.raises(kind, match=rf"Adam.load_state_dict: .*{message}"):
            adam.load_state_dict(wrong)
    assert repr(adam.state_dict()) == repr(state)
    with pytest.raises(ValueError, match=r"SGD.load_state_dict: state_dict keeps speed for para"):
        sgd.load_state_dict({**other, "state": {0: {"speed": np.ones(3)}}})
    with pytest.raises(ValueError, match=r"SGD.load_state_dict: .*dampening is 0\.5, expected 0"):
        sgd.load_state_dict(broken(other, dampening=0.5))
    with pytest.raises(ValueError, match=r"SGD.load_state_dict: nesterov is True; expected a mom"):
        sgd.load_state_dict(broken(other, nesterov=True, momentum=0.0))
    assert repr(sgd.state_dict()) == repr(other)


def test_loading_what_is_too_large_for_float32_is_silent_as_in_torch():
    optimiser = SGD([np.ones(1, np.float32)], momentum=0.9)
    optimiser.step([np.ones(1, np.float32)])
    with np.errstate(all="raise"):
        optimiser.load_state_dict(broken(optimiser.state_dict(), momentum_buffer=np.array([1e300])))
    assert optimiser.velocities[0] == np.inf


def test_momentum_may_be_set_later():
    mine, other, w, tensors = new_pair(SGD, torch.optim.SGD, {"lr": 0.1}, np.float64)
    mine.momentum = other.param_groups[0]["momentum"] = 0.9
    steps(mine, other, tensors, 3)
    for array, tensor in zip(w, tensors, strict=True):
        np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=1e-12)


def test_adams_state_is_not_adamws():
    w = [np.ones(3)]
    for one, two in ((Adam, AdamW), (AdamW, Adam)):
        with pytest.raises(ValueError, match=rf"fit {two.__name__}: decoupled_weight_decay is "):
            two(w).load_state_dict(one(w).state_dict())


def test_what_every_optimiser_has_is_no_optimiser():
    with pytest.raises(NotImplementedError):
        Optimizer([np.ones(2)])
