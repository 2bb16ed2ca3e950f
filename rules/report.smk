rule report:
    input:
        code=code("report.py"),
        templates=templates("report"),
        summary=rules.summarise.output.summary,
        latency=rules.summarise.output.latency,
        manifest=manifest_of,
        predictions=predictions_of,
        origin=origin_of,
        published=HERE / "resources/published/published.csv",
        pictures=rules.pictures.output,
    output:
        tr=f"{REPORT}/report.tr.md",
        en=f"{REPORT}/report.en.md",
        html=report(
            f"{REPORT}/report.html",
            caption="captions/report.rst",
            category="{scenario}",
            labels={"what": "report", "language": "Türkçe, English"},
        ),
    log:
        "results/logs/{scenario}.report.log",
    params:
        settings=settings(report_settings),
    message:
        "write the report of {wildcards.scenario}"
    shell:
        "python {input.code[0]} --summary {input.summary} --manifest {input.manifest} "
        "--latency {input.latency} --published {input.published} "
        "--pictures {input.pictures} "
        "--tr {output.tr} --en {output.en} --html {output.html} "
        "--settings {params.settings:q} --log {log}"


# `snakemake demo`: the reports of config/scenarios/demo.yaml
for name in CONFIG.scenarios:

    rule:
        name:
            name
        input:
            products(name, CONFIG.scenarios[name]),
