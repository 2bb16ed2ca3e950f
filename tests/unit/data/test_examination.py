import subprocess
import sys

from budama.data import examination


def test_the_processes_of_an_audit_do_without_large_packages() -> None:
    """There is one per core, and the memory of an audit is that of all of them."""
    script = (
        f"import sys, {examination.__name__}, budama.data.sources.folder; "
        "print(*{'pandas', 'pyarrow', 'torch'}.intersection(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
