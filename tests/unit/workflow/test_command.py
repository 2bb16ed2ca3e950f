import re

import pytest

from budama.workflow.command import command


def test_a_cheap_stage_gets_its_script_its_log_and_its_settings() -> None:
    assert command("--model {input.model:q}") == (
        "python {input.code[0]:q} --model {input.model:q} --log {log:q} --settings "
        "{params.settings:q}"
    )


def test_a_stage_that_computes_is_told_where_and_one_that_trains_how_often_to_save() -> None:
    found = command("--output {output:q}", compute=True, training=True)
    assert found.startswith("{resources.python} {input.code[0]:q} --output {output:q} --device ")
    assert "--threads {threads} --workers {resources.workers} --save-every " in found


def test_long_settings_go_to_standard_input() -> None:
    assert command(long_settings=True).endswith(" --settings - <<< {params.settings:q}")


@pytest.mark.parametrize("kind", ["compute", "training", "long_settings"])
def test_every_word_is_quoted_but_numbers_and_what_the_rules_put_together(kind: str) -> None:
    fields = re.findall(r"\{([^{}]+)\}", command("", **{kind: True}))  # type: ignore[arg-type]
    unquoted = {field for field in fields if not field.endswith(":q")}
    assert unquoted <= {
        *("threads", "resources.python", "resources.workers"),
        *("resources.save_every", "resources.board"),
    }
