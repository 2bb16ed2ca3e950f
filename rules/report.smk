rule report:
    input:
        code=code("report.py"),
        templates=templates("report"),
        summary=rules.summarise.output.summary,
        latency=rules.summarise.output.latency,
        manifest=answer(LOOKUPS.manifest),
        predictions=answer(LOOKUPS.predictions),
        origin=answer(LOOKUPS.origin),
        published=ancient(str(HERE / PUBLISHED)),
        figures=answer(lambda: fingerprints([ROOT / PUBLISHED])),
        pictures=rules.pictures.output,
    output:
        tr=f"{REPORT}/{places.markdown_page('tr')}",
        en=f"{REPORT}/{places.markdown_page('en')}",
        html=report(
            f"{REPORT}/{places.PAGE}",
            caption="captions/report.rst",
            category="{scenario}",
            labels={"what": "report", "language": "Türkçe, English"},
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
            "--summary {input.summary:q} --manifest {input.manifest:q} --latency {input.latency:q} "
            "--published {input.published:q} --pictures {input.pictures:q} "
            "--tr {output.tr:q} --en {output.en:q} --html {output.html:q}",
            long_settings=True,
        )
