# What all rules share: the interpreter, code as an input, where files stand.
import hashlib
import inspect
import json
import os
import shlex
from functools import cache

from budama.workflow.clock import check_dates
from budama.config.base import NAME_PATTERN
from budama.config.budget import BUDGET_PATTERN, Budget
from budama.config.recipe import check_shares
from budama.config.schema import DENSE_FINETUNED
from budama.criteria.registry import criterion_file
from budama.data.layout import source_file
from budama.system.reruns.code import code_behind
from budama.system.machine.gpus import has_gpu
from budama.models.weights import known_sha256
from budama.report.languages import LANGUAGES
from budama.system.job.orphans import WORKFLOW
from budama.workflow.command import command
from budama.workflow.running import enter
from budama.system.reruns.watched import Watched

# Jobs run in the environment that Snakemake runs in, activated or not. Freed memory is kept: glibc
# would return every large block at once, and getting it back takes up to half of a step's time.
# `exec`: a rule's command is one program, which takes the place of the shell. A shell beside it would
# die of a cluster's SIGTERM at once, and the job would end before the program has saved its state.
# A job that finds its workflow gone ends (budama/system/job/orphans.py).
BINARIES = Path(sys.executable).parent
shell.prefix(
    "export PATH={BINARIES:q}:$PATH {WORKFLOW}=$PPID "
    "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184; exec "
)

# Relative where the workflow runs in its own folder, so that moving the folder reruns nothing.
HERE = Path(os.path.relpath(ROOT))
if {"{", "}"}.intersection(str(HERE)):
    raise WorkflowError(
        f"{HERE}: Snakemake would take the braces in this path for wildcards; run it in the "
        "workflow's own folder, or rename the folder"
    )

if workflow.is_main_process:
    enter()

# What Snakemake watches instead of code and data: see scripts/budama/system/reruns/watched.py. A run that goes
# on holds locks.
WATCHED = Watched(
    Path("results/fingerprints"),
    ROOT,
    frozen=any(Path(".snakemake/locks").glob("*.lock")),
)

DATASET = "results/datasets/{dataset}"
DATA = "results/tasks/{task}/data"
DENSE = dense_folder("{task}")
CELL = Cell("{task}", "{method}", "{scope}", "{budget}", "{recipe}", "{seed}")
# the dense model or a cell: whatever can be tested, exported and timed
MODEL = "results/tasks/{task}/{model}"
REPORT = "results/reports/{scenario}"
LANGUAGE_NAMES = ", ".join(language.name for language in LANGUAGES.values())

# Names the file of the folders of cells that failed, in the run that writes reports without them
# (handlers.smk).
WITHOUT = "BUDAMA_WITHOUT"
FAILED = set(
    json.loads(Path(os.environ[WITHOUT]).read_text()) if WITHOUT in os.environ else []
)

# Where and how a job runs are resources of its rule (`python`, `device`, `workers`, `save_every`,
# `board`): they must not matter to results, and Snakemake compares parameters but no resources, so
# that changing them reruns nothing.
DEVICE = CONFIG.compute.device
WORKERS = CONFIG.compute.workers
# The process that submits to a cluster, and those that run there: they read the same Snakefile.
ON_CLUSTER = workflow.remote_exec or workflow.resource_settings.nodes is not None
# What a cluster has is not to be seen on its login node.
GPUS = int(DEVICE != "cpu" and (ON_CLUSTER or has_gpu()))

# A training job of several processes, each with a GPU of its own, is started by torchrun.
PROCESSES = CONFIG.compute.processes
SAVE_EVERY = CONFIG.compute.save_every

# Wildcards become words of a shell command: each is a name, or one of a few.
SCOPES = "layer|global|none"
BUDGETS = f"{BUDGET_PATTERN}|none"
CELL_PATTERN = f"{NAME_PATTERN}/(?:{SCOPES})/(?:{BUDGETS})/{NAME_PATTERN}/seed[0-9]+"


wildcard_constraints:
    dataset=NAME_PATTERN,
    task=NAME_PATTERN,
    scenario=NAME_PATTERN,
    method=NAME_PATTERN,
    recipe=NAME_PATTERN,
    scope=SCOPES,
    budget=BUDGETS,
    seed="[0-9]+",
    model=f"dense|cells/{CELL_PATTERN}",
    precision="|".join(CONVERTED),


def in_words(do, *arguments):
    """``do(*arguments)``; its mistake becomes one that Snakemake prints without a trace."""
    try:
        return do(*arguments)
    except BudamaError as error:
        raise WorkflowError(str(error)) from None


if workflow.is_main_process:
    in_words(check_dates, HERE / "scripts")


