"""What a network is asked before anything is trained, and the sentence where it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from budama.config.cut import KINDS
from budama.models.architecture import build
from budama.pruning import preflight
from budama.pruning.preflight import try_out
from budama.pruning.preflight_words import CUT, EXPORT, RUN, nothing_to_cut, sentence
from budama.system.errors import BudamaError


class Small(nn.Module):
    """Two convolutions and a classifier; ``answer`` is what becomes of the logits."""

    def __init__(self, answer: Callable[[nn.Module, torch.Tensor], Any] | None = None) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)
        self.second, self.head = nn.Conv2d(8, 8, 3), nn.Linear(8, 5)
        self.answer = answer or (lambda _, logits: logits)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.second(self.norm(self.first(images)).relu())
        return hidden

    def forward(self, images: torch.Tensor) -> Any:
        return self.answer(self, self.head(self.features(images).relu().mean((2, 3))))


def test_a_network_that_can_do_it_all_is_described() -> None:
    network = Small()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    steps: list[str] = []
    found = try_out(network, 16, 5, ignore=["second"], on_step=steps.append)
    assert found.outputs == (2, 5)
    assert found.figures.macs > 14 * 14 * 8 * 27 + 12 * 12 * 8 * 72
    assert found.groups == 1
    assert 60 < found.macs_left_pct < 80
    assert [layer.layer for layer in found.whole] == ["head"]
    assert found.whole_macs_pct == found.whole[0].macs_pct < 1
    assert found.onnx_bytes > 1000
    assert found.onnx_difference < 1e-5
    assert steps == list(found.seconds)
    assert network.training
    assert all(torch.equal(before[name], own) for name, own in network.state_dict().items())


@pytest.mark.parametrize(
    "answer",
    [
        lambda _, logits: (logits, None),
        lambda _, logits: [logits],
        lambda _, logits: {"out": logits, "aux": logits[:, :, None]},
        lambda network, logits: (logits, logits + 1) if network.training else logits,
    ],
    ids=["tuple", "list", "dictionary", "auxiliary head in training"],
)
def test_whatever_holds_the_logits_will_do(
    answer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the exporter takes a second, and has its own tests
    monkeypatch.setattr(preflight, "_exported", lambda *_: (b"", 0.0))
    assert try_out(Small(answer), 16, 5).outputs == (2, 5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _, logits: logits[:, :1], r"gives \[2, 1\] for 2 images and 5 classes"),
        (lambda _, logits: logits[:, 0], r"a tensor of shape \[2\] .* no logits"),
        (lambda _, logits: logits[:, :, None, None], r"a tensor of shape \[2, 5, 1, 1\]"),
        (lambda _, logits: {"masks": logits[..., None]}, r"dict with tensors of shape \[2, 5, 1\]"),
        (lambda _, logits: None, "NoneType without tensors"),
        (lambda _, logits: logits.mean(0, keepdim=True), r"gives \[1, 5\] for 2 images"),
        (lambda _, logits: logits.argmax(1), "torch.int64"),
        (lambda _, logits: logits / 0 * 0, "in evaluation mode it gives numbers that are not fin"),
        (lambda _, logits: logits.softmax(1), "in evaluation mode it returns probabilities"),
        (
            lambda network, logits: logits if network.training else logits.softmax(1),
            "in evaluation mode it returns probabilities",
        ),
        (
            lambda network, logits: logits[:1] if network.training else logits,
            r"in training mode it gives \[1, 5\]",
        ),
    ],
)
def test_what_is_no_classifier_of_these_classes_is_refused(
    answer: Callable[..., Any], said: str
) -> None:
    with pytest.raises(BudamaError, match=rf"^mine at 16 pixels, running it: .*{said}"):
        try_out(Small(answer), 16, 5, name="mine")


class Counts(Small):
    """Its shape has a number of channels in it."""

    def features(self, images: torch.Tensor) -> torch.Tensor:
        hidden = super().features(images)
        return hidden.view(-1, 8, hidden.shape[2], hidden.shape[3])


class HalfCounts(Small):
    """Asks for the number of its second layer's channels."""

    def features(self, images: torch.Tensor) -> torch.Tensor:
        hidden = super().features(images)
        assert hidden.shape[1] % 8 == 0
        return hidden


class Branches(Small):
    """A branch on values, which no exporter follows."""

    def features(self, images: torch.Tensor) -> torch.Tensor:
        hidden = super().features(images)
        return hidden if hidden.sum() > 0 else -hidden


