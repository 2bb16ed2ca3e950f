"""Tell in plain words why jobs would run: ``why.py TARGET... [--config KEY=VALUE...]``.

Takes what ``snakemake -n`` takes for targets and ``--config``, plans the same and runs nothing.
"""

import argparse
import sys

from snakemake.cli import parse_config

from budama.system.errors import BudamaError
from budama.workflow.why.explanation import explanation
from dag import planned


def main() -> int:
    """Print the explanation; return 1 after one message if there is no plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as for snakemake")
    parser.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    try:
        jobs = planned(arguments.targets, parse_config(arguments.config))
    except (BudamaError, ValueError) as error:  # a value that cannot be read, too
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(explanation(job for job in jobs if job.runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
