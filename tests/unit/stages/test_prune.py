"""What the stage ``prune`` writes, and what it looks at."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import onnx
import pandas as pd
import pytest
import torch

from budama.config.budget import Budget
from budama.config.criterion import CriterionChoice
from budama.config.data import Calibration, FashionMnist
from budama.config.latency import Latency
from budama.config.recipe import Augment, Recipe
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.data.sources.fashion_mnist import FashionMnistImages
from budama.latency import timed_cuts
from budama.models.architecture import build
from budama.models.figures import figures
from budama.models.prediction import Verdict, accuracies
from budama.models.preprocessing import Input
from budama.models.store import Description, save_model
from budama.pruning.choice import best_of
from budama.pruning.graph import PruningGraph
from budama.pruning.rebuild import load_model
from budama.pruning.repair.norms import measure_norms
from budama.pruning.timed.table import CostTable
from budama.stages.calibrate import calibrate
from budama.stages.export import export
from budama.stages.finetune import finetune
from budama.stages.prune import prune
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json
from budama.system.job.device import Execution
from budama.training.resuming import Resuming
from tests.inputs import prepared
from tests.unit.latency import fakes
from tests.unit.pruning.timed.tables import DEVICE, by_channels

SPEC = Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", crop=1.0)
ON_CPU = Execution("cpu")
WHOLE = Augment(crop_scale=(1, 1), crop_ratio=(1, 1), flip=0)
ALL = ["mean", "raw", "lamp", "loss"]
COLUMNS = ["layer", "inputs", "kept", "explained_pct", "output_before_pct", "output_after_pct"]


class Task(NamedTuple):
    """A dense model and its prepared data."""

    dense: Path
    data: Path


def dense_model(path: Path, architecture: str) -> Path:
    torch.manual_seed(0)
    save_model(
        path,
        build(architecture, 10),
        architecture=architecture,
        classes=[str(i) for i in range(10)],
        spec=SPEC,
        kept={},
        provenance={},
    )
    return path


@pytest.fixture(scope="module")
def task(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder = tmp_path_factory.mktemp("task")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepared(dataset, folder, Calibration(batches=4, batch_size=16))
    start = dense_model(folder / "model.safetensors", "timm/test_resnet")
    finetuned(start, folder / "dense", folder / "data", epochs=6)
    return Task(folder / "dense/model.safetensors", folder / "data")


class Found(NamedTuple):
    """What the stage wrote."""

    model: Path
    provenance: dict[str, Any]
    layers: pd.DataFrame
    repairs: pd.DataFrame


def pruned(task: Task, folder: Path, criterion: str = "magnitude", **changes: Any) -> Found:
    choice = CriterionChoice(criterion=criterion)
    scores = task.dense.parent / f"{criterion}.safetensors"
    if not scores.exists():
        calibrate(
            criterion=choice,
            batch_size=16,
            units=["channels"],
            dense=task.dense,
            data=task.data,
            output=scores,
            execution=ON_CPU,
        )
    folder.mkdir(exist_ok=True)
    settings: dict[str, Any] = {
        **{"scope": "layer", "normaliser": None, "budget": Budget(channels=0.3)},
        **{"repair": "none", "seed": 0, "ignore": [], "units": ["channels"], "batch_size": 16},
        **{"costs": None, "onnx": None},
    }
    prune(
        criterion=choice,
        dense=task.dense,
        scores=scores,
        data=task.data,
        output=folder / "model.safetensors",
        table=folder / "layers.csv",
        repairs=folder / "repair.csv",
        execution=ON_CPU,
        **settings | changes,
    )
    return Found(
        folder / "model.safetensors",
        json.loads((folder / "model.json").read_text())["provenance"],
        pd.read_csv(folder / "layers.csv"),
        pd.read_csv(folder / "repair.csv"),
    )


@pytest.fixture(scope="module")
def repaired(task: Task, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """The same cut, with each repair."""
    folder = tmp_path_factory.mktemp("repaired")
    return {how: pruned(task, folder / how, repair=how) for how in ("none", "norms", "refit")}


def accuracy(model: Path, task: Task, *, norms: bool = False) -> float:
    network, _ = load_model(model)
    images = PreparedData.open(task.data)
    if norms:
        measure_norms(network, evaluation_batches(images, "calibration", SPEC, 16))
    batches = evaluation_batches(images, "validation", SPEC, 16)
    return accuracies({"": network}, batches, "validation")[""]


def test_the_accuracies_before_any_training_are_those_of_the_models(
    task: Task, repaired: dict[str, Found]
) -> None:
    found = {how: accuracy(pruned.model, task) for how, pruned in repaired.items()}
    cut, norms = found["none"], found["norms"]
    assert norms == accuracy(repaired["none"].model, task, norms=True)
    assert cut < norms < found["refit"]
    for how, (_, provenance, _, _) in repaired.items():
        expected = {"after_cut_pct": cut, "norms_pct": norms, "repaired_pct": found[how]}
        assert provenance["validation"] == expected
        assert (provenance["repair"], provenance["normaliser"]) == (how, None)
        assert provenance["stage"] == "prune"


def test_the_table_of_the_repair_has_a_row_for_each_layer_behind_the_cut(
    repaired: dict[str, Found],
) -> None:
    found = repaired["refit"]
    assert found.repairs.columns.tolist() == COLUMNS
    layers = found.layers.set_index("layer").loc[found.repairs["layer"]]
    assert found.repairs["inputs"].tolist() == layers["inputs_before"].tolist()
    assert found.repairs["kept"].tolist() == layers["inputs_after"].tolist()
    assert found.repairs["explained_pct"].between(0, 100).all()
    assert (found.repairs["output_after_pct"] >= found.repairs["output_before_pct"] - 1e-3).all()
    for empty in (repaired["none"].repairs, repaired["norms"].repairs):
        assert empty.columns.tolist() == COLUMNS and empty.empty


@pytest.mark.parametrize(
    ("criterion", "candidates"),
    [("magnitude", ALL), ("random", ALL), ("lamp", ["raw", "loss"])],
)
def test_a_choice_tells_what_was_tried(
    criterion: str, candidates: list[str], task: Task, tmp_path: Path
) -> None:
    found = pruned(task, tmp_path, criterion, scope="global", normaliser="auto", repair="norms")
    normaliser = found.provenance["normaliser"]
    assert normaliser["asked"] == "auto"
    assert list(normaliser["candidates"]) == candidates
    tried = normaliser["candidates"]
    assert all(0 < accuracy <= 100 for accuracy in tried.values())
    assert list(normaliser["losses"]) == candidates
    verdicts = {name: Verdict(tried[name], normaliser["losses"][name], 10) for name in tried}
    assert (normaliser["chosen"], normaliser["passed_over"]) == (best_of(verdicts), {})


@pytest.mark.parametrize("criterion", ["magnitude", "lamp"])
def test_the_choice_is_the_cut_by_that_normaliser(
    criterion: str, task: Task, tmp_path: Path
) -> None:
    found = pruned(task, tmp_path, criterion, scope="global", normaliser="auto", repair="norms")
    best = found.provenance["normaliser"]["chosen"]
    plain = pruned(
        task, tmp_path / "plain", criterion, scope="global", normaliser=best, repair="norms"
    )
    assert plain.model.read_bytes() == found.model.read_bytes()
    said = {"asked": best, "chosen": best, "candidates": {}, "losses": {}, "passed_over": {}}
    assert plain.provenance["normaliser"] == said


def test_what_a_criterion_cannot_bear_is_not_what_was_chosen(task: Task, tmp_path: Path) -> None:
    found = pruned(task, tmp_path, "random", scope="global", normaliser="mean")
    normaliser = found.provenance["normaliser"]
    assert (normaliser["asked"], normaliser["chosen"]) == ("mean", "raw")


def test_a_choice_looks_neither_at_test_nor_at_validation_images(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels of ``validation`` that are all wrong change the figures, and not the choice."""
    read: set[tuple[str, str]] = set()
    original = FashionMnistImages.read

    def recorded(self: FashionMnistImages, part: str, key: str, *more: Any) -> Any:
        read.add((part, key))
        return original(self, part, key, *more)

    opened = PreparedData.open

    def with_other_labels(folder: Path) -> PreparedData:
        data = opened(folder)
        judged = data.splits["split"] == "validation"
        data.splits.loc[judged, "label"] = (data.splits["label"] + 5) % 10
        return data

    settings: dict[str, Any] = {"scope": "global", "normaliser": "auto"}
    before = pruned(task, tmp_path / "before", **settings)
    monkeypatch.setattr(FashionMnistImages, "read", recorded)
    monkeypatch.setattr(PreparedData, "open", with_other_labels)
    after = pruned(task, tmp_path / "after", **settings)
    assert before.provenance["normaliser"] == after.provenance["normaliser"]
    assert before.provenance["validation"] != after.provenance["validation"]
    assert before.model.read_bytes() == after.model.read_bytes()
    splits = opened(task.data)
    allowed = {
        (row.part, row.key)
        for name in ("calibration", "selection", "validation")
        for row in splits.rows(name).itertuples()
    }
    assert read == allowed
    chosen_on = splits.rows("selection")
    assert set(chosen_on["split"]) == {"train"} and (chosen_on["calibration"] < 0).all()


