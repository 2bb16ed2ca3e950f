# What reports, pictures, cards and comparisons are made from.

# Its fingerprint is watched: a file may be put back with an old date.
PUBLISHED = "resources/published/published.csv"


def scenarios_asked_for():
    """The scenarios among the targets on the command line, or the config's if there are none."""
    targets = set(workflow.dag_settings.targets or ["all"])
    if "all" in targets:
        return CONFIG.wanted
    return [name for name in CONFIG.scenarios if name in targets]


def manifest_of(wildcards):
    return f"results/tasks/{scenario_of(wildcards).task}/data/manifest.json"


def report_settings(wildcards):
    """What the report says of the scenario's settings."""
    scenario = scenario_of(wildcards)
    own = CONFIG.tasks[scenario.task]
    shown = ["model", "weights", "dataset", "image_size", "calibration"]
    return {
        "title": scenario.title,
        "task": {"name": scenario.task}
        | own.model_dump(mode="json", include=set(shown)),
        "scopes": scenario.scopes,
        "budgets": [budget.id for budget in scenario.budgets],
        "methods": scenario.methods,
        "controls": scenario.controls,
        "seeds": scenario.seeds,
        "original": own.recipe,
        "recovery": scenario.recipe,
        "recipes": {name: recipe(name) for name in [own.recipe, *scenario.recipe]},
        "assumed": scenario.assumed,
        "models": models_of(wildcards),
        "failed": [cell.row() for cell in cells_of(scenario) if cell.folder in FAILED],
    }


def analysis_settings(wildcards):
    """What decides on the statistics, and on which published figures belong to the scenario."""
    scenario = scenario_of(wildcards)
    return {
        "models": models_of(wildcards),
        "recipes": {
            name: {"epochs": recipe(name)["epochs"]} for name in scenario.recipe
        },
        "batches": CONFIG.tasks[scenario.task].calibration.batches,
    }


def models_of(wildcards):
    """Every model of the report: its folder and its own columns in the summary."""
    scenario = scenario_of(wildcards)
    own = CONFIG.tasks[scenario.task]
    dense = dense_row(scenario.task, own.recipe, own.seed)
    return [dense, *(cell.row() for cell in scenario_cells(wildcards))]


def predictions_of(wildcards):
    return [f"{model['folder']}/predictions.parquet" for model in models_of(wildcards)]


def summary_file(scenario):
    return f"results/reports/{scenario}/summary.csv"


def comparison_settings(wildcards):
    """The scenarios that have results, or will have before the page is made, and the others."""
    found = {
        name: {"title": scenario.title, "summary": summary_file(name)} | state
        for name, scenario in CONFIG.scenarios.items()
        if (state := state_of(name)) is not None
    }
    return {
        "scenarios": found,
        "without": [name for name in CONFIG.scenarios if name not in found],
        "recipes": {name: {"epochs": r.epochs} for name, r in CONFIG.recipes.items()},
        "batches": {
            name: own.calibration.batches for name, own in CONFIG.tasks.items()
        },
    }


def state_of(scenario):
    """The hash of a scenario's summary, none needed if that is an input; ``None`` without one."""
    if scenario in scenarios_asked_for():
        return {}
    file = Path(summary_file(scenario))
    if not file.is_file():
        return None
    return {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def origin_of(wildcards):
    """What the report says of machine, versions and times: the cells' and the dense model's."""
    scenario = scenario_of(wildcards)
    cells = [f"{cell.folder}/provenance.json" for cell in scenario_cells(wildcards)]
    timed = (
        [f"{dense_folder(scenario.task)}/latency.json"] if is_timed(scenario) else []
    )
    return cells + timed


def summary_settings(wildcards):
    scenario = CONFIG.scenarios[wildcards.scenario]
    own = CONFIG.tasks[scenario.task]
    dense, *cells = models_of(wildcards)
    return {
        "shared": {
            "scenario": wildcards.scenario,
            "task": scenario.task,
            "model": own.model,
            "dataset": own.dataset,
        },
        "dense": dense,
        "cells": cells,
        "timed": is_timed(scenario),
    }


def picture_settings(wildcards):
    dense, *rows = models_of(wildcards)
    return {
        "models": [
            dense,
            *(
                row
                | ({"pruned": cell.pruned} if cell.method != DENSE_FINETUNED else {})
                for cell, row in zip(scenario_cells(wildcards), rows)
            ),
        ]
    }


def tables_of(wildcards):
    """Every table that the pictures are drawn from, beside the summary."""
    models = picture_settings(wildcards)["models"]
    return [
        *(
            f"{m['folder']}/{file}"
            for m in models
            for file in ("curve.csv", "classes.csv")
        ),
        *(f"{model['pruned']}/layers.csv" for model in models if "pruned" in model),
    ]


def card_settings(wildcards):
    cell = Cell(**dict(wildcards.items()))
    row = {key: value for key, value in cell.row().items() if key != "folder"}
    measured = cell.folder.removeprefix(f"results/tasks/{cell.task}/")
    logs = {stage: f"{stage}/{measured}" for stage in ("evaluate", "export", "latency")}
    return {
        "cell": {"task": cell.task, "dataset": task(wildcards).dataset}
        | row
        | {"seed": int(cell.seed)},
        "logs": {
            stage: f"results/logs/{cell.task}/{file}.log"
            for stage, file in ({"finetune": f"finetune/{cell.label}"} | logs).items()
        },
    }


def figures_of(wildcards):
    """Every file that the summary reads, by its folder."""
    files = ["model.json", "curve.csv", "evaluation.json", "export.json"]
    timed = ["latency.json"] if is_timed(scenario_of(wildcards)) else []
    return [
        f"{model['folder']}/{file}"
        for model in models_of(wildcards)
        for file in [*files, *timed]
    ]


def is_timed(owner):
    """Whether the models of a scenario, or of the task in the wildcards, are timed."""
    return not CONFIG.latency_of(owner.task).skip
