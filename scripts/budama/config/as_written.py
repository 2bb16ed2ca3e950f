"""Names that YAML takes for numbers, truth values or dates: taken as they are written.

``recipe: 2024_11`` is the number 202411 to YAML. Where the schema wants a text, the text of the
file is what counts; what was given on the command line is known only as what YAML made of it.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from budama.config.mistakes import holds
from budama.config.yaml_file import Location, YamlFile

Model = TypeVar("Model", bound=BaseModel)


class Written:
    """How the values of a file are written, apart from those that ``overrides`` give."""

    def __init__(self, file: YamlFile, overrides: dict[str, Any]) -> None:
        self.file = file
        self.overrides = overrides
        self.settled: set[Location] = set()  # taken as text, or told as mistakes

    def validate(self, model: type[Model], raw: dict[str, Any]) -> Model:
        """Validate ``raw``, with the text as written where a text is wanted.

        Raises ``ValidationError`` with the mistakes that are left.
        """
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            texts = self._texts(raw, error)
            if not texts:
                self.settled |= {_place(raw, mistake["loc"]) for mistake in error.errors()}
                raise
        self.settled |= set(texts)
        for place, text in texts.items():
            raw = _replaced(raw, place, text)
        return self.validate(model, raw)

    def _texts(self, raw: dict[str, Any], error: ValidationError) -> dict[Location, str]:
        wanted: dict[Location, str] = {}
        numbers: set[Location] = set()
        for mistake in error.errors():
            place = _place(raw, mistake["loc"])
            is_number = type(mistake["input"]) in (int, float)
            if mistake["type"] != "string_type":
                # where a number may stand, too, it is not clear that a name is meant
                numbers |= {place} if is_number else set()
            elif not holds(self.overrides, place):
                text = self.file.written(place)
                wanted |= {place: text} if text is not None else {}
        return {place: text for place, text in wanted.items() if place not in numbers}


def check_misread(written: Written, name: str) -> Iterator[str]:
    """Yield what YAML has made another number or a date of, in the file ``name``."""
    for misread in written.file.misread():
        if misread.at not in written.settled and not _overridden(written.overrides, misread.at):
            yield f"{name}: {'.'.join(map(str, misread.at))}: {misread}"


def _overridden(overrides: dict[str, Any], at: Location) -> bool:
    return bool(overrides) and holds(overrides, at)


def _place(raw: Any, location: Location) -> Location:
    """Return the keys and indices of ``location`` that lead into ``raw``: a schema has more."""
    place: list[int | str] = []
    for part in location:
        is_index = isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        if is_index or (isinstance(raw, dict) and part in raw):
            raw = raw[part]
            place.append(part)
    return tuple(place)


def _replaced(raw: Any, place: Location, text: str) -> Any:
    """Return ``raw`` with ``text`` at ``place``; ``raw`` itself may be shared, and stays."""
    if not place:
        return text
    part, *inner = place
    copy: Any = dict(raw) if isinstance(raw, dict) else list(raw)
    copy[part] = _replaced(raw[part], tuple(inner), text)
    return copy
