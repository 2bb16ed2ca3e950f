"""The census of networks: ``make architectures`` cuts them all and writes docs/architectures.md.

    python -m tools.architectures [OUTPUT.md] [--only PATTERN ...] [--no-plain] [--at-once N]

All of torchvision's classification models and one small network of every module of timm's. Each is
cut in a process of its own, with a limit in time and memory; beside it Torch-Pruning alone. What is
found is kept in a file, a line per network, from which a run that was stopped goes on. With
``--only``, the networks that match are tried anew, and what stops them is printed with its trace,
and why parts of them stay whole.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from budama.system.errors import BudamaError
from budama.system.job.bounded import GIB, Bounds, OutOfBoundsError, in_bounds
from tools.census.networks import networks
from tools.census.page import page, row_of

BOUNDS = Bounds(seconds=60, memory=8 * GIB)
RESULTS = Path("results/architectures.jsonl")
Found = dict[str, Any]


def find(model: str, works: Sequence[str]) -> Found:
    """Return what came of ``model``, for each kind of work."""
    found: Found = {"model": model}
    for work in works:
        start = time.perf_counter()
        try:
            of_work = in_bounds("tools.census.attempt", {"model": model, "work": work}, BOUNDS)
        except OutOfBoundsError as error:
            of_work = {"raw" if "code" in error.why else "bounds": str(error)}
        except BudamaError as error:
            of_work = {"refused": str(error)}
        found[work] = of_work | {"seconds": round(time.perf_counter() - start, 1)}
    return found


def read(results: Path) -> dict[str, Found]:
    """Return what was found before, by model; the last line of each counts."""
    if not results.exists():
        return {}
    lines = results.read_text().splitlines()
    return {found["model"]: found for found in map(json.loads, lines)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Go through the networks, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("output", nargs="?", type=Path, help="the page to write")
    parser.add_argument("--only", nargs="+", default=[], help="patterns of models to try anew")
    parser.add_argument("--no-plain", action="store_true", help="without Torch-Pruning alone")
    parser.add_argument("--no-files", action="store_true", help="without storing and exporting")
    parser.add_argument("--at-once", type=int, default=1, help="how many processes at a time")
    parser.add_argument("--results", type=Path, default=RESULTS, help="what is gone on from")
    parser.add_argument("--anew", action="store_true", help="forget what was found before")
    asked = parser.parse_args(arguments)
    works = [
        "cut",
        *(["why"] * bool(asked.only)),
        *(["files"] * (not asked.no_files)),
        *(["plain"] * (not asked.no_plain)),
    ]
    asked.results.parent.mkdir(parents=True, exist_ok=True)
    if asked.anew:
        asked.results.unlink(missing_ok=True)
    known = read(asked.results)
    if asked.only:
        wanted = _matching(asked.only)
    else:
        wanted = [m for m in networks() if not set(works) <= known.get(m, {}).keys()]
    with asked.results.open("a") as file, ThreadPoolExecutor(asked.at_once) as pool:
        for found in pool.map(lambda model: find(model, works), wanted):
            known[found["model"]] = known.get(found["model"], {}) | found
            file.write(json.dumps(known[found["model"]]) + "\n")
            file.flush()
            print(row_of(known[found["model"]]), flush=True)
            if asked.only:
                _explain(found, works)
    if asked.output is not None:
        asked.output.write_text(page([known[m] for m in networks() if m in known]))


def _matching(patterns: Sequence[str]) -> list[str]:
    """Return the networks of the census that match, and names that are patterns of none."""
    found = [m for m in networks() if any(fnmatchcase(m, pattern) for pattern in patterns)]
    return [*found, *(p for p in patterns if not any(fnmatchcase(m, p) for m in found))]


def _explain(found: Found, works: Sequence[str]) -> None:
    """Print what stopped a network or left parts of it whole."""
    for work in works:
        of_work = found[work]
        print(f"  {work}: {of_work['seconds']} s")
        for kind in ("refused", "raw", "bounds"):
            if kind in of_work:
                print(f"    {kind}: {of_work[kind]}\n{of_work.get('trace', '')}")
        for cut, outcome in of_work.get("cuts", {}).items():
            print(f"    {cut}: {outcome.get('refused', outcome)}")
        for group, reason in of_work.get("whole", {}).items():
            print(f"    whole: {group}: {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
