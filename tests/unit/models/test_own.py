"""Networks of the user's own, and what people write by mistake."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from budama.config.data import Preprocessing
from budama.models.architecture import build, native_input, settled
from budama.models.names import check_model
from budama.models.own import code_of
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.models.weights import dense_model
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError

EXAMPLE = Path(__file__).parents[3] / "docs/examples/cifar-resnet"
RESNET = f"file:{EXAMPLE / 'resnet.py'}:resnet"
SPEC = Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", crop=1.0)
CODE = """
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self, classes, width=4, *, bias=True):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, bias=bias)
        self.head = nn.Linear(width, classes)
    def forward(self, images):
        return self.head(self.conv(images).mean((2, 3)))

def open_ended(classes, **keywords):
    return Small(classes, **keywords)

def not_a_network(classes): return [classes]
def nothing(classes): Small(classes)
def lazy(classes): return nn.LazyLinear(classes)
def on_meta(classes): return nn.Linear(2, classes, device="meta")
def scripted(classes): return torch.jit.script(nn.Linear(2, classes))
def compiled(classes): return torch.compile(Small(classes))
def empty(classes): return nn.ReLU()
def raises(classes, depth=3): raise ValueError("depth must be even")
def without_classes(): return nn.Linear(2, 2)
def double(classes): return Small(classes).double()
def width_first(width=4, num_classes=10): return Small(num_classes, width)
def by_keyword(*, width=4, n_classes): return Small(n_classes, width)
def passes_on(pretrained=False, **keywords): return Small(**keywords)
def another(width, num_classes=10): return Small(num_classes, width)
MADE = Small(3)
if torch.__version__:
    CONSTANT = 3
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(CODE)
    return f"file:{tmp_path / 'net.py'}"


@pytest.mark.parametrize(
    ("name", "options", "width"),
    [
        ("Small", {}, 4),
        ("Small", {"width": 6, "bias": False}, 6),
        ("open_ended", {"width": 2}, 2),
        ("width_first", {}, 4),
        ("width_first", {"width": 6}, 6),
        ("another", {"width": 6}, 6),
        ("by_keyword", {}, 4),
        ("compiled", {}, 4),
    ],
)
def test_a_class_or_a_function_is_called_with_classes_and_options(
    own: str, name: str, options: dict[str, Any], width: int
) -> None:
    network = build(f"{own}:{name}", 7, options)
    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 7)
    assert network.get_submodule("conv").out_channels == width
    assert ("conv.bias" in network.state_dict()) == options.get("bias", True)


