# budama: one file under rules/ per stage, in the order of the includes below, and one script each.
import gc
import re
import sys
from functools import partial
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# A DAG is millions of objects that stay until the end: looking through them for garbage as often
# as Python does by default takes a quarter of the time that planning takes.
gc.freeze()
gc.set_threshold(200_000, 50, 100)

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "scripts"))

from budama.config import places
from budama.config.asked import ANSWER_TARGET, Asked
from budama.config.cells import CONVERTED, Cell
from budama.config.places import log_file
from budama.config.yaml_file import check_keys
from budama.data import layout
from budama.system.errors import BudamaError
from budama.workflow.configuration import load_config
from budama.workflow.lookups import Lookups
from budama.workflow.rule_settings import CALIBRATED, RuleSettings

try:
    if Path(places.RESULTS).is_file():
        raise BudamaError("results is a file, and must be a folder: move it away")
    for given in workflow.configfiles:
        check_keys(Path(given))
    # `config` holds what --config and --configfile gave: the last word. What a command asks for is
    # known when its jobs are planned: until then, what is wrong with scenarios' files stops nothing.
    CONFIG = load_config(ROOT, config, Asked())
except BudamaError as error:
    raise WorkflowError(str(error)) from None


include: "rules/common.smk"
include: "rules/gpus.smk"
include: "rules/cluster.smk"


rule all:
    default_target: True
    input:
        looked_up(LOOKUPS.wanted),


include: "rules/audit.smk"
include: "rules/cache.smk"
include: "rules/prepare.smk"
include: "rules/preflight.smk"
include: "rules/dense.smk"
include: "rules/calibrate.smk"
include: "rules/costs.smk"
include: "rules/prune.smk"
include: "rules/finetune.smk"
include: "rules/export.smk"
include: "rules/convert.smk"
include: "rules/evaluate.smk"
include: "rules/latency.smk"
include: "rules/summarise.smk"
include: "rules/analyse.smk"
include: "rules/answer.smk"
include: "rules/pictures.smk"
include: "rules/report.smk"
include: "rules/comparison.smk"
include: "rules/doctor.smk"
include: "rules/plan.smk"
include: "rules/card.smk"
include: "rules/handlers.smk"


# `snakemake demo`: each scenario is a target, its reports and cards; `snakemake demo/answer`
RULES = frozenset(rule.name for rule in workflow.rules)
NAMES = filter(
    re.compile(NAME_PATTERN).fullmatch, {*CONFIG.scenarios, *CONFIG.left_out}
)
for scenario in sorted(set(NAMES) - RULES):
    for target in (scenario, f"{scenario}{ANSWER_TARGET}"):

        rule:
            name:
                target
            input:
                looked_up(partial(LOOKUPS.products, scenario, target)),
