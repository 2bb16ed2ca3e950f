rule report:
    input:
        code=code("report.py"),
        templates=templates("report"),
        summary=rules.summarise.output.summary,
        timings=rules.summarise.output.timings,
        results=rules.analyse.output.results,
        comparisons=rules.analyse.output.comparisons,
        answer=rules.answer.output.answer,
        manifest=looked_up(LOOKUPS.manifest),
        audit=looked_up(LOOKUPS.audit_of_scenario),
        origin=looked_up(LOOKUPS.origin),
        repairs=looked_up(LOOKUPS.repairs),
        published=ancient(str(HERE / PUBLISHED)),
        fingerprint=PUBLISHED_FINGERPRINT,
        pictures=rules.pictures.output,
    output:
        *[f"{REPORT_FOLDER}/{places.markdown_page(language)}" for language in LANGUAGES],
        html=report(
            f"{REPORT_FOLDER}/{places.PAGE}",
            caption="captions/report.rst",
            category="{scenario}",
            labels={"what": "report", "language": LANGUAGE_NAMES},
        ),
    log:
        log_file("{scenario}.report"),
    localrule: True
    params:
        settings=settings(SETTINGS.report),
    message:
        "write the report of {wildcards.scenario}"
    shell:
        command(
            "--summary {input.summary:q} --results {input.results:q} "
            "--comparisons {input.comparisons:q} --answer {input.answer:q} "
            "--manifest {input.manifest:q} --audit {input.audit:q} --timings {input.timings:q} "
            "--published {input.published:q} --pictures {input.pictures:q} "
            "--html {output.html:q}",
            long_settings=True,
        )
