"""The preflight: what a task asks of its network is tried before anything is trained."""

import logging
from pathlib import Path
from typing import Any

from budama.data.layout import MANIFEST
from budama.pruning.preflight_process import try_task
from budama.system.files.atomic import write_json
from budama.system.files.json_file import read_json

log = logging.getLogger("budama")


def preflight(*, network: dict[str, Any], data: Path, output: Path) -> None:
    """Write to ``output`` what came of the task's ``network``, which is tried on random images.

    ``network`` says which it is and what is asked of it (``RuleSettings.preflight``); ``data`` is
    the folder of the task's splits, for the classes. Raises ``BudamaError`` for a network
    that cannot be built, run at this size, cut, verified or exported, or does not end.
    """
    classes = read_json(data / MANIFEST)["classes"]
    found = try_task(network | {"classes": classes}, log.info)
    log.info("%d groups cut, %.1f%% of the MACs left", found["groups"], found["macs_left_pct"])
    for layer in found["whole"]:
        log.info("%s stays whole: %.2f%% of the MACs", layer["layer"], layer["macs_pct"])
    for group, reason in found["not_cut"].items():
        log.info("%s cannot be cut: %s", group, reason)
    for operation in found["not_followed"]:
        log.info("channels cannot be followed through '%s': what it reads stays whole", operation)
    write_json(output, found)
