# The statistics: seeds put together, intervals, tests. What comes after only shows them.
rule analyse:
    input:
        code=code("analyse.py"),
        summary=rules.summarise.output.summary,
        predictions=predictions_of,
        published=ancient(str(HERE / PUBLISHED)),
        figures=lambda wildcards: fingerprints([ROOT / PUBLISHED]),
    output:
        results=report(
            f"{REPORT}/results.csv",
            caption="captions/results.rst",
            category="{scenario}",
            labels={"what": "results over seeds", "language": ""},
        ),
        comparisons=report(
            f"{REPORT}/comparisons.csv",
            caption="captions/comparisons.rst",
            category="{scenario}",
            labels={"what": "every difference, tested", "language": ""},
        ),
    log:
        "results/logs/{scenario}.analyse.log",
    localrule: True
    params:
        settings=settings(analysis_settings),
    message:
        "analyse {wildcards.scenario}"
    shell:
        "python {input.code[0]:q} --summary {input.summary:q} --published {input.published:q} "
        "--results {output.results:q} --comparisons {output.comparisons:q} "
        "--settings - --log {log:q} <<< {params.settings:q}"
