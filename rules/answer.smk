# The fastest model that is shown to lose no more than it may. Which one that is, only the job finds,
# so that the files of every model are inputs.
rule answer:
    input:
        code=code("answer.py"),
        templates=templates("report/card"),
        summary=rules.summarise.output.summary,
        manifest=looked_up(LOOKUPS.manifest),
        measured=looked_up(LOOKUPS.measured),
        predictions=looked_up(LOOKUPS.predictions),
        onnx=looked_up(LOOKUPS.headline_onnx),
    output:
        model=f"{ANSWER_FOLDER}/{places.ONNX}",
        card=f"{ANSWER_FOLDER}/{places.CARD}",
        answer=report(
            f"{ANSWER_FOLDER}/{places.ANSWER}",
            caption="captions/answer.rst",
            category="{scenario}",
            labels={"what": "the answer", "language": ""},
        ),
    log:
        log_file("{scenario}.answer"),
    localrule: True
    params:
        settings=settings(SETTINGS.answer),
    message:
        "choose the answer of {wildcards.scenario}"
    shell:
        command(
            "--summary {input.summary:q} --manifest {input.manifest:q} --model {output.model:q} "
            "--card {output.card:q} --output {output.answer:q}",
            long_settings=True,
        )
