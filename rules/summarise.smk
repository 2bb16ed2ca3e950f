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
        "python {input.code[0]:q} --output {output.summary:q} --latency {output.latency:q} "
        "--settings - --log {log:q} <<< {params.settings:q}"
