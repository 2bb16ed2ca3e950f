rule summarise:
    input:
        code=code("summarise.py"),
        figures=figures_of,
    output:
        report(
            f"{REPORT}/summary.csv",
            caption="captions/summary.rst",
            category="{scenario}",
            labels={"what": "comparison", "language": ""},
        ),
    log:
        "results/logs/{scenario}.summarise.log",
    params:
        settings=settings(summary_settings),
    message:
        "summarise {wildcards.scenario}"
    shell:
        "python {input.code[0]} --output {output} "
        "--settings {params.settings:q} --log {log}"
