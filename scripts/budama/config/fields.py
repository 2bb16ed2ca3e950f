"""Which keys the blocks of the configuration have, read from their models."""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def fields_at(model: type[BaseModel], location: list[int | str]) -> list[str]:
    """Return the keys that the mapping at ``location`` may have."""
    found = [one for kind in _at(model, location) for one in models_in(kind)]
    return sorted({name for one in found for name in one.model_fields})


def tags_at(model: type[BaseModel], location: list[int | str]) -> list[str]:
    """Return the choices of the key that tells which block stands at ``location``."""
    return [tag for kind in _at(model, location) for tag in _tagged(kind)]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that stand anywhere inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (dict, list, tuple, Union, UnionType) or get_args(annotation):
        return [inner for argument in get_args(annotation) for inner in models_in(argument)]
    return []


def _at(model: type[BaseModel], location: list[int | str]) -> list[Any]:
    """Return the annotations of what may stand at ``location``, as pydantic names places."""
    found: list[Any] = [model]
    for part in location:
        found = [inner for kind in found for inner in _step(kind, part)]
    return found


def _step(kind: Any, part: int | str) -> list[Any]:
    inner = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        # what is no key of it is the name that pydantic gives one of a union
        return [kind.model_fields[str(part)].annotation] if part in kind.model_fields else [kind]
    if get_origin(kind) is dict:
        return [inner[1]]
    if get_origin(kind) in (list, tuple):
        return list(inner)
    if get_origin(kind) is Annotated:
        tagged = _tagged(kind)
        return [tagged[str(part)]] if part in tagged else _step(inner[0], part)
    return [found for one in inner for found in _step(one, part)]


def _tagged(kind: Any) -> dict[str, type[BaseModel]]:
    """Return the models of a tagged union by their tags."""
    key = next((m.discriminator for m in get_args(kind)[1:] if isinstance(m, FieldInfo)), None)
    if not isinstance(key, str):
        return {}
    return {
        tag: one for one in models_in(kind) for tag in get_args(one.model_fields[key].annotation)
    }
