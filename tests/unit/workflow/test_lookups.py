import subprocess
import sys
from collections.abc import Callable

import pytest

from budama.config.latency import Latency
from budama.config.schema import Config
from budama.system.errors import BudamaError
from budama.system.reruns.code import code_behind
from budama.workflow.lookups import Lookups

TASK = "results/tasks/big"
CUT = f"{TASK}/cells/wanda/layer/none/channels-0.5/refit"
WHOLE = f"{CUT}/whole/seed0"


@pytest.fixture
def look_up(configured: Config) -> Lookups:
    return Lookups(configured)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda look_up: look_up.task("huge"), "no task 'huge'"),
        (lambda look_up: look_up.latency("huge"), "no task 'huge'"),
        (lambda look_up: look_up.dataset("huge"), "no dataset 'huge'"),
        (lambda look_up: look_up.training_data("big", "huge"), "no recipe 'huge'"),
        (lambda look_up: look_up.criterion_code("huge"), "no method 'huge'"),
        (lambda look_up: look_up.models("huge"), "no scenario 'huge'"),
    ],
)
def test_a_name_that_stands_for_nothing_is_told(
    look_up: Lookups, ask: Callable[[Lookups], object], said: str
) -> None:
    with pytest.raises(BudamaError, match=f"the config defines {said}"):
        ask(look_up)


def test_a_report_is_of_the_dense_model_and_of_every_cell_that_did_not_fail(
    configured: Config,
) -> None:
    folders = [str(model["folder"]) for model in Lookups(configured).models("mine")]
    control = f"{TASK}/cells/dense-finetuned/none/none/none/none"
    assert folders == [
        f"{TASK}/dense",
        *(f"{control}/whole/seed0", WHOLE),
        *(f"{control}/taught/seed0", f"{CUT}/taught/seed0"),
    ]
    without = Lookups(configured, [WHOLE])
    assert [model["folder"] for model in without.models("mine")] == [
        folder for folder in folders if folder != WHOLE
    ]
    assert [cell.folder for cell in without.failed_cells("mine")] == [WHOLE]


def test_reports_can_do_without_cells_but_not_without_what_these_share(look_up: Lookups) -> None:
    left = {f"{WHOLE}/model.json", "results/reports/mine/summary.csv"}
    assert look_up.without_failed(["mine", "untimed"], left) == (["mine"], {WHOLE})
    assert look_up.without_failed(["mine"], left | {f"{TASK}/dense/model.json"}) == ([], set())
    assert look_up.without_failed(["mine"], {"results/reports/mine/summary.csv"}) == ([], set())


def test_a_task_reads_its_cache_only_if_it_asks_for_one(look_up: Lookups) -> None:
    assert look_up.audit("big") == "results/datasets/photos/audit.json"
    assert look_up.cache("big") == ["results/datasets/photos/cache-64/cache.json"]
    assert look_up.cache("quick") == []


def test_batches_that_processes_cannot_share_are_refused(configured: Config) -> None:
    data = [f"{TASK}/data/splits.parquet", f"{TASK}/data/manifest.json"]
    assert Lookups(configured).training_data("big", "taught") == data
    assert Lookups(configured).dense_data("big") == data
    compute = configured.compute.model_copy(update={"processes": 3})
    shared = Lookups(configured.model_copy(update={"compute": compute}))
    with pytest.raises(BudamaError, match=r"recipes.whole: batch_size 16 cannot be shared"):
        shared.dense_data("big")


def test_what_is_not_trained_reads_no_images_and_has_no_teacher(look_up: Lookups) -> None:
    assert look_up.recipe("none") is None
    assert look_up.training_data("big", "none") == []
    assert not look_up.is_distilled("none")
    assert look_up.is_distilled("taught")


def test_a_model_has_an_onnx_file_for_each_precision_that_is_a_file(look_up: Lookups) -> None:
    assert look_up.dense_onnx("big") == [
        f"{TASK}/dense/model.onnx",
        f"{TASK}/dense/model.int8.onnx",
    ]
    assert look_up.onnx("quick", "cells/x") == ["results/tasks/quick/cells/x/model.onnx"]


def test_what_is_not_timed_has_no_measurements_to_read(look_up: Lookups) -> None:
    assert f"{WHOLE}/latency.json" in look_up.measured("mine")
    assert look_up.origin("mine")[-1] == f"{TASK}/dense/latency.json"
    assert not any(file.endswith("latency.json") for file in look_up.measured("untimed"))
    assert all(file.endswith("provenance.json") for file in look_up.origin("untimed"))