@cache
def code_files(script, *more):
    """What makes a stage's outputs stale when it changes: the code behind it and the packages.

    The first is the script itself, for the command line: only its fingerprint is watched.
    """
    start = ROOT / "scripts" / script
    behind = {file for path in (start, *more) for file in code_behind(path)}
    return [
        ancient(str(HERE / start.relative_to(ROOT))),
        *watched(lambda files: WATCHED.of_code((start, *more), files), behind),
        *watched(WATCHED.of_packages, ROOT / "envs/requirements.txt"),
    ]


def of_wildcards(function):
    """``function``, with its signature beside it: Snakemake looks it up for every job."""
    function.__signature__ = inspect.signature(function)
    return function


def code(script):
    return of_wildcards(lambda wildcards: code_files(script))


def criterion_code(script):
    """As ``code``, with the one criterion that the wildcard ``method`` names."""
    return of_wildcards(
        lambda wildcards: code_files(
            script,
            criterion_file(known(CONFIG.criteria, wildcards.method, "method")),
        )
    )


def fingerprints(files):
    return watched(WATCHED.of, files)


def watched(write, files):
    """What ``write`` keeps of ``files``, known to Snakemake also where it has just been made.

    Snakemake remembers what was in a folder when it first looked.
    """
    paths = in_words(write, files)
    for path in paths:
        workflow.iocache.exists_local[path] = True
    return paths


def templates(package):
    """The templates of ``package`` in the library, as ``code``."""
    return lambda wildcards: fingerprints(
        sorted((ROOT / "scripts/budama" / package / "templates").glob("*.j2"))
    )


def settings(choose):
    """A rule's one parameter: as JSON, because Snakemake compares parameters without their names."""
    return of_wildcards(lambda wildcards: json.dumps(choose(wildcards)))


def known(table, name, kind):
    """``table[name]``, or an error for a target that the config does not define."""
    if name not in table:
        raise WorkflowError(f"the config defines no {kind} '{name}'")
    return table[name]


def task(wildcards):
    return known(CONFIG.tasks, wildcards.task, "task")


def weights_sha256(chosen):
    """The hash of a task's first weights: other weights in the same file are other weights."""
    return known_sha256(chosen.weights, chosen.weights_sha256)


def dataset(wildcards):
    return known(CONFIG.datasets, wildcards.dataset, "dataset")


@cache
def recipe(name):
    return known(CONFIG.recipes, name, "recipe").model_dump(mode="json")


@cache
def shared(name):
    """No file: refuses a recipe whose batches a training job's processes cannot share."""
    in_words(check_shares, name, known(CONFIG.recipes, name, "recipe"), PROCESSES)
    return []


def criterion(name):
    return known(CONFIG.criteria, name, "method").model_dump(exclude_defaults=True)


def scenario_of(wildcards):
    return known(CONFIG.scenarios, wildcards.scenario, "scenario")


def scenario_cells(wildcards):
    cells = cells_of(scenario_of(wildcards))
    return [cell for cell in cells if cell.folder not in FAILED]


def cache_of(wildcards):
    """The cached images that a task reads, if it asks for them."""
    chosen = task(wildcards)
    if chosen.cache is None:
        return []
    return expand(
        rules.cache.output.result, dataset=chosen.dataset, pixels=chosen.cache
    )


def onnx_of(wildcards):
    """A model's ONNX files by the precision that they are in, those that its task asks for."""
    known(CONFIG.tasks, wildcards.task, "task")
    return onnx_files(CONFIG.latency_of(wildcards.task).precisions)


def onnx_files_of(folder):
    """The ONNX files in ``folder``, that of full precision first."""
    return of_wildcards(
        lambda wildcards: [
            f"{folder}/{name}".format(**wildcards)
            for name in onnx_of(wildcards).values()
        ]
    )


def latency_settings(wildcards):
    return CONFIG.latency_of(wildcards.task).model_dump(mode="json", exclude={"skip"})


def latency_of_cell(wildcards):
    """A cell's measurement of latency, unless its task skips it."""
    file = f"{CELL.folder}/latency.json".format(**wildcards)
    return file if is_timed(wildcards) else []


def start_of(wildcards):
    """What a cell is trained from: its pruned model, or for the dense control the dense one."""
    if wildcards.method == DENSE_FINETUNED:
        return rules.dense.output
    return rules.prune.output


def teacher_of(wildcards):
    """The dense model, for a recipe that distils it."""
    return rules.dense.output if recipe(wildcards.recipe)["distillation"] else []


def board(path):
    """Where a training job writes its TensorBoard, if the config wants one."""
    if not CONFIG.compute.tensorboard:
        return ""
    return (
        lambda wildcards: f"--tensorboard results/tensorboard/{path.format(**wildcards)}"
    )