def test_a_network_is_of_single_precision_whatever_it_was_made_in(own: str) -> None:
    assert {p.dtype for p in build(f"{own}:double", 2).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("Smal", {}, "defines no 'Smal': did you mean 'Small'"),
        ("CONSTANT", {}, "CONSTANT is no function and no class, but a int"),
        ("Small", {"widht": 3}, "Small has no option 'widht': did you mean 'width'"),
        ("nothing", {"width": 3}, "nothing has no option 'width': it takes none"),
        ("without_classes", {}, r"cannot be called with the number of classes \(as its first"),
        ("another", {}, r"number of classes \(by the name 'num_classes'\).*missing.*'width'"),
        ("passes_on", {}, "first parameter 'pretrained', whose default is False: call the one"),
        ("MADE", {}, "MADE is a network already, and must be a function or class that makes one"),
        ("Small", {"classes": 4}, "the option 'classes' is given by budama, from the data: take"),
        ("width_first", {"num_classes": 4}, "option 'num_classes' is given by budama, from the"),
        ("open_ended", {"num_classes": 4}, "option 'num_classes' is given by budama, from the"),
        ("not_a_network", {}, r"not_a_network\(5\) returned a list: it must return a torch.nn.Mod"),
        ("nothing", {}, r"nothing\(5\) returned None"),
        ("lazy", {}, "returned a network with lazy layers"),
        ("on_meta", {}, "on the device 'meta'"),
        ("scripted", {}, r"scripted\(5\) returned what cannot be taken: a scripted network's code"),
        ("empty", {}, "without parameters"),
        (
            "raises",
            {"depth": 5},
            r"raises\(5, depth=5\) raised ValueError: depth must be even \(net",
        ),
        ("open_ended", {"hight": 5}, r"raised TypeError: .*hight"),
    ],
)
def test_mistakes_are_told_with_file_and_name(
    own: str, name: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(BudamaError, match=rf"net.py: .*{said}"):
        build(f"{own}:{name}", 5, options)


def test_the_config_is_checked_without_running_the_file(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(f"{CODE}\nraise RuntimeError('it was run')\n")
    check_model(f"file:{file}:Small")
    check_model(f"file:{file}:CONSTANT")
    with pytest.raises(BudamaError, match=r"net.py: defines no 'small': did you mean 'Small'"):
        check_model(f"file:{file}:small")
    with pytest.raises(
        BudamaError, match=r"network not found: .*nut.py is not a file \(a relative"
    ):
        check_model(f"file:{tmp_path / 'nut.py'}:Small")
    file.write_text("from elsewhere import *\n")
    check_model(f"file:{file}:whatever")
    file.write_text("def f(:")
    with pytest.raises(BudamaError, match=r"net.py: is not Python: "):
        check_model(f"file:{file}:f")


def test_its_preprocessing_is_the_usual_one_unless_told(own: str) -> None:
    model = f"{own}:Small"
    usual = native_input(model, build(model, 2), 32, Preprocessing())
    assert usual.mean == (0.485, 0.456, 0.406) and usual.crop == 1.0
    told = native_input(model, build(model, 2), 32, Preprocessing(mean=(0.1, 0.2, 0.3)))
    assert told.mean == (0.1, 0.2, 0.3) and told.std == usual.std


def stored(own: str, path: Path) -> None:
    save_model(
        path,
        build(f"{own}:Small", 2, {"width": 6}),
        architecture=f"{own}:Small",
        options={"width": 6},
        classes=["a", "b"],
        spec=SPEC,
        kept={},
        provenance={},
    )


def test_a_stored_network_is_rebuilt_with_its_options(own: str, tmp_path: Path) -> None:
    stored(own, tmp_path / "model.safetensors")
    network, _ = load_model(tmp_path / "model.safetensors", own_code=True)
    assert network.get_submodule("conv").out_channels == 6


def test_a_description_from_elsewhere_runs_no_code(own: str, tmp_path: Path) -> None:
    stored(own, tmp_path / "model.safetensors")
    with pytest.raises(BudamaError, match=r"model.json: the network is code of a user's own"):
        load_model(tmp_path / "model.safetensors")


def test_layers_that_share_their_numbers_are_stored(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "class Tied(nn.Sequential):\n"
        "    def __init__(self, classes):\n"
        "        super().__init__(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, classes))\n"
        "        self[1].weight = self[0].weight\n"
        "    def forward(self, images):\n"
        "        return super().forward(images.flatten(1)[:, :4])\n"
    )
    model = f"file:{tmp_path / 'net.py'}:Tied"
    dense = build(model, 2)
    path = tmp_path / "model.safetensors"
    save_model(
        path, dense, architecture=model, classes=["a", "b"], spec=SPEC, kept={}, provenance={}
    )
    rebuilt, _ = load_model(path, own_code=True)
    assert torch.equal(rebuilt(torch.ones(1, 3, 2, 2)), dense(torch.ones(1, 3, 2, 2)))
    # a checkpoint need not name both
    state = dict(dense.state_dict())
    del state["1.weight"]
    torch.save(state, tmp_path / "w.pth")
    loaded = dense_model(model, 2, f"file:{tmp_path / 'w.pth'}", as_it_is=True)
    assert torch.equal(loaded.state_dict()["1.weight"], dense.state_dict()["0.weight"])


def test_code_counts_with_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from blocks import Small\n")
    (tmp_path / "blocks.py").write_text(CODE)
    model = f"file:{tmp_path / 'net.py'}:Small"
    before = code_of(model)
    (tmp_path / "blocks.py").write_text(f"# a comment\n{CODE}")
    assert code_of(model) == before
    (tmp_path / "blocks.py").write_text(CODE.replace("width=4", "width=8"))
    assert code_of(model) != before
    assert code_of("timm/resnet18") == ""


@pytest.mark.parametrize(("depth", "params"), [(20, 269_722), (56, 853_018)])
def test_the_example_is_the_published_network(depth: int, params: int) -> None:
    network = build(RESNET, 10, {"depth": depth})
    assert sum(p.numel() for p in network.parameters()) == params
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    with pytest.raises(
        BudamaError, match=r"resnet\(10, depth=21\) raised ValueError: depth must be"
    ):
        build(RESNET, 10, {"depth": 21})


def test_networks_for_one_size_of_images_are_built_for_that_of_the_task() -> None:
    assert settled("timm/resnet18", {}, 64) == ("timm/resnet18", {})
    assert settled("timm/vit_tiny_patch16_224", {}, 224)[1] == {}
    model, options = settled("timm/vit_tiny_patch16_224", {}, 32)
    network = build(model, 3, options)
    assert network.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 3)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_auxiliary_heads_of_torchvision_are_not_built(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nn.init, "trunc_normal_", lambda tensor, **_: tensor.data.normal_(0, 0.1))
    network = build(f"torchvision/{name}", 3)
    assert not any("aux" in part.lower() for part, _ in network.named_modules())
    assert network.train()(torch.randn(2, 3, 96, 96)).shape == (2, 3)


@pytest.mark.parametrize("option", ["pretrained", "checkpoint_path", "pretrained_cfg", "cache_dir"])
def test_a_description_cannot_make_timm_read_files(option: str) -> None:
    with pytest.raises(BudamaError, match=f"the option '{option}' is not one of an architecture"):
        build("timm/test_resnet", 3, {option: "/etc/passwd"})


def test_a_model_of_the_hub_needs_the_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    model = "hf-hub:timm/resnet18.a1_in1k"
    check_model(model)
    for attempt in (
        lambda: settled(model, {}, 32),
        lambda: build(model, 2),
        lambda: dense_model(model, 2, "pretrained", as_it_is=True),
    ):
        with pytest.raises(BudamaError, match=rf"{model} could not be fetched .*timm/NAME"):
            attempt()
