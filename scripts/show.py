"""Print the summary of a scenario as a table."""

import sys
from pathlib import Path

from budama.config.places import report_folder
from budama.report.show import show

if __name__ == "__main__":
    for name in sys.argv[1:]:
        show(Path(report_folder(name)))
