"""The configuration of a workflow, checked against all that the library has."""

from pathlib import Path
from typing import Any

from budama.config.loading import read_config
from budama.config.schema import Config
from budama.config.vocabulary import Vocabulary
from budama.criteria.registry import criterion_names, load_criterion
from budama.models.names import check_model
from budama.models.weights import PACKAGES


def load_config(root: Path, overrides: dict[str, Any] | None = None) -> Config:
    """Read ``config/config.yaml`` and ``config/scenarios/*.yaml`` under ``root``.

    ``overrides`` are what ``--config`` and ``--configfile`` gave. Raises ``BudamaError`` whose
    message lists every mistake of every file, each with the nearest valid choice.
    """
    vocabulary = Vocabulary(criterion_names(), PACKAGES, load_criterion, check_model)
    return read_config(root, overrides or {}, vocabulary)
