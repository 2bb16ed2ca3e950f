# A directory, because what can be drawn depends on what is there.
rule pictures:
    input:
        code=code("pictures.py"),
        summary=rules.summarise.output.summary,
        results=rules.analyse.output.results,
        tables=looked_up(LOOKUPS.tables),
    output:
        report(
            directory(f"{REPORT_FOLDER}/{places.PICTURES}"),
            patterns=["{picture}.{language}.svg"],
            caption="captions/pictures.rst",
            category="{scenario}",
            labels={"what": "{picture}", "language": "{language}"},
        ),
    log:
        log_file("{scenario}.pictures"),
    localrule: True
    params:
        settings=settings(SETTINGS.pictures),
    message:
        "draw the pictures of {wildcards.scenario}"
    shell:
        command(
            "--summary {input.summary:q} --results {input.results:q} --output {output:q}",
            long_settings=True,
        )
