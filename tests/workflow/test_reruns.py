"""Which change runs which jobs again, on the real DAG of a finished run.

The rows are those of docs/reruns.md.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.workflow.project import ROOT, Project

SUMMARY, STATISTICS = "summarise tiny", "analyse tiny"
ANSWER = "choose the answer of tiny"
PICTURES, PAGE = "draw the pictures of tiny", "write the report of tiny"
# what shows the statistics, and all that follows from the models
SHOWN = {PICTURES, PAGE}
REPORT = {SUMMARY, STATISTICS, ANSWER, *SHOWN}
COVERAGE = "scripts/budama/criteria/coverage.py"
ENGINE = "scripts/budama/training/engine.py"
TEMPLATE = "scripts/budama/report/templates/page.md.j2"


CUT = "layer/none/channels-0.25/refit"


def cell(method: str, folder: str) -> set[str]:
    """The jobs of one method's cell, from its scores on."""
    cut = folder.replace("/", ", ")
    path = f"cells/{method}/{folder}/recover/seed0"
    return {
        *(f"{stage} {method}, {cut}, recover, seed 0" for stage in ("fine-tune", "describe")),
        *(f"{stage} {path}" for stage in ("evaluate", "export", "measure the latency of")),
    }


def cut_cell(method: str) -> set[str]:
    """... from the cut on."""
    return {f"prune {method}, {CUT.replace('/', ', ')}, seed 0", *cell(method, CUT)}


def scored_cell(method: str) -> set[str]:
    return {f"calibrate {method}", *cut_cell(method)}


METHODS = ("coverage", "magnitude", "random")
FINETUNED = set().union(*(cell(m, CUT) for m in METHODS)) | cell(
    "dense-finetuned", "none/none/none/none"
)
CARDS = {job for job in FINETUNED if job.startswith("describe")}
LATENCY = {job for job in FINETUNED if job.startswith("measure")} | {
    "time two copies of small's dense model",
    *CARDS,
}
TRIED = "try the network of small"
FROM_DENSE = {
    TRIED,
    "fine-tune the dense model of small",
    "evaluate dense",
    "export dense",
    "time two copies of small's dense model",
    *FINETUNED,
    *set().union(*(scored_cell(m) for m in METHODS)),
    *REPORT,
}
FROM_SPLITS = {"prepare the images of small", *FROM_DENSE}
EVERYTHING = {"audit the images of bars", *FROM_SPLITS}


def again(jobs: set[str], old: str, new: str) -> set[str]:
    """The jobs of the same cells with another budget, scope, recipe or seed."""
    return {job.replace(old, new) for job in jobs}


IN_TIME = "[{channels: 0.25}, {latency: 0.5}]"
TIMED = again(set().union(*map(cut_cell, METHODS)), "channels-0.25", "latency-0.5")
TABLE = "time the layers of small's dense model"
TIMED_AGAIN = {job for job in TIMED if re.match("measure|describe", job)}


def globally(jobs: set[str], normaliser: str) -> set[str]:
    """The jobs of the same cells in the global scope."""
    for between in ("/", ", "):
        jobs = again(jobs, f"layer{between}none", f"global{between}{normaliser}")
    return jobs


