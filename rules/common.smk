# What all rules share: the interpreter, code as an input, where files stand.
import inspect
import json
import os
import shlex
from functools import cache, wraps
from typing import get_args

from snakemake.logging import logger

from budama.config.base import NAME_PATTERN
from budama.config.budget import BUDGET_PATTERN
from budama.config.cut import NONE, NormaliserChoice, Repair
from budama.config.loading import warnings
from budama.report.languages import LANGUAGES
from budama.system.job.orphans import WORKFLOW
from budama.system.machine.gpus import has_gpu
from budama.system.reruns.code import code_behind
from budama.system.reruns.watched import Watched
from budama.workflow.clock import check_dates
from budama.workflow.command import command
from budama.workflow.configuration import ASKED_FOR, of_command
from budama.workflow.running import enter

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

# What Snakemake watches instead of code and data (budama/system/reruns/watched.py). A run that goes on
# holds locks.
WATCHED = Watched(
    Path(places.FINGERPRINTS),
    ROOT,
    frozen=any(Path(".snakemake/locks").glob("*.lock")),
)

DATASET_FOLDER = places.dataset_folder("{dataset}")
CACHE_FOLDER = places.cache_folder("{dataset}", "{pixels}")
DATA_FOLDER = places.data_folder("{task}")
DENSE_FOLDER = places.dense_folder("{task}")
CELL = Cell(
    "{task}",
    "{method}",
    "{scope}",
    "{normaliser}",
    "{budget}",
    "{repair}",
    "{recipe}",
    "{seed}",
)
# the cut as the messages of jobs name it
CUT = "{wildcards.method}, {wildcards.scope}, {wildcards.normaliser}, {wildcards.budget}, {wildcards.repair}"
# the dense model or a cell: whatever can be tested, exported and timed
MODEL_FOLDER = f"{places.task_folder('{task}')}/{{model}}"
SCORES = f"{places.scores_folder('{task}')}/{{method}}"
REPORT_FOLDER = places.report_folder("{scenario}")
ANSWER_FOLDER = places.answer_folder("{scenario}")
LANGUAGE_NAMES = ", ".join(language.name for language in LANGUAGES.values())

# Names the file of the folders of cells that failed, in the run that writes reports without them
# (handlers.smk).
WITHOUT = "BUDAMA_WITHOUT"
FAILED = (
    json.loads(Path(os.environ[WITHOUT]).read_text()) if WITHOUT in os.environ else []
)


# A mistake ends the command in `choose`: jobs are being planned, and Snakemake would put the wildcards
# and a trace around whatever else is raised.
def choose():
    """The config of this command, once its targets are known; what is left out is told."""
    dag, jobs = workflow.dag_settings, workflow.dag_settings.target_jobs or []
    wildcards = [job.wildcards_dict for job in jobs]
    try:
        found = of_command(CONFIG, ROOT, config, RULES, dag.targets or [], wildcards)
    except BudamaError as error:
        logger.error(str(error))
        raise SystemExit(1) from None
    if found.left_out and workflow.is_main_process:
        workflow.register_envvars(ASKED_FOR)
        logger.warning("\n".join(warnings(found)))
    return found


LOOKUPS = Lookups(choose, FAILED)
SETTINGS = RuleSettings(LOOKUPS)

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
NORMALISERS = "|".join([*get_args(NormaliserChoice), NONE])
BUDGETS = f"{BUDGET_PATTERN}|none"
REPAIRS = "|".join(get_args(Repair))
CUT_PATTERN = f"(?:{SCOPES})/(?:{NORMALISERS})/(?:{BUDGETS})/(?:{REPAIRS})"
CELL_PATTERN = f"{NAME_PATTERN}/{CUT_PATTERN}/{NAME_PATTERN}/seed[0-9]+"


wildcard_constraints:
    dataset=NAME_PATTERN,
    task=NAME_PATTERN,
    scenario=NAME_PATTERN,
    method=NAME_PATTERN,
    recipe=NAME_PATTERN,
    scope=SCOPES,
    normaliser=NORMALISERS,
    budget=BUDGETS,
    repair=REPAIRS,
    seed="[0-9]+",
    model=f"dense|cells/{CELL_PATTERN}",
    precision="|".join(CONVERTED),
    setting="[a-z0-9-]+",


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


def looked_up(look_up):
    """``look_up`` as a function of wildcards: its parameters are called like those it takes.

    Snakemake asks for every job, and looks up the function's signature, so that it stands beside it.
    """
    names = inspect.signature(look_up).parameters
    remembered = cache(look_up)

    def of(wildcards):
        return in_words(remembered, *(getattr(wildcards, name) for name in names))

    of.__signature__ = inspect.signature(of)
    return of


# What names every cell goes to the script's standard input: Linux takes no longer words than 128 KiB in
# a command.
def settings(choose):
    """A rule's one parameter: as JSON, because Snakemake compares parameters without their names."""
    return looked_up(wraps(choose)(lambda *values: json.dumps(choose(*values))))


def code(script):
    return looked_up(lambda: code_files(script))


def code_with(script, look_up):
    """As ``code``, with what ``look_up`` names for the wildcards, such as a criterion's file."""
    return looked_up(
        wraps(look_up)(lambda *values: code_files(script, *look_up(*values)))
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
    folder = ROOT / "scripts/budama" / package / "templates"
    return looked_up(lambda: fingerprints(sorted(folder.glob("*.j2"))))


def board(path):
    """Where a training job writes its TensorBoard, if the config wants one."""
    if not CONFIG.compute.tensorboard:
        return ""
    option = f"--tensorboard {places.TENSORBOARD}/{path}"
    return lambda wildcards: option.format(**wildcards)


PUBLISHED = "resources/published/published.csv"
# What is watched of it: a file may be put back with an old date.
PUBLISHED_FINGERPRINT = looked_up(lambda: fingerprints([ROOT / PUBLISHED]))


def scenarios_asked_for():
    """The scenarios among the targets on the command line, or the config's if there are none."""
    return in_words(LOOKUPS.asked_for, workflow.dag_settings.targets or [])
