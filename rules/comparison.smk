# `snakemake comparison`: what there is, in one page. The summaries are not inputs but part of the
# settings, with their hashes: as inputs, those that are out of date would be made anew first, and
# that may be days of training. Which ones there are is known when the jobs are planned; a scenario
# that the same command asks for is waited for.
rule comparison:
    input:
        code=code("comparison.py"),
        templates=templates("report"),
        published=ancient(str(HERE / PUBLISHED)),
        figures=lambda wildcards: fingerprints([ROOT / PUBLISHED]),
        asked_for=lambda wildcards: [
            summary_file(name) for name in scenarios_asked_for()
        ],
    output:
        *[
            f"{places.COMPARISON_PAGE}/{places.markdown_page(language)}"
            for language in LANGUAGES
        ],
        html=report(
            "results/reports/comparison/report.html",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "report", "language": LANGUAGE_NAMES},
        ),
        table=report(
            "results/reports/comparison/comparison.csv",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "comparison", "language": ""},
        ),
        comparisons=report(
            "results/reports/comparison/comparisons.csv",
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "every difference, tested", "language": ""},
        ),
        pictures=report(
            directory("results/reports/comparison/pictures"),
            patterns=["{picture}.{language}.svg"],
            caption="captions/comparison.rst",
            category="comparison",
            labels={"what": "{picture}", "language": "{language}"},
        ),
    log:
        "results/logs/comparison.log",
    localrule: True
    params:
        settings=settings(comparison_settings),
    message:
        "compare the scenarios that have results"
    shell:
        command(
            "--published {input.published:q} --pictures {output.pictures:q} "
            "--html {output.html:q} --table {output.table:q} "
            "--comparisons {output.comparisons:q}",
            long_settings=True,
        )