Options = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A change and the jobs that it runs; the change returns options for Snakemake, or nothing."""

    change: Callable[[Project], Options | None]
    jobs: set[str]


def config(*values: str) -> Callable[[Project], Options]:
    return lambda _: ("--config", *values)


def edit(file: str, old: str, new: str) -> Callable[[Project], None]:
    return lambda project: project.edit(file, old, new)


def add_line(file: str, line: str = "UNUSED = 1") -> Callable[[Project], None]:
    def change(project: Project) -> None:
        path = project.folder / file
        path.write_text(f"{path.read_text()}\n{line}\n")

    return change


def change_published_figures(project: Project) -> None:
    file = "resources/published/published.csv"
    add_line(file, "")(project)
    os.utime(project.folder / file, (0, 0))


def touch_everything(project: Project) -> None:
    for folder in ("scripts", "rules", "envs", "config", "images"):
        for path in (project.folder / folder).rglob("*"):
            path.touch()


def write_everything_again(project: Project) -> None:
    for path in (project.folder / "scripts").rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes())


def git_there_and_back(project: Project) -> None:
    """Another branch changes a criterion, a template and the pins; then the first is back."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, *arguments], cwd=project.folder, check=True)

    (project.folder / ".gitignore").write_text("results/\n.snakemake/\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "other")
    project.edit(COVERAGE, "Field(0.25,", "Field(0.5,")
    project.edit(TEMPLATE, "# {{ page.title", "## {{ page.title")
    project.edit("envs/requirements.txt", "timm==", "timm==9.")
    git("commit", "-qam", "two")
    assert project.planned() == EVERYTHING
    git("checkout", "-q", "main")


def move(project: Project) -> None:
    project.folder = project.folder.rename(project.folder.with_name("moved"))


def comment_and_format(project: Project) -> None:
    project.edit(ENGINE, '"""The training loop."""', '"""What trains."""\n\n\n# a comment')
    project.edit(ENGINE, "_CHECK_EVERY = 50", "_CHECK_EVERY = (\n    50\n)")
    add_line("rules/finetune.smk", "# a comment")(project)
    add_line("envs/requirements.txt", "# a comment")(project)
    add_line("config/config.yaml", "# a comment")(project)


def put_back_with_old_date(project: Project) -> None:
    project.edit(COVERAGE, "Field(0.25,", "Field(0.5,")
    os.utime(project.folder / COVERAGE, (0, 0))


def edit_own_criterion(project: Project) -> Options:
    """A criterion outside the project, with which everything is marked as made."""
    own = project.folder.parent / "own.py"
    own.write_text((project.folder / COVERAGE).read_text())
    options = ("--config", f"criteria={{coverage: {{file: {own}}}}}")
    accept(project, *options)
    own.write_text(own.read_text().replace("Field(0.25,", "Field(0.5,"))
    return options


def accept(project: Project, *options: str) -> None:
    """Mark what is there as up to date."""
    project.quick("--touch", *options)
    assert project.planned(*options) == set()


def accept_edited_engine(project: Project) -> None:
    add_line(ENGINE)(project)
    project.quick("--touch")


def copy_criterion(project: Project) -> None:
    shutil.copy(project.folder / COVERAGE, project.folder / "scripts/budama/criteria/mine.py")


def add_criterion(project: Project) -> Options:
    copy_criterion(project)
    return ("--config", "methods=[coverage, magnitude, mine]")


def remove_budget(project: Project) -> None:
    """Two budgets are marked as made, one of them a copy; then the config has one."""
    for folder in (project.folder / "results/tasks/small").glob("*/*/layer/none/channels-0.25"):
        shutil.copytree(folder, folder.with_name("channels-0.5"))
    accept(project, "--config", "budgets=[{channels: 0.25}, {channels: 0.5}]")


def in_time(project: Project) -> Options:
    """Beside the one budget, another in latency is marked as made, with its table of costs."""
    for folder in (project.folder / "results/tasks/small").glob("*/*/layer/none/channels-0.25"):
        shutil.copytree(folder, folder.with_name("latency-0.5"))
    table = project.folder / "results/tasks/small/costs/cpu-batch1-threads1.json"
    table.parent.mkdir()
    table.write_text("{}")
    options = ("--config", f"budgets={IN_TIME}")
    accept(project, *options)
    return options


def in_time_and(change: Callable[[Project], object]) -> Callable[[Project], Options]:
    def then(project: Project) -> Options:
        options = in_time(project)
        change(project)
        return options

    return then


def add_normaliser(project: Project) -> Options:
    """The layer-wise cells are marked as made globally, by one normaliser; then there are two."""
    for folder in (project.folder / "results/tasks/small").glob("*/*/layer/none"):
        shutil.copytree(folder, folder.parents[1] / "global/mean")
    accept(project, "--config", "scopes=[global]", "normaliser=mean")
    return ("--config", "scopes=[global]", "normaliser=[mean, raw]")


def add_scenario(project: Project) -> Options:
    file = project.folder / "config/scenarios/more.yaml"
    file.write_text("task: small\nmethods: [magnitude]\nbudgets: [{channels: 0.5}]\n")
    return ("more",)


def change_label(project: Project) -> None:
    labels = project.folder / "images/train-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes() + bytes(1))


def mark_as_audited(project: Project, dataset: str) -> Options:
    """Mark a dataset ``photos`` as audited; return what asks for its audit."""
    audited = project.folder / "results/datasets/photos"
    audited.mkdir(parents=True)
    for name in ("images.parquet", "audit.json"):
        (audited / name).touch()
    options = (
        *("results/datasets/photos/audit.json", "--config"),
        f"datasets={{photos: {dataset}}}",
    )
    accept(project, *options)
    return options


def add_image(project: Project) -> Options:
    """A folder of photographs, marked as audited; then one more comes."""
    images = project.folder / "photos/train/cats"
    images.mkdir(parents=True)
    (project.folder / "photos/test/cats").mkdir(parents=True)
    options = mark_as_audited(project, "{format: folder, root: photos}")
    (images / "1.jpg").touch()
    return options


def change_shard(project: Project) -> Options:
    """Shards, marked as audited; then one is written anew in its place."""
    shard = project.folder / "shards/train-0.tar"
    shard.parent.mkdir()
    shard.write_bytes(b"one")
    options = mark_as_audited(project, "{format: tar, root: shards, test: 0.2}")
    shard.write_bytes(b"another")
    return options


def replace_weights(project: Project) -> None:
    """Weights named by their path are marked as used; then the file holds others, with its date."""
    weights = project.folder / "w.safetensors"
    weights.write_bytes(b"one")
    project.edit("config/config.yaml", "weights: random", f"weights: file:{weights.name}")
    accept(project)
    before = weights.stat()
    weights.write_bytes(b"two")
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))


