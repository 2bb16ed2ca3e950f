"""Where everything stands under ``config`` and ``results``, and what the files are called.

Rules and library both ask here, so that a name is written once. What audit, cache and prepare leave
is named in ``data/layout.py``: training reads that, and must not run again for a name of a report.
"""

CONFIG_FILE = "config/config.yaml"
SCENARIOS = "config/scenarios"
RESULTS = "results"
FINGERPRINTS = f"{RESULTS}/fingerprints"
LOGS = f"{RESULTS}/logs"
TENSORBOARD = f"{RESULTS}/tensorboard"

# What stands in the folder of a model: the dense one, a pruned one, a cell
WEIGHTS = "model.safetensors"
DESCRIPTION = "model.json"
LAYERS = "layers.csv"
REPAIR = "repair.csv"
CURVE = "curve.csv"
ONNX = "model.onnx"
EXPORT = "export.json"
EVALUATION = "evaluation.json"
CLASSES = "classes.csv"
PREDICTIONS = "predictions.parquet"
LATENCY = "latency.json"
CARD = "README.md"
PROVENANCE = "provenance.json"

# What stands in the folder of a scenario's report
SUMMARY = "summary.csv"
TIMINGS = "latency.csv"
RESULTS_TABLE = "results.csv"
COMPARISONS = "comparisons.csv"
PICTURES = "pictures"
PICTURES_INDEX = "pictures.json"
PAGE = "report.html"
ANSWER_FOLDER = "answer"
ANSWER = "answer.json"
# the codes of the report's languages, the first one shown first
LANGUAGES = ("tr", "en")
COMPARISON_FOLDER = f"{RESULTS}/reports/comparison"
COMPARISON_TABLE = "comparison.csv"


def scenario_file(scenario: str) -> str:
    """Return the file that defines a scenario."""
    return f"{SCENARIOS}/{scenario}.yaml"


def dataset_folder(dataset: str) -> str:
    """Return the folder of what the audit found of a dataset."""
    return f"{RESULTS}/datasets/{dataset}"


def cache_folder(dataset: str, pixels: int | str) -> str:
    """Return the folder of a dataset's images, decoded and reduced to ``pixels``."""
    return f"{dataset_folder(dataset)}/cache-{pixels}"


def task_folder(task: str) -> str:
    """Return the folder of all that a task owns."""
    return f"{RESULTS}/tasks/{task}"


def data_folder(task: str) -> str:
    """Return the folder of a task's splits."""
    return f"{task_folder(task)}/data"


def dense_folder(task: str) -> str:
    """Return the folder of a task's dense model."""
    return f"{task_folder(task)}/dense"


def preflight_file(task: str) -> str:
    """Return what came of trying a task's network before anything is trained."""
    return f"{task_folder(task)}/preflight.json"


def scores_folder(task: str) -> str:
    """Return the folder of the criteria's scores."""
    return f"{task_folder(task)}/scores"


def costs_file(task: str, setting: str) -> str:
    """Return the table of what a task's layers take, by how they are timed."""
    return f"{task_folder(task)}/costs/{setting}.json"


def report_folder(scenario: str) -> str:
    """Return the folder of a scenario's report."""
    return f"{RESULTS}/reports/{scenario}"


def answer_folder(scenario: str) -> str:
    """Return the folder of a scenario's answer: its model, card and figures."""
    return f"{report_folder(scenario)}/{ANSWER_FOLDER}"


def markdown_page(language: str) -> str:
    """Return the name of the report in Markdown in a language, given by its code."""
    return f"report.{language}.md"


def onnx_file(precision: str) -> str:
    """Return the name of a model's ONNX file; TF32 is a way to run the fp32 one."""
    return ONNX if precision in ("fp32", "tf32") else f"model.{precision}.onnx"


def log_file(*parts: str) -> str:
    """Return the log of a job: ``parts`` lead from the task or scenario to its name."""
    return f"{LOGS}/{'/'.join(parts)}.log"
