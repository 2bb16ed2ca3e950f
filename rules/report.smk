rule report:
    input:
        code=code("report.py"),
        templates=templates("report"),
        summary=rules.summarise.output.summary,
        latency=rules.summarise.output.latency,
        results=rules.analyse.output.results,
        comparisons=rules.analyse.output.comparisons,
        manifest=manifest_of,
        origin=origin_of,
        published=ancient(str(HERE / PUBLISHED)),
        figures=lambda wildcards: fingerprints([ROOT / PUBLISHED]),
        pictures=rules.pictures.output,
    output:
        *[f"{REPORT}/{places.markdown_page(language)}" for language in LANGUAGES],
        html=report(
            f"{REPORT}/report.html",
            caption="captions/report.rst",
            category="{scenario}",
            labels={"what": "report", "language": LANGUAGE_NAMES},
        ),
    log:
        "results/logs/{scenario}.report.log",
    localrule: True
    params:
        settings=settings(lambda wildcards: {"scenario": report_settings(wildcards)}),
    message:
        "write the report of {wildcards.scenario}"
    shell:
        command(
            "--summary {input.summary:q} --results {input.results:q} "
            "--comparisons {input.comparisons:q} "
            "--manifest {input.manifest:q} --latency {input.latency:q} "
            "--published {input.published:q} --pictures {input.pictures:q} "
            "--html {output.html:q}",
            long_settings=True,
        )


# `snakemake demo`: the reports of config/scenarios/demo.yaml
for name in CONFIG.scenarios:

    rule:
        name:
            name
        input:
            products(name, CONFIG.scenarios[name]),
