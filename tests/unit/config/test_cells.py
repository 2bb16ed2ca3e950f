from budama.config.budget import Budget
from budama.config.cells import Cell, cells_of, onnx_files, unfinished
from budama.config.schema import Scenario


def test_a_scenarios_cells_are_all_combinations_and_the_controls() -> None:
    scenario = Scenario(
        title="t",
        task="task",
        methods=["wanda", "taylor", "wanda"],
        controls=["random", "dense-finetuned"],
        scopes=["layer", "global"],
        budgets=[Budget(channels=0.1), Budget(channels=0.5)],
        recipe=["short", "long"],
        seeds=[0, 1],
    )
    cells = cells_of(scenario)
    per_recipe = 1 + 2 + 2 * 2 * 2  # the dense control, random at each budget, the methods
    assert len(cells) == len({cell.folder for cell in cells}) == 2 * 2 * per_recipe
    assert len({cell.pruned for cell in cells if cell.scope != "none"}) == 2 * (per_recipe - 1)
    assert {cell.scope for cell in cells if cell.method == "random"} == {"layer"}
    assert cells[0].row()["scope"] == "-"
    assert cells[1].folder == ("results/tasks/task/cells/random/layer/channels-0.1/short/seed0")


def test_a_cell_is_unfinished_without_its_cut_or_any_file_of_its_own() -> None:
    cells = [Cell("task", "wanda", "layer", "channels-0.1", "short", seed) for seed in (1, 10)]
    pruned = "results/tasks/task/pruned/wanda/layer/channels-0.1/seed10/layers.csv"
    assert unfinished(cells, [pruned, "results/tasks/task/scores/wanda.json"]) == cells[1:]
    assert unfinished(cells, [f"{cells[0].folder}/latency.json"]) == cells[:1]
    assert unfinished(cells, []) == []


def test_tf32_is_the_fp32_file_and_other_precisions_have_their_own() -> None:
    assert onnx_files(["fp32"]) == {"fp32": "model.onnx"}
    assert list(onnx_files(["int8", "tf32", "fp32", "fp16"]).values()) == [
        "model.onnx",
        "model.fp16.onnx",
        "model.int8.onnx",
    ]
