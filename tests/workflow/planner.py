"""Answers many calls of Snakemake from one process, which has imported it once: forks of it run.

Each line of standard input is a call in JSON: the folder to run in, the arguments, and the file
that takes the output. Each line of standard output is an exit code.
"""

import json
import os
import sys
from pathlib import Path

import snakemake.cli
import snakemake.dag
import snakemake.workflow


def run(folder: str, arguments: list[str], output: str) -> None:
    """Run Snakemake in a fork's place."""
    os.chdir(folder)
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(target, descriptor)
    sys.argv = ["snakemake", *arguments]
    sys.path.insert(0, str(Path(folder) / "scripts"))
    os.environ["PYTHONPATH"] = sys.path[0]
    snakemake.cli.main(arguments)


if __name__ == "__main__":
    for line in sys.stdin:
        call = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run(**call)
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
