import pytest

from budama.config.network import check_model_form, check_start, check_weights_form


@pytest.mark.parametrize(
    "model",
    [
        *("timm/resnet50.a1_in1k", "torchvision/resnet18", "hf-hub:timm/resnet18.a1_in1k"),
        *("hf-hub:me/net@v1.0", "file:net.py:make", "file:/a folder/my-net.v2.py:Net_2"),
    ],
)
def test_the_forms_of_a_model(model: str) -> None:
    assert check_model_form(model) == model


@pytest.mark.parametrize(
    "model",
    [
        *("resnet50", "keras/resnet50", "hf-hub:resnet18", "hf-hub:a/b/c", "file:net.py"),
        *("file:net:make", "file:net.py:", "file:net.py:2nd", "file:net.py:a.b", "file:{x}/n.py:a"),
        *("local-dir:/a", "timm/../../etc", "file:net.py:make(10)"),
    ],
)
def test_other_texts_are_no_models(model: str) -> None:
    with pytest.raises(ValueError, match=r"write it as timm/NAME, torchvision/NAME, hf-hub:ORG/NA"):
        check_model_form(model)


@pytest.mark.parametrize("model", ["model.onnx", "file:net.onnx", "file:net.py:a.onnx"])
def test_an_onnx_file_is_no_network_to_start_from(model: str) -> None:
    with pytest.raises(ValueError, match="an ONNX file is no network that can be trained or cut"):
        check_model_form(model)


def test_weights_name_their_provider() -> None:
    assert check_weights_form("file:a b/w.pth.tar") == "file:a b/w.pth.tar"
    with pytest.raises(ValueError, match="write it as pretrained, random, package:NAME or file:PA"):
        check_weights_form("w.pth")


def test_what_a_model_cannot_begin_with() -> None:
    own = "file:net.py:Net"
    check_start(own, "file:w.pth", "none", {"width": 3})
    check_start(own, "random", "long", {})
    with pytest.raises(ValueError, match="for a network of your own write file:PATH, or random"):
        check_start(own, "pretrained", "long", {})
    with pytest.raises(ValueError, match="options: only a network of your own has any"):
        check_start("timm/resnet18", "random", "long", {"width": 3})
    with pytest.raises(ValueError, match="random weights have learned nothing"):
        check_start(own, "random", "none", {})
