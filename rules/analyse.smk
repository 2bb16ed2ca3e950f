# The statistics: seeds put together, intervals, tests. What comes after only shows them.
rule analyse:
    input:
        code=code("analyse.py"),
        summary=rules.summarise.output.summary,
        predictions=looked_up(LOOKUPS.predictions),
        published=ancient(str(HERE / PUBLISHED)),
        fingerprint=PUBLISHED_FINGERPRINT,
    output:
        results=report(
            f"{REPORT_FOLDER}/{places.RESULTS_TABLE}",
            caption="captions/results.rst",
            category="{scenario}",
            labels={"what": "results over seeds", "language": ""},
        ),
        comparisons=report(
            f"{REPORT_FOLDER}/{places.COMPARISONS}",
            caption="captions/comparisons.rst",
            category="{scenario}",
            labels={"what": "every difference, tested", "language": ""},
        ),
    log:
        log_file("{scenario}.analyse"),
    localrule: True
    params:
        settings=settings(SETTINGS.analyse),
    message:
        "analyse {wildcards.scenario}"
    shell:
        command(
            "--summary {input.summary:q} --published {input.published:q} "
            "--results {output.results:q} --comparisons {output.comparisons:q}",
            long_settings=True,
        )