def edit_network(file: str) -> Callable[[Project], None]:
    """Change a file of a network of the user's own, with which everything is marked as made."""

    def change(project: Project) -> None:
        (project.folder / "net.py").write_text("from parts import Net\nmake = Net\n")
        (project.folder / "parts.py").write_text("class Net: ...\n")
        project.edit("config/config.yaml", "timm/test_efficientnet", "file:net.py:make")
        accept(project)
        add_line(file)(project)

    return change


def edit_order_of_classes(project: Project) -> None:
    """As ``replace_weights``, with the file that names the outputs of the weights."""
    (project.folder / "w.safetensors").write_bytes(b"one")
    order = project.folder / "classes.txt"
    order.write_text("a\nb\n")
    own = f"weights: file:w.safetensors\n    classes: {order.name}"
    project.edit("config/config.yaml", "weights: random", own)
    accept(project)
    order.write_text("b\na\n")


def install_other_package(project: Project) -> None:
    metadata = project.folder / "scripts/timm-9.9.9.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: timm\nVersion: 9.9.9\n")


def edit_during_a_run(project: Project) -> None:
    """While a run lives and holds its locks, a plan does not see the edit; afterwards it does."""
    lock = project.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("something else\n")
    project.edit(COVERAGE, "Field(0.25,", "Field(0.5,")
    with (project.folder / ".snakemake/running.lock").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_SH)
        assert project.planned() == set()
    lock.unlink()


