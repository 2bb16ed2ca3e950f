rule report:
    input:
        code("report.py"),
        TEMPLATES,
        summary=rules.summarise.output,
    output:
        tr=REPORT + "/report.tr.md",
        en=REPORT + "/report.en.md",
        html=REPORT + "/report.html",
    log:
        "results/logs/{scenario}.report.log",
    params:
        settings=settings(
            lambda wildcards: {
                "title": known(CONFIG.scenarios, wildcards.scenario, "scenario").title
            }
        ),
    message:
        "write the report of {wildcards.scenario}"
    shell:
        "{PYTHON} {SCRIPTS}/report.py --summary {input.summary} "
        "--tr {output.tr} --en {output.en} --html {output.html} "
        "--settings {params.settings:q} --log {log}"


# `snakemake demo`: the reports of config/scenarios/demo.yaml
for name in CONFIG.scenarios:

    rule:
        name:
            name
        input:
            expand(REPORT + "/{file}", scenario=name, file=REPORT_FILES),
