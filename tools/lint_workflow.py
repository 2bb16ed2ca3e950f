"""``snakemake --lint``, with the exceptions that we can explain."""

import re
import subprocess
import sys

EXCEPTIONS = {
    "Specify a conda environment or container for each rule.": (
        "one pinned environment serves all rules (envs/requirements.txt, an input of each): a "
        "second copy of torch for every rule would cost 6 GB and bring nothing"
    ),
}


def main() -> None:
    """Exit with 1 and print the lints if there is one that is not excepted."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], capture_output=True, text=True, check=False
    )
    text = done.stdout + done.stderr
    found = re.findall(r"^    \* (.*?):?$", text, re.MULTILINE)
    if "Lints for" not in text and done.returncode:
        sys.exit(text)
    if set(found) - EXCEPTIONS.keys():
        sys.exit(text)
    print(f"snakemake --lint: {len(found)} findings, all of a kind that is explained here")


if __name__ == "__main__":
    main()
