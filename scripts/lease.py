"""Run a command with GPUs of its own: ``python scripts/lease.py NUMBER -- COMMAND ...``.

No other command that was started so, by whomever on this machine, uses them until it ends.
"""

import sys

from budama.system.errors import BudamaError
from budama.system.machine.leases import run_leased

if __name__ == "__main__":
    match sys.argv[1:]:
        case [number, "--", *command] if number.isdecimal() and int(number) and command:
            try:
                run_leased(int(number), command)
            except BudamaError as error:
                sys.exit(f"error: {error}")
        case _:
            sys.exit(__doc__)
