"""Where the figures come from, as the models' folders tell it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budama.config import places
from budama.config.schema import DENSE
from budama.report.facts import Facts
from budama.system.files.json_file import read_json

Json = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """What the models' folders tell of where the figures come from.

    ``provenance`` holds one file's content for each model, empty where there is no file; ``timed``
    the models' ``latency.json``, the dense one's first, and none if latency was not measured.
    """

    models: list[Json]
    provenance: list[Json]
    timed: list[Json]

    @property
    def known(self) -> list[Json]:
        """The provenance of those models that have one."""
        return [found for found in self.provenance if found]

    @property
    def unknown(self) -> int:
        """How many models have none, the dense one apart, which never has."""
        return sum(
            not found and model["method"] != DENSE
            for model, found in zip(self.models, self.provenance, strict=True)
        )


def read_origin(facts: Facts) -> Origin:
    """Read what there is in the folders of the scenario's models."""
    provenance = [_json(Path(model["folder"]) / places.PROVENANCE) for model in facts.models]
    timed = []
    if facts.results[0].timed and facts.models:
        dense = _json(Path(facts.models[0]["folder"]) / places.LATENCY)
        timed = [dense, *(found.get("latency") for found in provenance)]
    return Origin(facts.models, provenance, [found for found in timed if found])


def _json(path: Path) -> Json:
    if not path.is_file():
        return {}
    return read_json(path)
