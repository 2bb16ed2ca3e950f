from pathlib import Path
from typing import Any

import pytest
import torch

from budama.config.recipe import Distillation, Mix, Recipe
from budama.data.prepared import PreparedData
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from budama.training.curve import Epoch
from budama.training.engine import TrainingJob, train

SPEC = Input(size=28, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
RECIPE = Recipe(epochs=2, batch_size=16, learning_rate=0.01)


def trained(
    data: PreparedData, recipe: Recipe = RECIPE, seed: int = 0, **more: Any
) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
    device = Execution("cpu").prepare(seed)
    network = build("timm/test_resnet", 10)
    curve = train(network, TrainingJob(data, SPEC, recipe, seed, device, **more))
    return network.state_dict(), curve


def changed(**values: Any) -> Recipe:
    return Recipe.model_validate(RECIPE.model_dump() | values)


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_same_seed_gives_the_same_weights_bit_by_bit(data: PreparedData) -> None:
    (first, curve), (second, _), (other, _) = trained(data), trained(data), trained(data, seed=1)
    assert equal(first, second)
    assert not equal(first, other)
    assert [epoch.epoch for epoch in curve] == [0, 1, 2]


def test_loader_processes_change_nothing(data: PreparedData) -> None:
    assert equal(trained(data)[0], trained(data, workers=2)[0])


def test_it_learns(data: PreparedData, tmp_path: Path) -> None:
    recipe = changed(epochs=8)
    _, curve = trained(data, recipe, curve=tmp_path / "curve.csv")
    assert curve[-1].training_loss < 0.7 * curve[1].training_loss
    assert curve[-1].validation_accuracy_pct > 30
    assert len((tmp_path / "curve.csv").read_text().splitlines()) == 1 + 9


def test_the_best_epoch_on_validation_is_kept(data: PreparedData) -> None:
    state, curve = trained(data, changed(epochs=4))
    network = build("timm/test_resnet", 10)
    network.load_state_dict(state)
    once_more = train(network, TrainingJob(data, SPEC, RECIPE, 0, torch.device("cpu")))
    best = max(epoch.validation_accuracy_pct for epoch in curve[1:])
    assert once_more[0].validation_accuracy_pct == best


def test_the_last_epoch_is_kept_where_the_recipe_says_so(
    data: PreparedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = {"schedule": "constant", "warmup": 0.0}
    once, _ = trained(data, changed(epochs=1, **steady))
    kept = {}
    for keep in ("best", "last"):
        accuracies = iter((5.0, 40.0, 30.0, 20.0))
        monkeypatch.setattr(
            "budama.training.engine._Training._validate", lambda _, of=accuracies: (1.0, next(of))
        )
        kept[keep], _ = trained(data, changed(epochs=3, keep_epoch=keep, **steady))
    assert equal(kept["best"], once)
    assert not equal(kept["last"], once)


@pytest.mark.parametrize(
    "part",
    [
        {"schedule": "constant"},
        {"clip_norm": 0.1},
        {"ema": 0.9},
        {"mix": Mix(mixup=0.2, cutmix=1.0)},
        {"label_smoothing": 0.1},
        {"accumulate": 2},
        {"decay_norms": True, "weight_decay": 5.0},
        {"precision": "bfloat16"},
        {"optimizer": "sgd"},
    ],
    ids=lambda part: next(iter(part)),
)
def test_each_part_of_a_recipe_can_be_switched(data: PreparedData, part: dict[str, Any]) -> None:
    """Each changes the weights, and they can still be trained."""
    plain, _ = trained(data, changed(epochs=1))
    state, curve = trained(data, changed(epochs=1, **part))
    assert not equal(plain, state)
    assert curve[-1].training_loss < 3


def test_the_dense_model_teaches(data: PreparedData) -> None:
    """A teacher that calls each class by the next one's name is believed, if it is all there is."""
    recipe = changed(epochs=16)
    teacher = build("timm/test_resnet", 10)
    curve = train(teacher, TrainingJob(data, SPEC, recipe, 5, torch.device("cpu")))
    classifier = teacher.get_classifier()  # type: ignore[operator]
    with torch.no_grad():
        classifier.weight.copy_(classifier.weight.roll(1, 0))
        classifier.bias.copy_(classifier.bias.roll(1, 0))
    taught = changed(epochs=16, distillation=Distillation(weight=1.0))
    _, misled = trained(data, taught, teacher=teacher)
    assert curve[-1].validation_accuracy_pct > 60
    assert misled[-1].validation_accuracy_pct < 30


def test_a_loss_that_explodes_says_what_to_try(data: PreparedData) -> None:
    wild = changed(epochs=3, learning_rate=9e15, optimizer="sgd", warmup=0)
    with pytest.raises(BudamaError, match="not finite any more; try a smaller learning_rate"):
        trained(data, wild)


def test_out_of_memory_names_the_parts_that_would_fit(
    data: PreparedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("budama.training.engine._Training._step", no_memory)
    with pytest.raises(
        BudamaError,
        match=r"out of memory with batch_size 16 in 1 part\(s\): set accumulate: 2 in the recipe "
        "for the same batches in 2 parts of 8 images",
    ):
        trained(data)


def test_the_board_is_written_when_wanted(data: PreparedData, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    trained(data, tensorboard=tmp_path / "board")
    assert list((tmp_path / "board").glob("events.*"))
