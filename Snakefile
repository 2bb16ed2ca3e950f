# budama: one file under rules/ per stage, in the order of the includes below, and one script each.
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "scripts"))

from budama.atomic import check_writable
from budama.cells import (
    CONVERTED,
    REPORT_FILES,
    Cell,
    cells_of,
    dense_folder,
    dense_row,
    onnx_files,
    products,
    wanted_reports,
)
from budama.config.loading import load_config
from budama.errors import BudamaError

try:
    if Path("results").is_file():
        raise BudamaError("results is a file, and must be a folder: move it away")
    # `config` holds what --config and --configfile gave: the last word
    CONFIG = load_config(ROOT, config)
except BudamaError as error:
    raise WorkflowError(str(error)) from None


include: "rules/common.smk"


rule all:
    default_target: True
    input:
        wanted_reports(CONFIG),


include: "rules/audit.smk"
include: "rules/cache.smk"
include: "rules/prepare.smk"
include: "rules/dense.smk"
include: "rules/calibrate.smk"
include: "rules/prune.smk"
include: "rules/finetune.smk"
include: "rules/export.smk"
include: "rules/convert.smk"
include: "rules/evaluate.smk"
include: "rules/latency.smk"
include: "rules/summarise.smk"
include: "rules/pictures.smk"
include: "rules/report.smk"
include: "rules/comparison.smk"
include: "rules/doctor.smk"
include: "rules/plan.smk"
include: "rules/card.smk"


onstart:
    try:
        check_writable(Path("results"))
    except BudamaError as error:
        raise WorkflowError(str(error)) from None


onsuccess:
    # with --until there may be no summary yet
    finished = [
        name
        for name in scenarios_asked_for()
        if Path(f"results/reports/{name}/summary.csv").is_file()
    ]
    if finished:
        shell("python {HERE}/scripts/show.py " + " ".join(finished))
