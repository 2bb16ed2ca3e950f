"""A sample of ``make architectures``, and how the census goes about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from budama.system.errors import BudamaError
from budama.system.job.bounded import OutOfBoundsError
from tools import architectures
from tools.census.attempt import CUTS, attempt, census
from tools.census.networks import TIMM, networks
from tools.census.page import page, row_of


# ten quick ones of different kinds: squeezed, concatenated, shuffled, split, gated, starred,
# weight-standardised, response norms, attention, plain shortcuts
@pytest.mark.parametrize(
    "model",
    [
        *("timm/lcnet_035", "torchvision/squeezenet1_1", "torchvision/shufflenet_v2_x0_5"),
        *("timm/cs3darknet_s", "timm/test_mambaout", "timm/starnet_s050", "timm/test_nfnet"),
        *("timm/test_convnext3", "timm/test_vit", "timm/test_resnet"),
    ],
)
def test_a_sample_is_cut_and_verified_in_every_way(model: str) -> None:
    found = census(model, lambda *_, **__: None)
    shares = [found["cuts"][name].get("macs_left") for name in CUTS]
    assert None not in shares, found["cuts"]
    assert 0.6 < shares[0] < 0.95
    assert 0.15 < shares[1] < 0.7
    assert shares[2] == pytest.approx(0.5, rel=0.1)  # few channels leave few choices


def test_every_module_of_timm_and_all_of_torchvision_take_part() -> None:
    import torchvision
    from timm.models import _registry

    assert TIMM.keys() == _registry._module_to_models.keys()
    assert {m for models in TIMM.values() for m in models} <= set(_registry._model_entrypoints)
    theirs = torchvision.models.list_models(module=torchvision.models)
    assert {f"torchvision/{m}" for m in theirs} < set(networks())


def test_any_mistake_is_part_of_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> dict[str, Any]:
        raise KeyError("qkv")

    found = attempt({"model": "timm/no_such_model", "work": "cut"}, lambda *_, **__: None)
    assert "no_such_model" in found["refused"]
    monkeypatch.setitem(architectures_work(), "cut", fails)
    found = attempt({"model": "timm/test_vit", "work": "cut"}, lambda *_, **__: None)
    assert found["raw"] == "KeyError: 'qkv'" and "Traceback" in found["trace"]


def architectures_work() -> dict[str, Any]:
    from tools.census.attempt import WORK

    return WORK


CUT: dict[str, Any] = {
    "cuts": {
        name: {"macs_left": 0.5, "layers": 9, "whole": 2, "whole_share": 0.25} for name in CUTS
    },
    "size": 64,
}


def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def in_bounds(_module: str, given: dict[str, str], *_: Any) -> Any:
        asked.append(f"{given['work']} {given['model']}")
        if given["model"] == "c":
            raise KeyboardInterrupt
        if given["model"] == "b":
            raise OutOfBoundsError("cutting it", "had not ended after 60 s")
        return {"cut": CUT, "plain": {"raw": "IndexError"}}[given["work"]]

    monkeypatch.setattr(architectures, "in_bounds", in_bounds)
    monkeypatch.setattr(architectures, "networks", lambda: ["a", "b", "c"])
    results, output = tmp_path / "of.jsonl", tmp_path / "page.md"
    arguments = [str(output), "--results", str(results), "--no-files"]
    with pytest.raises(KeyboardInterrupt):
        architectures.main(arguments)
    assert [json.loads(line)["model"] for line in results.read_text().splitlines()] == ["a", "b"]
    monkeypatch.setattr(architectures, "networks", lambda: ["a", "b"])
    asked.clear()
    architectures.main(arguments)
    assert not asked and "| a | 64 | 0.500 |" in output.read_text()
    assert "- b: cutting it had not ended after 60 s" in output.read_text()
    architectures.main([*arguments, "--only", "b", "--no-plain"])
    assert asked == ["cut b", "why b"]
    assert "bounds: cutting it had not ended after 60 s" in capsys.readouterr().out


def test_the_page_counts_what_is_verified() -> None:
    refused = {"refused": "it runs at no size"}
    half = {"cuts": CUT["cuts"] | {"50% of MACs": {"refused": "no such share"}}, "size": 64}
    found = [
        {"model": "torchvision/one", "cut": CUT, "files": {"onnx_difference": 1e-6}, "plain": {}},
        {"model": "torchvision/two", "cut": half, "files": {}, "plain": {"macs_left": 0.25}},
        {"model": "timm/beit_base_patch16_224", "cut": CUT, "files": {}, "plain": {"raw": "x"}},
        {"model": "timm/cait_xxs24_224", "cut": refused, "files": refused, "plain": {}},
    ]
    text = page(found)
    assert "| torchvision, verified at 10% and 50% of the channels | 2 of 2 |" in text
    assert "| torchvision, verified at 50% of the MACs too | 1 of 2 |" in text
    ways = ("at 10% and 50% of the channels", "at 50% of the MACs too")
    for way in ways:
        assert f"| timm, modules with a network verified {way} | 1 of {len(TIMM)} |" in text
    assert "| Torch-Pruning alone: the cut network runs | 1 of 4 |" in text
    assert "| raw exceptions | 0 of 4 |" in text
    assert "- torchvision/two: no such share" in text
    assert text.count("it runs at no size") == 1
    assert "not tried" not in text
    row = "| torchvision/one | 64 | 0.500 | 0.500 | 0.500 | 2 of 9, 25% | yes | – |"
    assert row_of(found[0]) == row and row in text


def test_a_network_that_runs_at_no_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.census import attempt as module

    monkeypatch.setattr(module, "SIZES", (8,))
    network = module.randomised("timm/test_vit")
    network.default_cfg = {  # type: ignore[assignment]
        "input_size": (3, 9, 9)
    }
    with pytest.raises(
        BudamaError, match=r"it runs at no size from 8 to 9 pixels .*AssertionError"
    ):
        module.smallest_size(network)


def test_what_was_not_tried_is_not_counted_as_failed() -> None:
    tried = {"files": {"onnx_difference": 1e-6}, "plain": {"raw": "x"}}
    both = [{"model": "torchvision/one", "cut": CUT}, {"model": "torchvision/two", "cut": CUT}]
    text = page(both)
    assert "| stored, rebuilt with equal outputs, exported | not tried |" in text
    assert "| Torch-Pruning alone: the cut network runs | not tried |" in text
    assert row_of(both[0]).endswith("| 2 of 9, 25% | not tried | not tried |")
    text = page([both[0] | tried, both[1]])
    assert "| stored, rebuilt with equal outputs, exported | 1 of 1 |" in text
    assert "| Torch-Pruning alone: the cut network runs | 0 of 1 |" in text
