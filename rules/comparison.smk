# `snakemake comparison`: what there is, in one page. The summaries are not inputs but part of the
# settings, with their hashes: as inputs, those that are out of date would be made anew first, and
# that may be days of training. Which ones there are is known when the jobs are planned; a scenario
# that the same command asks for is waited for.
rule comparison:
    input:
        code=code("comparison.py"),
        templates=templates("report"),
        published=ancient(str(HERE / PUBLISHED)),
        fingerprint=PUBLISHED_FINGERPRINT,
        asked_for=looked_up(
            lambda: [LOOKUPS.summary(name) for name in scenarios_asked_for()]
        ),
    output:
        *[
            f"{places.COMPARISON_FOLDER}/{places.markdown_page(language)}"
            for language in LANGUAGES
        ],
        html=report(
            f"{places.COMPARISON_FOLDER}/{places.PAGE}",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "report", "language": LANGUAGE_NAMES},
        ),
        table=report(
            f"{places.COMPARISON_FOLDER}/{places.COMPARISON_TABLE}",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "comparison", "language": ""},
        ),
        comparisons=report(
            f"{places.COMPARISON_FOLDER}/{places.COMPARISONS}",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "every difference, tested", "language": ""},
        ),
        pictures=report(
            directory(f"{places.COMPARISON_FOLDER}/{places.PICTURES}"),
            patterns=["{picture}.{language}.svg"],
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "{picture}", "language": "{language}"},
        ),
    log:
        log_file("comparison"),
    localrule: True
    params:
        settings=settings(lambda: SETTINGS.comparison(scenarios_asked_for())),
    message:
        "compare the scenarios that have results"
    shell:
        command(
            "--published {input.published:q} --pictures {output.pictures:q} "
            "--html {output.html:q} --table {output.table:q} "
            "--comparisons {output.comparisons:q}",
            long_settings=True,
        )