def test_a_choice_without_images_is_refused(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = PreparedData.open

    def without_selection(folder: Path) -> PreparedData:
        data = opened(folder)
        data.splits["selection"] = -1
        return data

    monkeypatch.setattr(PreparedData, "open", without_selection)
    with pytest.raises(BudamaError, match="'auto' chooses on the images of the split 'selection'"):
        pruned(task, tmp_path, scope="global", normaliser="auto")
    pruned(task, tmp_path, scope="global", normaliser="raw")


def test_scores_of_another_model_are_refused(task: Task, tmp_path: Path) -> None:
    pruned(task, tmp_path / "first")
    other = dense_model(tmp_path / "model.safetensors", "timm/test_efficientnet")
    for name in ("magnitude.safetensors", "magnitude.json"):
        (tmp_path / name).write_bytes((task.dense.parent / name).read_bytes())
    with pytest.raises(BudamaError, match="was measured on another dense model"):
        pruned(Task(other, task.data), tmp_path / "second")


def test_biases_that_a_refit_adds_live_on(task: Task, tmp_path: Path) -> None:
    """Behind layer norms nothing else can take the constant."""
    own = Task(dense_model(tmp_path / "model.safetensors", "timm/test_efficientnet_ln"), task.data)
    found = pruned(own, tmp_path / "pruned", repair="refit")
    network, description = load_model(found.model)
    assert "conv_head" in description.biases
    assert network.get_parameter("conv_head.bias").abs().max() > 0
    assert description.figures == figures(network, SPEC.size)
    assert found.provenance["validation"]["repaired_pct"] == accuracy(found.model, task)
    trained, kept = finetuned(found.model, tmp_path / "cell", task.data)
    assert kept.biases == description.biases
    assert not trained.get_parameter("conv_head.bias").equal(
        network.get_parameter("conv_head.bias")
    )
    export(
        model=tmp_path / "cell/model.safetensors",
        data=task.data,
        output=tmp_path / "model.onnx",
        report=tmp_path / "export.json",
        images=8,
        task="t",
        cell="c",
        execution=ON_CPU,
    )
    onnx.checker.check_model(tmp_path / "model.onnx")
    report = json.loads((tmp_path / "export.json").read_text())
    assert report["top1_agreement_pct"] == 100 and report["largest_difference"] < 1e-3


def finetuned(
    start: Path, folder: Path, data: Path, epochs: int = 1
) -> tuple[torch.nn.Module, Description]:
    finetune(
        recipe=Recipe(epochs=epochs, batch_size=16, learning_rate=0.01, augment=WHOLE),
        seed=0,
        start=start,
        teacher=None,
        data=data,
        output=folder / "model.safetensors",
        curve=folder / "curve.csv",
        execution=ON_CPU,
        resuming=Resuming(),
    )
    return load_model(folder / "model.safetensors")


class Timed(NamedTuple):
    """A table of what the layers of the dense model take, and what times candidates."""

    costs: Path
    table: CostTable
    watch: fakes.Watch


@pytest.fixture
def timed(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Timed:
    """A whole network takes a tenth of the time more than its layers."""
    network, description = load_model(task.dense)
    groups = PruningGraph(network, SPEC.size).groups
    table = by_channels(groups).model_copy(update={"dense_sha256": description.sha256})
    watch = fakes.Watch(groups, lambda left: 0.1 + 0.9 * left, lambda left: 0.102 + 0.898 * left)
    write_json(tmp_path / "costs.json", table.model_dump())
    monkeypatch.setattr(timed_cuts, "open_bench", lambda *_: nullcontext())
    monkeypatch.setattr(timed_cuts, "Variants", lambda *_: None)
    monkeypatch.setattr(timed_cuts, "Stopwatch", lambda *_: watch)
    return Timed(tmp_path / "costs.json", table, watch)


IN_TIME: dict[str, Any] = {"budget": Budget(latency=0.6), "latency": Latency()}


@pytest.mark.parametrize(
    ("scope", "normaliser"), [("layer", None), ("global", "raw"), ("global", "auto")]
)
def test_a_budget_in_latency_is_met_as_timed_here(
    scope: str, normaliser: str | None, task: Task, timed: Timed, tmp_path: Path
) -> None:
    files: dict[str, Any] = {"costs": timed.costs, "onnx": task.dense}
    found = pruned(
        task, tmp_path / "cut", scope=scope, normaliser=normaliser, **IN_TIME, **files
    ).provenance
    told = found["timed"]
    assert found["budget"] == {"latency": 0.6}
    assert told.items() >= DEVICE.model_dump().items()
    assert told["ratio"] == timed.watch.thorough[-1] == pytest.approx(0.6, rel=0.03)
    assert told["ratio_low"] < told["ratio"] < told["ratio_high"]
    # what was timed on the way with the normaliser that was chosen, the last and thorough ones, too
    shares = [share for _, share, *_ in told["tried"]]
    assert shares == pytest.approx(timed.watch.short[-len(shares) :], abs=1e-4)
    if normaliser:
        assert len(found["normaliser"]["candidates"]) == (4 if normaliser == "auto" else 0)


def test_widths_that_pay_off_need_no_timing(
    task: Task, timed: Timed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budama.stages.prune.import_module", None)
    budget = Budget(macs=0.6, round_to="auto")
    found = pruned(
        task, tmp_path / "cut", scope="global", normaliser="raw", budget=budget, costs=timed.costs
    )
    assert found.provenance["timed"] == DEVICE.model_dump()
    layers = found.layers.set_index("layer")
    assert layers["macs_after"].sum() / layers["macs_before"].sum() == pytest.approx(0.6, rel=0.01)
    for name, widths in timed.table.widths().items():
        row = layers.loc[name]
        assert row["outputs_after"] in (row["outputs_before"], *widths)
    assert not timed.watch.short


def test_a_table_of_another_model_or_device_is_refused(
    task: Task, timed: Timed, tmp_path: Path
) -> None:
    files: dict[str, Any] = {"costs": timed.costs, "onnx": task.dense}
    timed.watch.device = DEVICE.model_copy(update={"name": "another CPU"})
    with pytest.raises(BudamaError, match=r"was measured on a CPU.*; this is another CPU"):
        pruned(task, tmp_path / "cut", **IN_TIME, **files)
    write_json(timed.costs, timed.table.model_dump() | {"groups": {}})
    with pytest.raises(BudamaError, match="does not tell what layer"):
        pruned(task, tmp_path / "cut", **IN_TIME, **files)
    write_json(timed.costs, timed.table.model_dump() | {"dense_sha256": "of another"})
    with pytest.raises(BudamaError, match="was measured on another dense model"):
        pruned(task, tmp_path / "cut", **IN_TIME, **files)
