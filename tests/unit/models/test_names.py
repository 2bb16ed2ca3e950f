import timm
import torchvision

from budama.models.names import model_names


def test_the_names_read_from_the_sources_are_those_of_the_libraries() -> None:
    assert model_names("timm") == set(timm.list_models())
    classifiers = torchvision.models.list_models(module=torchvision.models)
    assert model_names("torchvision") == set(classifiers)
