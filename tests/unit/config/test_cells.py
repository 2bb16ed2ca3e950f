from budama.config.budget import Budget
from budama.config.cells import Cell, cells_of, onnx_files, unfinished
from budama.config.schema import ChosenPart, Scenario


def test_a_scenarios_cells_are_all_combinations_and_the_controls() -> None:
    scenario = Scenario(
        title="t",
        task="task",
        seeds=[0, 1],
        parts=[
            ChosenPart(
                methods=["wanda", "taylor", "wanda"],
                controls=["random", "dense-finetuned"],
                scopes=["layer", "global"],
                normaliser=["mean", "auto"],
                budgets=[Budget(channels=0.1), Budget(channels=0.5)],
                repair=["none", "refit", "none"],
                recipe=["short", "long"],
            )
        ],
    )
    cells = cells_of(scenario)
    # the dense control; at each budget and repair random channels, and two methods layer-wise and
    # globally with each normaliser
    per_recipe = 1 + 2 * 2 * (1 + 2 * (1 + 2))
    assert len(cells) == len({cell.folder for cell in cells}) == 2 * 2 * per_recipe
    assert len({cell.pruned for cell in cells if cell.scope != "none"}) == 2 * (per_recipe - 1)
    assert {cell.scope for cell in cells if cell.method == "random"} == {"layer"}
    assert cells[0].row()["scope"] == "-"
    uncut = "results/tasks/task/cells/dense-finetuned/none/none/none/none/short/seed0"
    random = "random/layer/none/channels-0.1/none"
    assert [cell.folder for cell in cells[:2]] == [
        uncut,
        f"results/tasks/task/cells/{random}/short/seed0",
    ]
    assert cells[1].pruned == f"results/tasks/task/pruned/{random}/seed0"


def test_parts_have_their_own_cuts_and_share_what_is_equal() -> None:
    choices = {"methods": ["wanda"], "controls": ["random", "dense-finetuned"], "recipe": ["short"]}
    published = {"scopes": ["layer"], "budgets": [{"channels": 0.1}], "repair": ["none"]}
    fast = {"scopes": ["global"], "budgets": [{"latency": 0.5}], "repair": ["refit"]}
    parts = [choices | {"normaliser": ["auto"]} | own for own in (published, fast)]
    scenario = Scenario.model_validate({"title": "t", "task": "t", "seeds": [0], "parts": parts})
    cells = [(c.method, c.scope, c.normaliser, c.budget, c.repair) for c in cells_of(scenario)]
    assert cells == [
        ("dense-finetuned", "none", "none", "none", "none"),
        ("random", "layer", "none", "channels-0.1", "none"),
        ("wanda", "layer", "none", "channels-0.1", "none"),
        ("random", "global", "auto", "latency-0.5", "refit"),
        ("wanda", "global", "auto", "latency-0.5", "refit"),
    ]
    assert scenario.scopes == ["layer", "global"]
    assert scenario.methods == ["wanda"]


def test_only_the_global_scope_has_a_normaliser() -> None:
    layer = Cell("task", "wanda", "layer", "none", "channels-0.1", "none", "short", 0).row()
    assert (layer["normaliser"], layer["repair"]) == ("-", "none")
    control = Cell("task", "dense-finetuned", "none", "none", "none", "none", "short", 0).row()
    assert (control["normaliser"], control["repair"]) == ("-", "-")
    cell = Cell("task", "wanda", "global", "auto", "channels-0.1", "refit", "short", 0)
    assert (cell.row()["normaliser"], cell.row()["repair"]) == ("auto", "refit")
    assert cell.folder.endswith("/cells/wanda/global/auto/channels-0.1/refit/short/seed0")


def test_a_cell_is_unfinished_without_its_cut_or_any_file_of_its_own() -> None:
    cut = ("wanda", "layer", "none", "channels-0.1", "refit")
    cells = [Cell("task", *cut, "short", seed) for seed in (1, 10)]
    pruned = f"results/tasks/task/pruned/{'/'.join(cut)}/seed10/layers.csv"
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
