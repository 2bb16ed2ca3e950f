# A directory, because what can be drawn depends on what is there.
rule pictures:
    input:
        code=code("pictures.py"),
        summary=rules.summarise.output.summary,
        results=rules.analyse.output.results,
        tables=tables_of,
    output:
        report(
            directory(f"{REPORT}/pictures"),
            patterns=["{picture}.{language}.svg"],
            caption="captions/pictures.rst",
            category="{scenario}",
            labels={"what": "{picture}", "language": "{language}"},
        ),
    log:
        "results/logs/{scenario}.pictures.log",
    localrule: True
    params:
        settings=settings(picture_settings),
    message:
        "draw the pictures of {wildcards.scenario}"
    shell:
        "python {input.code[0]:q} --summary {input.summary:q} --results {input.results:q} "
        "--output {output:q} --settings - --log {log:q} <<< {params.settings:q}"
