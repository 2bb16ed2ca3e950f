"""The shell command of a rule, with what all stages have in common written once."""

from budama.config.places import data_folder


def command(
    own: str = "",
    *,
    on: str = "python",
    data: bool = False,
    compute: bool = False,
    training: bool = False,
    long_settings: bool = False,
    settings: str = "params.settings",
) -> str:
    """Return the command that runs a rule's script, with Snakemake's braces still in it.

    The script is the first file of the rule's ``code``, and ``own`` are the options that no other
    stage has. ``on`` is what runs it. With ``data`` it is given the folder of the task's splits.
    With ``compute``, the resource ``python`` runs it, and other resources say where it computes;
    with ``training``, also how often it saves its state. ``long_settings`` name every cell and go
    to standard input: Linux takes no longer words than 128 KiB in a command. ``settings`` is where
    they stand.
    """
    parts = ["{resources.python}" if compute else on, "{input.code[0]:q}", own]
    if data:
        parts.append(f"--data {data_folder('{wildcards.task:q}')}")
    if compute:
        parts.append("--device {resources.device:q}")
        parts.append("--threads {threads} --workers {resources.workers}")
    if training:
        parts.append("--save-every {resources.save_every} {resources.board}")
    parts.append("--log {log:q} --settings")
    parts.append(f"- <<< {{{settings}:q}}" if long_settings else f"{{{settings}:q}}")
    return " ".join(part for part in parts if part)
