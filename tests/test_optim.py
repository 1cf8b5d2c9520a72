"""SGD and Adam: the same steps as PyTorch's, in place, and refusals."""

import numpy as np
import pytest
import torch

from cnnbook.layers import Linear, Sequential
from cnnbook.optim import SGD, Adam

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
]


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


def test_both_find_the_bottom_of_a_bowl():
    for make in (lambda p: SGD(p, lr=0.1, momentum=0.5), lambda p: Adam(p, lr=0.05)):
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
@pytest.mark.parametrize("optimiser", [SGD, Adam])
def test_refuses_a_learning_rate_that_is_not_a_number(optimiser, lr):
    with pytest.raises(TypeError, match=rf"{optimiser.__name__}: lr is .*; expected a number"):
        optimiser([np.zeros(2)], lr=lr)


@pytest.mark.parametrize("optimiser", [SGD, Adam])
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


@pytest.mark.parametrize("optimiser", [SGD, Adam])
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
