"""A plan in the terminal."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from budama.system.job.terminal import print_whole
from budama.workflow.plan.estimate import Estimate

_MAKE_MODELS = ("dense", "finetune")


def show(plan: Estimate, console: Console) -> None:
    """Print one row per stage, their sums, and what the figures follow from."""
    table = Table(title=_title(plan), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("stage", no_wrap=True)
    for name in ("jobs", "done", "a job", "in all", "left"):
        table.add_column(name, justify="right", no_wrap=True)
    for stage in plan.stages:
        table.add_row(
            stage.name,
            str(len(stage.jobs)),
            str(len(stage.jobs) - len(stage.left)),
            duration(max(stage.jobs)),
            duration(plan.stage_seconds(stage, left=False)),
            duration(plan.stage_seconds(stage, left=True)),
        )
    jobs = sum(len(stage.jobs) for stage in plan.stages)
    done = jobs - sum(len(stage.left) for stage in plan.stages)
    whole, left = (duration(plan.seconds(left=some)) for some in (False, True))
    table.add_row("all", str(jobs), str(done), "", whole, left, style="bold")
    print_whole(table, console)
    for line in _notes(plan):
        console.print(line, soft_wrap=True, highlight=False)


def _title(plan: Estimate) -> str:
    making = [stage for stage in plan.stages if stage.name in _MAKE_MODELS]
    models = sum(len(stage.jobs) for stage in making)
    made = models - sum(len(stage.left) for stage in making)
    return f"{plan.scenario}: {models} models, {made} of them made"


def _notes(plan: Estimate) -> Iterator[str]:
    images, basis, rates = plan.basis.images, plan.basis, plan.basis.rates
    alone = [stage.name for stage in plan.stages if stage.alone]
    yield (
        f"Images {images.origin}: {images.train:,} train, {images.validation:,} validation, "
        f"{images.calibration:,} calibration, {images.selection:,} selection, "
        f"{images.test:,} test. Dense model: "
        f"{basis.dense.macs / 1e9:.3g} GMACs an image, {basis.dense.bytes / 2**20:.1f} MiB."
    )
    yield (
        f"Rates ({rates.origin}; the dense model's: {basis.dense_rates.origin}): "
        f"{rates.training / basis.dense.macs:,.1f} images/s in training, "
        f"{rates.prediction / basis.dense.macs:,.1f} predicted. {_loading(plan)}"
    )
    yield (
        f"Jobs at once: {plan.at_once}; alone on the machine: {', '.join(alone) or 'none'}. "
        f"Each job starts in {basis.start:.1f} s, one without torch in {basis.start_light:.1f} s."
    )
    yield (
        f"Disk: {_gib(plan.disk.stays)} for models and predictions, {_gib(plan.disk.training)} "
        "more while models are trained."
    )
    yield (
        "An estimate: expect it within a factor of two, on a machine that does nothing else. Not "
        "counted: what audit and cache read and convert writes, jobs that wait for each other, and "
        "a machine that slows down when all of it is busy. 'left' is what snakemake would run now."
    )


def _loading(plan: Estimate) -> str:
    rates = plan.basis.rates
    if rates.loading is not None:
        how = "beside the training" if plan.basis.overlap else "before each batch"
        return f"Loading: {rates.loading:,.0f} images/s in one job, {how}."
    if "loading included" in rates.origin:
        return ""
    return (
        "Loading of images is not included: it is measured where the dataset is, or told by "
        "--config 'plan={images_per_second: N}'."
    )


def duration(seconds: float) -> str:
    """Return a time in words that are as exact as it is.

    >>> duration(95), duration(7300), duration(200000)
    ('2 min', '2.0 h', '2.3 d')
    """
    for unit, length, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 48)):
        if seconds < most * length:
            return f"{seconds / length:.{int(unit == 'h')}f} {unit}"
    return f"{seconds / 86400:.1f} d"


def _gib(size: float) -> str:
    return f"{size / 2**30:.2g} GiB"
