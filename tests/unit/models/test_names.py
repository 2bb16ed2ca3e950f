import pytest
import timm
import torchvision

from budama.models.names import check_model, model_names, pretrained_tags
from budama.system.errors import BudamaError


def test_the_names_read_from_the_sources_are_those_of_the_libraries() -> None:
    assert model_names("timm") == set(timm.list_models())
    classifiers = torchvision.models.list_models(module=torchvision.models)
    assert model_names("torchvision") == set(classifiers)


def test_the_tags_read_from_the_sources_are_those_of_timm() -> None:
    """Those of a few vision transformers are made up as timm is imported, and are let through."""
    found = pretrained_tags()
    for name in timm.list_models(pretrained=True, include_tags=True):
        model, _, tag = name.partition(".")
        assert tag in found.get(model, {tag})


def test_a_model_may_be_named_with_the_tag_of_its_weights() -> None:
    check_model("timm/resnet50.a1_in1k")
    with pytest.raises(BudamaError, match=r"no weights 'a1_in': did you mean 'a1_in1k'"):
        check_model("timm/resnet50.a1_in")
    with pytest.raises(BudamaError, match=r"unknown model .timm/resnet51\.a1_in1k"):
        check_model("timm/resnet51.a1_in1k")
    with pytest.raises(BudamaError, match=r"unknown model .torchvision/resnet50\.a1_in1k"):
        check_model("torchvision/resnet50.a1_in1k")
