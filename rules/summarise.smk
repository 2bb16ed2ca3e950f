rule summarise:
    input:
        code=code("summarise.py"),
        figures=figures_of,
    output:
        summary=f"{REPORT}/summary.csv",
        latency=f"{REPORT}/latency.csv",
    log:
        "results/logs/{scenario}.summarise.log",
    params:
        settings=settings(summary_settings),
    message:
        "summarise {wildcards.scenario}"
    shell:
        "python {input.code[0]} --output {output.summary} --latency {output.latency} "
        "--settings {params.settings:q} --log {log}"
