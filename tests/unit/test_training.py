from pathlib import Path

import pytest
import torch

from budama.config.data import Calibration, FashionMnist
from budama.config.recipe import Recipe
from budama.data.prepare import PreparedData
from budama.device import Where
from budama.errors import BudamaError
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.training import Epoch, train
from tests.conftest import prepared

SPEC = Input(size=28, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
RECIPE = Recipe(epochs=2, batch_size=16, learning_rate=0.01)


@pytest.fixture(scope="module")
def data(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    folder = tmp_path_factory.mktemp("data")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    return prepared(dataset, folder, Calibration(batches=1, batch_size=8))


def trained(
    data: PreparedData, recipe: Recipe = RECIPE, seed: int = 0
) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
    device = Where("cpu").prepare(seed)
    network = build("timm/test_resnet", 10)
    curve = train(network, data, SPEC, recipe, seed, device)
    return network.state_dict(), curve


def test_the_same_seed_gives_the_same_weights_bit_by_bit(data: PreparedData) -> None:
    (first, curve), (second, _), (other, _) = trained(data), trained(data), trained(data, seed=1)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    assert [epoch.epoch for epoch in curve] == [0, 1, 2]


def test_it_learns(data: PreparedData) -> None:
    _, curve = trained(data, RECIPE.model_copy(update={"epochs": 8}))
    assert curve[-1].training_loss < 0.7 * curve[1].training_loss
    assert curve[-1].validation_accuracy_pct > 30


def test_the_best_epoch_on_validation_is_kept(data: PreparedData) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 4})
    state, curve = trained(data, recipe)
    network = build("timm/test_resnet", 10)
    network.load_state_dict(state)
    once_more = train(network, data, SPEC, RECIPE, 0, torch.device("cpu"))
    best = max(epoch.validation_accuracy_pct for epoch in curve[1:])
    assert once_more[0].validation_accuracy_pct == best


def test_a_loss_that_explodes_says_what_to_try(data: PreparedData) -> None:
    wild = Recipe(epochs=3, batch_size=16, learning_rate=1e30, optimizer="sgd", warmup=0)
    with pytest.raises(BudamaError, match="not finite any more; try a smaller learning_rate"):
        trained(data, wild)
