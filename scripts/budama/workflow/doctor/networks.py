"""Whether the networks that tasks name run, are cut and exported: each is tried, as a job would."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from budama.config.places import data_folder
from budama.config.schema import Config
from budama.data.layout import MANIFEST
from budama.models.class_order import outputs_of
from budama.models.names import is_hub
from budama.models.weights import check_weights
from budama.pruning.preflight_process import try_task
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json
from budama.workflow.doctor.findings import Finding, cannot, fine, listed, note
from budama.workflow.doctor.users import users_of
from budama.workflow.lookups import Lookups
from budama.workflow.plan.images import count_images
from budama.workflow.rule_settings import RuleSettings

_NAMED = 3  # layers that stay whole, the heaviest
# Where the data is not there to tell
STAND_IN = [str(place) for place in range(10)]


def network_findings(
    config: Config, results: Path, say: Callable[[str], object] = str
) -> list[Finding]:
    """Try the network of each task that the wanted scenarios use; ``say`` hears what is tried.

    Takes some seconds for each, a minute at most for most. Those that only other scenarios use are
    left out.
    """
    users = users_of(config, lambda scenario: [scenario.task])
    wanted = {
        task: [name for name in names if name in config.wanted] for task, names in users.items()
    }
    return [_network(config, task, results, names, say) for task, names in wanted.items() if names]


def _network(
    config: Config, task: str, results: Path, users: list[str], say: Callable[[str], object]
) -> Finding:
    own = config.tasks[task]
    given = RuleSettings(Lookups(config)).preflight(task)["network"]
    given["classes"] = _classes(config, task, results)
    if not given["classes"]:  # nothing can be wrong with their number then
        given |= {"classes": STAND_IN, "order": None, "as_it_is": False}
    who = listed(users)
    if is_hub(own.model):
        seen = f"{who}: {own.model} is tried as the first job of {task}: its form is fetched"
        return note("networks", seen)
    try:
        check_weights(own.model, own.weights, own.weights_sha256)
        if given["order"] is not None:
            outputs_of(Path(given["order"]), given["classes"])
    except BudamaError:  # a finding of its own, or of the stage: not all know the classes' names
        given |= {"weights": "random", "weights_sha256": None, "order": None, "as_it_is": False}
    try:
        found = try_task(given, lambda step: say(f"{own.model} of {task}: {step}"))
    except BudamaError as error:
        return cannot("networks", f"{who}: {error}")
    whole = found["whole_macs_pct"]
    return fine(
        "networks",
        f"{who}: {own.model} at {own.image_size} pixels runs, is cut and exported: "
        f"{found['figures']['macs'] / 1e9:.3g} G multiply-accumulates"
        + (f", {whole:.0f}% of them in layers that stay whole{_heaviest(found)}" * (whole >= 1)),
    )


def _heaviest(found: Mapping[str, Any]) -> str:
    """Return the layers that are the most of what stays whole."""
    layers = sorted(found["whole"], key=lambda layer: layer["macs_pct"], reverse=True)
    named = ", ".join(f"{layer['layer']} {layer['macs_pct']:.0f}%" for layer in layers[:_NAMED])
    return f" ({named}{', ...' if len(layers) > _NAMED else ''})"


def _classes(config: Config, task: str, results: Path) -> list[str]:
    """Return the classes that were prepared; without these, as many as there are, if known."""
    manifest = results.parent / data_folder(task) / MANIFEST
    if manifest.is_file():
        found: list[str] = read_json(manifest)["classes"]
        return found
    try:
        number = count_images(config, task, results.parent).classes
    except BudamaError:
        return []
    return [str(place) for place in range(number)]
