"""What a bounded process does in ``test_bounded.py``: ``python -m tests.unit.system.job.works``."""

import os
import signal
import time
from typing import Any

from budama.system.errors import BudamaError
from budama.system.job.bounded import Tell, answer


def work(given: dict[str, Any], tell: Tell) -> Any:
    tell("beginning")
    what = given["what"]
    if what == "answers":
        print("a library prints this")
        tell("ending")
        return {"twice": 2 * given["number"]}
    if what == "refuses":
        raise BudamaError("this cannot be")
    if what == "crashes":
        raise ZeroDivisionError("division by zero")
    if what == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "eats memory":
        held = [bytes(range(256)) * 2**16 for _ in range(64)]
        time.sleep(60)
        return len(held)
    if what == "sleeps":
        time.sleep(60)
    tell("a loop", seconds=given.get("more", 0))
    start = time.process_time()
    while time.process_time() - start < given.get("computes", 60):
        pass
    return "done"


if __name__ == "__main__":
    answer(work)