def test_a_task_has_one_table_of_costs_for_all_cuts_that_need_one(look_up: Lookups) -> None:
    table = ["results/tasks/big/costs/cuda-cpu-batch1-threads1.json"]
    for budget in ("latency-0.5", "latency-0.35", "macs-0.5-roundauto", "channels-0.1-roundauto"):
        assert look_up.costs("big", budget) == table
    assert look_up.costs("big", "macs-0.5-round8") == []
    assert look_up.timed_onnx("big", "latency-0.5") == ["results/tasks/big/dense/model.onnx"]
    assert look_up.timed_onnx("big", "macs-0.5-roundauto") == []


def test_what_is_timed_in_another_way_is_another_table(configured: Config) -> None:
    own = configured.tasks["big"]
    for name, latency in {
        "cpu-batch8-threads2": Latency(providers=["CPU"], batch_sizes=[8, 1], threads=2),
        "cuda-batch1-threads1-graph": Latency(providers=["CUDA"], cuda_graph=True),
    }.items():
        configured.tasks["big"] = own.model_copy(update={"latency": latency})
        (table,) = Lookups(configured).costs("big", "latency-0.5")
        assert table == f"results/tasks/big/costs/{name}.json"


def test_a_budget_in_time_needs_time_to_be_measured(look_up: Lookups) -> None:
    for budget in ("latency-0.5", "macs-0.5-roundauto"):
        with pytest.raises(
            BudamaError,
            match=rf"tasks\.quick: the budget {budget} is of measured time, and latency\.skip",
        ):
            look_up.costs("quick", budget)
    assert look_up.costs("quick", "macs-0.5") == []


def test_only_cuts_to_a_budget_in_latency_depend_on_how_time_is_taken(look_up: Lookups) -> None:
    criterion = look_up.criterion_code("wanda")
    assert look_up.cut_code("big", "wanda", "macs-0.5-roundauto") == [criterion]
    own, timing = look_up.cut_code("big", "wanda", "latency-0.5")
    assert own == criterion and timing.is_file()
    assert any(file.parts[-2:] == ("latency", "measure.py") for file in code_behind(timing))


def test_pictures_show_the_layers_of_each_cut(look_up: Lookups) -> None:
    layers = [file for file in look_up.tables("mine") if file.endswith("layers.csv")]
    pruned = f"{TASK}/pruned/wanda/layer/none/channels-0.5/refit/seed0"
    assert layers == [f"{pruned}/layers.csv"]
    assert look_up.repairs("mine") == [f"{pruned}/repair.csv"]
    assert len(look_up.predictions("mine")) == 5


def test_a_dataset_asks_a_cluster_for_what_its_greatest_task_does(look_up: Lookups) -> None:
    assert look_up.limits("quick").hours == 4
    assert look_up.limits(None, "photos").hours == 9
    assert look_up.limits(None, "unused").hours == 4


def test_no_training_job_may_want_more_gpus_than_there_are(configured: Config) -> None:
    compute = configured.compute.model_copy(update={"processes": 4})
    look_up = Lookups(configured.model_copy(update={"compute": compute}))
    look_up.check_gpu_pool(1, 4)
    look_up.check_gpu_pool(1, None)
    look_up.check_gpu_pool(0, 1)
    with pytest.raises(BudamaError, match=r"--resources gpu=4, or set compute.processes to 2"):
        look_up.check_gpu_pool(1, 2)


def test_a_scenario_is_a_target_and_so_is_its_answer(look_up: Lookups) -> None:
    made = look_up.products("mine", "mine")
    assert made[0] == "results/reports/mine/summary.csv"
    assert f"{WHOLE}/README.md" in made
    assert look_up.wanted() == made
    answer = "results/reports/mine/answer"
    assert look_up.products("mine", "mine/answer") == [
        f"{answer}/{file}" for file in ("model.onnx", "README.md", "answer.json")
    ]


def test_targets_name_scenarios_also_by_their_answers(look_up: Lookups) -> None:
    assert look_up.asked_for(["untimed/answer", "mine", "comparison"]) == ["mine", "untimed"]
    assert look_up.asked_for(["results/reports/mine/report.html"]) == []
    assert look_up.asked_for([]) == look_up.asked_for(["all", "untimed"]) == ["mine"]


def test_planning_does_without_torch() -> None:
    code = "import budama.workflow.rule_settings, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
