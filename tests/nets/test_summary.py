import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnbook.nets import SimpleCNN, explain
from cnnbook.shapes import conv2d_cost, receptive_field


class Branches(nn.Module):
    """Two branches, functions for layers, uneven kernels, a mean over the map."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 4, (3, 5), padding="same", groups=2)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = self.a(x)
        x = x + self.bn(self.b(x))
        x = F.avg_pool2d(x, 3, stride=2)
        return F.log_softmax(self.fc(x.mean(dim=(2, 3))), dim=1)


def rows(model, size):
    return {row.layer: row for row in explain(model, size).rows}


def test_branches_and_functions():
    found = rows(Branches(), (1, 9, 11))
    assert found["a"].receptive_field == (3, 3)
    assert found["b"].receptive_field == found["add"].receptive_field == (5, 7)
    assert found["avg_pool2d"].output == (4, 4, 5)
    assert found["avg_pool2d"].receptive_field == (7, 9)
    assert found["mean"].output == (4,)
    assert found["mean"].receptive_field == (7 + 3 * 2, 9 + 4 * 2)
    assert found["bn"].parameters == 8
    assert found["b"].macs == 4 * 2 * 15 * 9 * 11


@given(
    k=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    s=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    p=st.integers(0, 2),
    d=st.integers(1, 2),
    groups=st.sampled_from([1, 2]),
    bias=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_convolutions_agree_with_shapes(k, s, p, d, groups, bias):
    conv = nn.Conv2d(2, 4, k, s, p, d, groups, bias)
    (row,) = explain(nn.Sequential(conv), (2, 11, 12)).rows
    cost = conv2d_cost((11, 12), 2, 4, k, s, p, d, groups, bias)
    assert (row.parameters, row.macs) == (cost.parameters, cost.macs)
    assert row.receptive_field == tuple(receptive_field([(n, 1, d)]) for n in k)
    assert row.output[1] * row.output[2] * 4 == cost.activations


def test_macs_are_pytorchs_count():
    from torch.utils.flop_counter import FlopCounterMode

    model = nn.Sequential(
        nn.Conv2d(3, 4, (3, 2), stride=(2, 1), groups=1), nn.ReLU(),
        nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), nn.Flatten(), nn.Linear(6 * 9 * 19, 5),
    )  # fmt: skip
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(1, 3, 9, 10))
    assert explain(model, (3, 9, 10)).macs * 2 == counter.get_total_flops()


def test_the_receptive_field_is_what_the_gradient_reaches():
    model = nn.Sequential(
        nn.Conv2d(1, 1, 3, dilation=2), nn.AvgPool2d(2), nn.Conv2d(1, 1, (2, 3)), nn.AvgPool2d(3, 1)
    )
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    x = torch.zeros(1, 1, 30, 30, requires_grad=True)
    model(x)[0, 0, 1, 1].backward()
    reached = x.grad[0, 0].nonzero()
    extent = tuple((reached.max(0).values - reached.min(0).values + 1).tolist())
    assert explain(model, (1, 30, 30)).rows[-1].receptive_field == extent


def test_unknown_after_a_transposed_convolution():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ConvTranspose2d(1, 1, 2), nn.ReLU())
    assert [row.receptive_field for row in explain(model, (1, 8, 8)).rows] == [(3, 3), None, None]
    assert str(explain(model, (1, 8, 8))).endswith("–")


def test_sequences_and_vectors():
    sequence = nn.Sequential(nn.Conv1d(2, 3, 5, stride=2), nn.MaxPool1d(3))
    assert [row.receptive_field for row in explain(sequence, (2, 20)).rows] == [(5,), (9,)]
    (row,) = explain(nn.Sequential(nn.Linear(4, 3)), (4,)).rows
    assert (row.output, row.macs, row.receptive_field) == ((3,), 12, None)


class Attention(nn.Module):
    """Parameters without a layer, slices of one tensor, and attention called as a function."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(8, 1))
        self.register_buffer("shift", torch.ones(8, 6))

    def forward(self, x):
        first, second = torch.chunk(x * self.scale + self.shift, 2, dim=1)
        return F.scaled_dot_product_attention(first, key=second, value=second[:, :, :5])


def test_attention_and_parameters_without_a_layer():
    explanation = explain(Attention(), (8, 6))
    found = {row.layer: row for row in explanation.rows}
    assert found["scaled_dot_product_attention"].macs == 4 * 4 * 6 + 4 * 4 * 5
    assert found["scaled_dot_product_attention"].output == (4, 5)
    assert (found["scale"].output, found["scale"].parameters) == ((8, 1), 8)
    assert "shift" not in found
    assert (explanation.parameters, explanation.macs) == (8, 4 * 4 * 11)


def test_attention_costs_what_its_two_products_do():
    from torch.utils.flop_counter import FlopCounterMode

    class Products(nn.Module):
        def forward(self, x):
            return torch.softmax(x @ x.mT, dim=-1) @ x

    class Called(nn.Module):
        def forward(self, x):
            return F.scaled_dot_product_attention(x, x, x)

    counter = FlopCounterMode(display=False)
    with counter:
        Products()(torch.zeros(1, 3, 7, 4))
    assert explain(Called(), (3, 7, 4)).macs * 2 == counter.get_total_flops()


def test_the_field_stays_after_a_bound_and_a_mean_over_single_pixels():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU6(), nn.AdaptiveAvgPool2d(6))
    assert [row.receptive_field for row in explain(model, (1, 8, 8)).rows] == [(3, 3)] * 3
    assert explain(model, (1, 9, 9)).rows[-1].receptive_field is None


def test_text_and_html_hold_the_same_cells():
    explanation = explain(SimpleCNN(), (1, 28, 28))
    soup = BeautifulSoup(explanation._repr_html_(), "html.parser")
    assert soup.caption.text == str(explanation).split("\n")[0]
    cells = [[c.text for c in tr.find_all(["th", "td"])] for tr in soup.find_all("tr")]
    assert [" ".join(line) for line in cells[1:]] == [
        " ".join(line.split()) for line in str(explanation).split("\n")[2:]
    ]
    assert all(th["scope"] == "col" for th in soup.find_all("th"))
    assert len(explanation._repr_html_()) < 4_000


def test_the_html_escapes_names():
    model = nn.Sequential()
    model.add_module("<b>", nn.ReLU())
    assert "&lt;b&gt;" in explain(model, (1, 2, 2))._repr_html_()


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(0.5))
    model[1].eval()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    explain(model, (1, 4, 4))
    assert (model.training, model[0].training, model[1].training) == (True, True, False)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


class Undecided(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Multiplies(nn.Module):
    def forward(self, x):
        return torch.matmul(x, x)


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        (SimpleCNN(), (3, 28, 28), "SimpleCNN cannot be followed with an input of 3×28×28"),
        (SimpleCNN(), (1, 27, 0), "input_size is 0; expected at least 1"),
        (Undecided(), (1, 4, 4), "Undecided cannot be followed"),
        (Multiplies(), (1, 4, 4), "matmul is a matmul, whose MACs are not known"),
        (nn.Sequential(nn.GRU(3, 4)), (5, 3), "0 gives no single tensor"),
        (
            nn.Sequential(nn.TransformerEncoderLayer(4, 1, batch_first=True)),
            (5, 4),
            "whose MACs are not known",
        ),
    ],
)
def test_refusals(model, size, message):
    with pytest.raises(ValueError, match=f"explain: .*{message}"):
        explain(model, size)
