import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from torch import nn

from cnnbook.nets import evaluate


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(57, 4)).astype(np.float32)
    return logits, rng.integers(4, size=57)


@pytest.mark.parametrize("batch_size", [1, 10, 57, 1000])
def test_agrees_with_scikit_learn(task, batch_size):
    logits, y = task
    result = evaluate(nn.Identity(), logits, y, batch_size=batch_size)
    predicted = logits.argmax(axis=1)
    np.testing.assert_array_equal(result.confusion, confusion_matrix(y, predicted))
    assert result.confusion.dtype == np.int64
    assert result.accuracy == accuracy_score(y, predicted)
    assert result.error_percent == pytest.approx(100 * (1 - accuracy_score(y, predicted)))
    probabilities = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    assert result.loss == pytest.approx(log_loss(y, probabilities), rel=1e-5)


def test_an_absent_class_keeps_its_row():
    result = evaluate(nn.Identity(), np.eye(3, dtype=np.float32)[[0, 0, 2]], np.array([0, 2, 2]))
    assert result.confusion.tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 1]]


@pytest.mark.parametrize("training", [True, False])
def test_measures_in_evaluation_mode_and_restores_the_mode(training):
    model = nn.Dropout(0.9).train(training)
    x = np.eye(4, dtype=np.float32)
    assert evaluate(model, x, np.arange(4)).accuracy == 1
    assert model.training is training


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.eye(3), np.array([0, 1])), ValueError, "x has 3 inputs and y 2 targets"),
        ((np.eye(3), np.array([0, 1, 3])), ValueError, "classes from 0 to 3; expected 0 to 2"),
        ((np.eye(3, dtype=int), np.arange(3)), TypeError, "x has dtype torch.int64"),
        ((np.eye(3), np.arange(3.0)), TypeError, "y has dtype torch.float64"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=f"evaluate: .*{message}"):
        evaluate(nn.Identity(), *arguments)


def test_refuses_a_bad_batch_size():
    with pytest.raises(ValueError, match="evaluate: batch_size is 0"):
        evaluate(nn.Identity(), np.eye(3), np.arange(3), batch_size=0)
