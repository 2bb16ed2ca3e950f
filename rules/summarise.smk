rule summarise:
    input:
        code=code("summarise.py"),
        figures=figures_of,
    output:
        summary=report(
            f"{REPORT}/summary.csv",
            caption="captions/summary.rst",
            category="{scenario}",
            labels={"what": "comparison", "language": ""},
        ),
        latency=report(
            f"{REPORT}/latency.csv",
            caption="captions/latency.rst",
            category="{scenario}",
            labels={"what": "every measurement of latency", "language": ""},
        ),
    log:
        "results/logs/{scenario}.summarise.log",
    localrule: True
    params:
        settings=settings(summary_settings),
    message:
        "summarise {wildcards.scenario}"
    shell:
        command(
            "--output {output.summary:q} --latency {output.latency:q}",
            long_settings=True,
        )
