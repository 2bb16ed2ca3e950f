rule summarise:
    input:
        code=code("summarise.py"),
        measured=looked_up(LOOKUPS.measured),
    output:
        summary=report(
            f"{REPORT_FOLDER}/{places.SUMMARY}",
            caption="captions/summary.rst",
            category="{scenario}",
            labels={"what": "comparison", "language": ""},
        ),
        latency=report(
            f"{REPORT_FOLDER}/{places.TIMINGS}",
            caption="captions/latency.rst",
            category="{scenario}",
            labels={"what": "every measurement of latency", "language": ""},
        ),
    log:
        log_file("{scenario}.summarise"),
    localrule: True
    params:
        settings=settings(SETTINGS.summarise),
    message:
        "summarise {wildcards.scenario}"
    shell:
        command(
            "--output {output.summary:q} --latency {output.latency:q}",
            long_settings=True,
        )
