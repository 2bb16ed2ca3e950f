rule report:
    input:
        code=code("report.py"),
        templates=TEMPLATES,
        summary=rules.summarise.output.summary,
        manifest=manifest_of,
        predictions=predictions_of,
        published=HERE / "resources/published/published.csv",
    output:
        tr=f"{REPORT}/report.tr.md",
        en=f"{REPORT}/report.en.md",
        html=f"{REPORT}/report.html",
    log:
        "results/logs/{scenario}.report.log",
    params:
        settings=settings(report_settings),
    message:
        "write the report of {wildcards.scenario}"
    shell:
        "python {input.code[0]} --summary {input.summary} --manifest {input.manifest} "
        "--published {input.published} --tr {output.tr} --en {output.en} "
        "--html {output.html} --settings {params.settings:q} --log {log}"


# `snakemake demo`: the reports of config/scenarios/demo.yaml
for name in CONFIG.scenarios:

    rule:
        name:
            name
        input:
            expand(
                "results/reports/{scenario}/{file}", scenario=name, file=REPORT_FILES
            ),