class Auxiliary(Small):
    """A head that runs in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.other = nn.Linear(8, 5)

    def forward(self, images: torch.Tensor) -> Any:
        features = self.features(images).mean((2, 3))
        main = self.head(features)
        return (main, self.other(features)) if self.training else main


class Strict(Auxiliary):
    """The same, and in training its code counts on a number of channels."""

    def forward(self, images: torch.Tensor) -> Any:
        if self.training and self.features(images).shape[1] != 8:
            raise ValueError("eight channels, please")
        return super().forward(images)


def test_what_training_wants_whole_stays_whole() -> None:
    try_out(Strict(), 16, 5)


def test_a_head_that_runs_in_training_alone_is_cut_along() -> None:
    assert try_out(Auxiliary(), 16, 5).groups


class Views(Small):
    """Code that counts on the layout of tensors that training does not have."""

    def features(self, images: torch.Tensor) -> torch.Tensor:
        hidden = super().features(images)
        return hidden.view(len(hidden), -1).view(hidden.shape)


def test_code_that_does_not_run_in_the_layout_of_training_is_known_before() -> None:
    with pytest.raises(BudamaError, match=rf"{RUN} failed: .*[Uu]se .reshape"):
        try_out(Views(), 16, 5)


def _raise(_: nn.Module, logits: torch.Tensor) -> Any:
    raise KeyError(logits.shape)


@pytest.mark.parametrize(
    ("network", "size", "ignore", "said"),
    [
        (build("timm/hrnet_w18_small", 5), 100, [], rf"{RUN} failed: RuntimeError: .*image_size"),
        (Small(), 3, [], rf"{RUN} failed: RuntimeError: .*image_size"),
        (Small(_raise), 16, [], rf"{RUN} failed: KeyError: "),
        (Small(), 16, ["*"], rf"{CUT}: no layer of it can be cut. Take patterns off the task's"),
        (Branches(), 16, [], rf"{EXPORT}: Branches cannot be exported to ONNX"),
    ],
    ids=[
        "sizes that do not divide",
        "too small",
        "its own error",
        "all ignored",
        "exporter",
    ],
)
def test_each_step_fails_with_a_sentence(
    network: nn.Module, size: int, ignore: list[str], said: str
) -> None:
    with pytest.raises(BudamaError, match=rf"^mine at {size} pixels[:,] {said}") as error:
        try_out(network, size, 5, name="mine", ignore=ignore)
    assert "\n" not in str(error.value)


def test_an_onnx_file_that_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "compare", lambda *_: {"largest_difference": 1.0})
    with pytest.raises(BudamaError, match=r"exporting the copy: .*not agree with torch"):
        try_out(Small(), 16, 5)


def test_advice_ends_the_sentence() -> None:
    said = str(sentence("mine", 64, CUT, "had not\nended after 60 s"))
    assert said.startswith("mine at 64 pixels: cutting a copy had not ended after 60 s. Name what")


OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes, mistake=""):
        super().__init__()
        classes = 5 if mistake == "width" else classes
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, classes)
        self.mistake = mistake
    def forward(self, images):
        hidden = self.conv(images)
        if self.mistake == "key":
            hidden = {}["hidden"]
        if self.mistake == "one image" and len(images) == 1:
            hidden = hidden.gone
        logits = self.head(hidden.relu().mean((2, 3)))
        if self.mistake == "row":
            return logits[:1]
        return logits.softmax(1) if self.mistake == "softmax" else logits
"""


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (
            "key",
            r": running it failed in net.py, line 14: KeyError: 'hidden'. Mend the network's "
            r"forward, or give the image_size that it is made for$",
        ),
        ("one image", r", counting its work|: counting its work failed in net.py, line 16: "),
        (
            "width",
            r", running it: .* Let Net use the number of classes that it is called with as its "
            r"last layer's width$",
        ),
        ("row", r", running it: .* Let the network's forward give one row for each image$"),
        ("softmax", r", running it: .* probabilities.*: return what stands before the softmax$"),
    ],
)
def test_of_a_network_of_the_users_own_it_is_said_what_to_mend(
    tmp_path: Path, mistake: str, said: str
) -> None:
    (tmp_path / "net.py").write_text(OWN)
    model = f"file:{tmp_path / 'net.py'}:Net"
    network = build(model, 7, {"mistake": mistake})
    with pytest.raises(BudamaError, match=f"net.py:Net at 16 pixels{said}"):
        try_out(network, 16, 7, name=model)


def test_an_endless_loop_of_the_users_own_is_to_be_mended() -> None:
    said = str(sentence("file:net.py:Net", 64, RUN, "had not ended after 60 s"))
    assert said.endswith(
        "had not ended after 60 s. Mend the network's forward, or give the "
        "image_size that it is made for"
    )


def test_where_nothing_can_be_cut_the_reason_and_what_to_allow_are_told() -> None:
    said = str(nothing_to_cut({"conv": "it counts", "other": "it too"}, [], ["channels"]))
    assert said == (
        "no layer of it can be cut ('conv': it counts). Add hidden, heads, head_widths, embedding "
        "to its 'units', or choose another model"
    )
    said = str(nothing_to_cut({}, ["*"], KINDS))
    assert said == (
        "no layer of it can be cut. Take patterns off the task's 'ignore', or choose another model"
    )


def test_reasons_for_what_is_not_cut_have_no_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_exported", lambda *_: (b"", 0.0))
    reasons = try_out(HalfCounts(), 16, 5).not_cut
    assert list(reasons) == ["second"]
    assert "counts on the dense number of channels" in reasons["second"]
    assert "'ignore'" not in reasons["second"]


class Sorted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 6, 1)
        self.head = nn.Linear(6, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.first(images).sort(1).values
        logits: torch.Tensor = self.head(self.second(hidden).mean((2, 3)))
        return logits


def test_operations_that_channels_are_lost_in_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_exported", lambda *_: (b"", 0.0))
    found = try_out(Sorted(), 8, 5)
    assert found.not_followed == ["sort"]
    assert [layer.layer for layer in found.whole] == ["first"]
