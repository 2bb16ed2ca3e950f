"""Which keys the blocks of the configuration have, read from their models."""

from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel


def fields_at(model: type[BaseModel], location: list[int | str]) -> list[str]:
    """Return the keys that the mapping at ``location`` may have."""
    found: list[Any] = [model]
    for part in location:
        found = [inner for kind in found for inner in _step(kind, part)]
    return sorted({name for kind in found for name in kind.model_fields})


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that stand anywhere inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (dict, list, tuple, Union, UnionType) or get_args(annotation):
        return [inner for argument in get_args(annotation) for inner in models_in(argument)]
    return []


def _step(kind: type[BaseModel], part: int | str) -> list[type[BaseModel]]:
    if isinstance(part, str) and part in kind.model_fields:
        return models_in(kind.model_fields[part].annotation)
    return [kind]  # a mapping's key, a list's index or a union's tag