def delete(*files: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        for file in files:
            (project.folder / "results" / file).unlink()

    return change


MAGNITUDE_FOLDER = f"tasks/small/cells/magnitude/{CUT}/recover/seed0"
ROWS = {
    "nothing": Row(lambda _: None, set()),
    "a touch": Row(touch_everything, set()),
    "the same content written again": Row(write_everything_again, set()),
    "a git checkout of the same content": Row(git_there_and_back, set()),
    "the folder moved": Row(move, set()),
    "a comment, a docstring, formatting": Row(comment_and_format, set()),
    "a criterion's code": Row(
        edit(COVERAGE, "Field(0.25,", "Field(0.5,"), scored_cell("coverage") | REPORT
    ),
    "a criterion's option": Row(
        config("criteria={magnitude: {criterion: magnitude, options: {p: 1}}}"),
        scored_cell("magnitude") | REPORT,
    ),
    "a criterion's file outside the project": Row(
        edit_own_criterion, scored_cell("coverage") | REPORT
    ),
    "a new criterion's file": Row(copy_criterion, set()),
    "a method added": Row(add_criterion, scored_cell("mine") | REPORT),
    "a method removed": Row(config("methods=[coverage]"), REPORT),
    "a budget added": Row(
        config("budgets=[{channels: 0.25}, {channels: 0.5}]"),
        set().union(*(again(cut_cell(m), "0.25", "0.5") for m in METHODS)) | REPORT,
    ),
    "a budget removed": Row(remove_budget, REPORT),
    "a budget in latency added": Row(config(f"budgets={IN_TIME}"), {TABLE, *TIMED, *REPORT}),
    "what a task's cuts leave alone": Row(
        config("tasks={small: {ignore: [conv_stem]}}"),
        set().union(*map(cut_cell, METHODS)) | REPORT,
    ),
    "a scope added": Row(
        config("scopes=[layer, global]"),
        set().union(*(globally(cut_cell(m), "auto") for m in METHODS[:2])) | REPORT,
    ),
    "a normaliser added": Row(
        add_normaliser, set().union(*(globally(cut_cell(m), "raw") for m in METHODS)) | REPORT
    ),
    "a repair added": Row(
        config("repair=[refit, norms]"),
        set().union(*(again(cut_cell(m), "refit", "norms") for m in METHODS)) | REPORT,
    ),
    "a seed added": Row(
        config("seeds=[0, 1]"),
        again(
            again(FINETUNED | set().union(*map(cut_cell, METHODS)), "seed 0", "seed 1"),
            "seed0",
            "seed1",
        )
        | REPORT,
    ),
    "a recipe added": Row(
        config("recipe=[recover, start]"), again(FINETUNED, "recover", "start") | REPORT
    ),
    "the recovery's recipe": Row(edit("config/config.yaml", "0.005", "0.004"), FINETUNED | REPORT),
    "the dense model's recipe": Row(edit("config/config.yaml", "0.01}", "0.02}"), FROM_DENSE),
    "a recipe in other words": Row(
        edit(
            "config/config.yaml",
            "recover: {epochs: 1, batch_size: 16, learning_rate: 0.005}",
            "recover: {like: start, epochs: 1, learning_rate: 0.005}",
        ),
        set(),
    ),
    "a new scenario on an old task": Row(
        add_scenario,
        {
            *again(cut_cell("magnitude") | cut_cell("random"), "0.25", "0.5"),
            *again(REPORT, "tiny", "more"),
        },
    ),
    "a scenario's title, or what it assumes": Row(
        edit("config/scenarios/tiny.yaml", "Tiny", "Small\nassumed: {scopes: Not stated.}"), {PAGE}
    ),
    "what the answer may lose": Row(config("answer={lose_at_most: 2}"), {ANSWER, PAGE}),
    "settings of latency": Row(
        edit("config/config.yaml", "warmup: 1", "warmup: 2"), LATENCY | REPORT
    ),
    "settings of latency, with a budget in it": Row(
        in_time_and(edit("config/config.yaml", "warmup: 1", "threads: 2, warmup: 1")),
        {TABLE, *TIMED, *LATENCY, *REPORT},
    ),
    "a second batch size, with a budget in latency": Row(
        in_time_and(edit("config/config.yaml", "batch_sizes: [1]", "batch_sizes: [1, 2]")),
        {*TIMED_AGAIN, *LATENCY, *REPORT},
    ),
    "a precision added": Row(
        config("tasks={small: {latency: {precisions: [fp32, fp16]}}}"),
        {
            *(job for job in FROM_DENSE if job.startswith("evaluate")),
            *(
                job.replace("evaluate", "convert") + " to fp16"
                for job in FROM_DENSE
                if job.startswith("evaluate")
            ),
            *LATENCY,
            *REPORT,
        },
    ),
    "threads, device, workers, saving, TensorBoard": Row(
        config(
            "compute={device: auto, threads: {dense: 2, cell: 2}, workers: 1, save_every: 1, "
            "tensorboard: true}"
        ),
        set(),
    ),
    "a module that training uses": Row(add_line(ENGINE), FROM_DENSE),
    "a module that only the preflight uses": Row(
        add_line("scripts/budama/pruning/preflight.py"), set()
    ),
    "a module that only timing uses": Row(
        add_line("scripts/budama/latency/measure.py"), LATENCY | REPORT
    ),
    "a module that only the table of costs uses": Row(
        in_time_and(add_line("scripts/budama/latency/costing.py")), {TABLE, *TIMED, *REPORT}
    ),
    "a module that only the summary uses": Row(
        add_line("scripts/budama/stages/summarise.py"), REPORT
    ),
    "a module that only the statistics use": Row(
        add_line("scripts/budama/analysis/significance.py"), {STATISTICS, ANSWER, *SHOWN}
    ),
    "a module that only pictures use": Row(
        add_line("scripts/budama/report/pictures/curves.py"), SHOWN
    ),
    "a text of the report": Row(
        edit("scripts/budama/report/languages/english/words.py", "Accuracy", "Precision"),
        {ANSWER, *SHOWN},
    ),
    "a report's template": Row(edit(TEMPLATE, "# {{ page.title", "\n# {{ page.title"), {PAGE}),
    "a model card's template": Row(
        edit("scripts/budama/report/card/templates/card.md.j2", "# {{", "\n# {{"),
        {*CARDS, ANSWER, PAGE},
    ),
    "a figure of the published reports": Row(change_published_figures, {STATISTICS, *SHOWN}),
    "a format that the dataset does not have": Row(
        add_line("scripts/budama/data/sources/food101.py"), set()
    ),
    "code that no stage imports": Row(add_line("scripts/show.py"), set()),
    "a default of the config": Row(
        edit("scripts/budama/config/schema.py", "Field(256,", "Field(128,"),
        {job for job in FROM_DENSE if re.match("evaluate|export", job)} | LATENCY | REPORT,
    ),
    "a rule's command": Row(
        edit("rules/card.smk", "--card {output.card:q} ", "--card  {output.card:q} "),
        {*CARDS, PAGE},
    ),
    "a pin": Row(edit("envs/requirements.txt", "timm==", "timm==9."), EVERYTHING),
    "an installed package": Row(install_other_package, EVERYTHING),
    "a file of the dataset": Row(change_label, EVERYTHING),
    "a Parquet file or a tar archive with images": Row(
        change_shard, {"audit the images of photos"}
    ),
    "an image in a folder of images": Row(add_image, {"audit the images of photos"}),
    "first weights in a file": Row(replace_weights, FROM_DENSE),
    "the order of the classes of first weights": Row(edit_order_of_classes, FROM_DENSE),
    "a network's file": Row(edit_network("net.py"), FROM_DENSE),
    "a module that a network's file imports from beside it": Row(
        edit_network("parts.py"), FROM_DENSE
    ),
    "a file put back with an old date": Row(
        put_back_with_old_date, scored_cell("coverage") | REPORT
    ),
    "code edited while a run goes on": Row(edit_during_a_run, scored_cell("coverage") | REPORT),
    "a change accepted with `--touch`": Row(accept_edited_engine, set()),
    "an intermediate file deleted": Row(delete("tasks/small/scores/coverage.safetensors"), set()),
    "a final file deleted": Row(delete("reports/tiny/report.html"), {PAGE}),
    "a result changed by hand": Row(
        add_line(f"results/{MAGNITUDE_FOLDER}/evaluation.json", ""),
        {f"describe magnitude, {CUT.replace('/', ', ')}, recover, seed 0", *REPORT},
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_change_runs_what_it_affects_and_nothing_else(finished: Project, name: str) -> None:
    options = ROWS[name].change(finished) or ()
    assert finished.planned(*options) == ROWS[name].jobs


def test_the_table_in_the_docs_has_these_rows() -> None:
    lines = (ROOT / "docs/reruns.md").read_text().splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][1:]
    assert rows == list(ROWS)
