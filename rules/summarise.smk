REPORT = "results/reports/{scenario}"


def summary_settings(wildcards):
    scenario = CONFIG.scenarios[wildcards.scenario]
    own = CONFIG.tasks[scenario.task]
    return {
        "shared": {
            "scenario": wildcards.scenario,
            "task": scenario.task,
            "model": own.model,
            "dataset": own.dataset,
        },
        "dense": dense_row(scenario.task, own.recipe, own.seed),
        "cells": [cell.row() for cell in scenario_cells(wildcards)],
    }


def figures_of(wildcards):
    """Every file that the summary reads, by its folder."""
    cells = scenario_cells(wildcards)
    files = ["model.json", "curve.csv", "evaluation.json", "export.json"]
    return [
        *(f"{dense_folder(cells[0].task)}/{file}" for file in files),
        *(
            f"{cell.folder}/{file}"
            for cell in cells
            for file in [*files, "latency.json"]
        ),
    ]


rule summarise:
    input:
        code("summarise.py"),
        figures_of,
    output:
        REPORT + "/summary.csv",
    log:
        "results/logs/{scenario}.summarise.log",
    params:
        settings=settings(summary_settings),
    message:
        "summarise {wildcards.scenario}"
    shell:
        "{PYTHON} {SCRIPTS}/summarise.py --output {output} "
        "--settings {params.settings:q} --log {log}"
