import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.machine.leases import lease

LEASE = Path(__file__).parents[4] / "scripts/lease.py"
# says what it sees, and stays until its input is closed
HOLDER = "import os, sys; print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def _outside_of_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests themselves may run in a job, whose number would be in the locks' names."""
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


class Machine:
    """A machine with pretended devices, and the commands that were started on it."""

    def __init__(self, folder: Path, devices: str) -> None:
        self.environment = os.environ | {
            "BUDAMA_LEASES": str(folder),
            "CUDA_VISIBLE_DEVICES": devices,
        }
        self.started: list[subprocess.Popen[str]] = []

    def start(self, number: int, code: str = HOLDER) -> "subprocess.Popen[str]":
        command = [sys.executable, str(LEASE), str(number), "--", sys.executable, "-c", code]
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process


@pytest.fixture
def machine(tmp_path: Path) -> "Callable[[str], Machine]":
    return lambda devices: Machine(tmp_path / "leases", devices)


def seen(process: "subprocess.Popen[str]") -> list[str]:
    """Return the devices that a command says it sees; waits until it has them."""
    assert process.stdout is not None
    return process.stdout.readline().strip().split(",")


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_no_two_commands_use_one_device(machine: Callable[[str], Machine]) -> None:
    """A dozen commands of one or two devices on three, each writing down when it had which."""
    code = (
        "import os, time; start = time.monotonic(); time.sleep(0.05); "
        "print(os.environ['CUDA_VISIBLE_DEVICES'], start, time.monotonic())"
    )
    here = machine("0,GPU-5f3a,2")
    commands = [here.start(1 + place % 2, code) for place in range(12)]
    held: dict[str, list[tuple[float, float]]] = {}
    for place, process in enumerate(commands):
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        devices, *times = output.split()
        assert len(set(devices.split(","))) == 1 + place % 2
        for device in devices.split(","):
            held.setdefault(device, []).append((float(times[0]), float(times[1])))
    assert held.keys() <= {"0", "GPU-5f3a", "2"}
    for uses in held.values():
        for (_, stop), (start, _) in pairwise(sorted(uses)):
            assert stop < start


def test_each_sees_its_own_and_a_killed_one_frees_it(machine: Callable[[str], Machine]) -> None:
    here = machine("4,7")
    first, second = here.start(1), here.start(1)
    devices = [seen(first), seen(second)]
    assert sorted(devices) == [["4"], ["7"]]
    waiting = here.start(1)
    assert waiting.stderr is not None
    assert "waiting for a GPU" in waiting.stderr.readline()
    assert waiting.poll() is None
    first.send_signal(signal.SIGKILL)
    assert seen(waiting) == devices[0]
    for process in (second, waiting):
        end(process)


def test_what_a_job_starts_does_not_keep_its_device(
    machine: Callable[[str], Machine], tmp_path: Path
) -> None:
    """Processes of ``spawn`` and ``subprocess`` may live on; those of ``fork`` end with it."""
    code = (
        "import subprocess, sys; left = subprocess.Popen(['sleep', '60']); "
        "print(left.pid, flush=True); sys.stdin.read()"
    )
    here = machine("0")
    killed = here.start(1, code)
    (left,) = seen(killed)
    try:
        killed.kill()
        killed.wait(10)
        os.kill(int(left), 0)  # it is still there
        after = here.start(1)
        assert seen(after) == ["0"]
        end(after)
    finally:
        os.kill(int(left), signal.SIGKILL)


def test_more_devices_than_there_are_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match=r"3 GPUs are wanted and 2 can be used here \(0, 1\)"):
        lease(["0", "1"], 3, tmp_path)


def test_two_that_want_all_do_not_wait_for_each_other(machine: Callable[[str], Machine]) -> None:
    here = machine("0,1")
    for process in [here.start(2, "pass") for _ in range(6)]:
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_who_waits_for_one_device_keeps_nobody_from_another(
    machine: Callable[[str], Machine],
) -> None:
    only_first = machine("0")
    running = only_first.start(1)
    assert seen(running) == ["0"]
    for _ in range(2):  # the second waits behind the first
        waiting = only_first.start(1)
        assert waiting.stderr is not None
        assert "waiting for a GPU" in waiting.stderr.readline()
    for devices in ("1", "0,1"):
        free = machine(devices).start(1)
        assert seen(free) == ["1"]
        end(free)
    for process in only_first.started:
        end(process)


def test_who_came_first_is_served_first(machine: Callable[[str], Machine]) -> None:
    """One that wants both devices is not passed over by those that want one, as they get free."""
    here = machine("0,1")
    running = [here.start(1), here.start(1)]
    assert sorted(seen(process) for process in running) == [["0"], ["1"]]
    wants_both = here.start(2)
    assert wants_both.stderr is not None
    wants_both.stderr.readline()
    wants_one = here.start(1)
    assert wants_one.stderr is not None
    wants_one.stderr.readline()
    for process in running:
        end(process)
    assert seen(wants_both) == ["0", "1"]
    assert wants_one.poll() is None
    end(wants_both)
    assert seen(wants_one) == ["0"]
    end(wants_one)


def test_who_wants_many_is_not_passed_over_by_those_who_may_use_others(
    machine: Callable[[str], Machine],
) -> None:
    first, both = machine("0"), machine("0,1")
    running = [first.start(1), machine("1").start(1)]
    assert sorted(seen(process) for process in running) == [["0"], ["1"]]
    wants_both = both.start(2)
    assert wants_both.stderr is not None
    wants_both.stderr.readline()
    later = first.start(1)
    assert later.stderr is not None
    assert "others use or have waited longer for" in later.stderr.readline()
    for process in running:
        end(process)
    assert seen(wants_both) == ["0", "1"]
    assert later.poll() is None
    end(wants_both)
    assert seen(later) == ["0"]
    end(later)


def test_the_device_that_is_named_first_is_taken_first(tmp_path: Path) -> None:
    leased = lease(["3", "0"], 1, tmp_path)
    assert list(leased) == ["3"]
    for descriptor in leased.values():
        os.close(descriptor)


def test_without_a_device_the_command_runs_as_it_is(machine: Callable[[str], Machine]) -> None:
    process = machine("").start(1)
    assert seen(process) == [""]
    end(process)


def test_every_user_of_the_machine_can_take_part(tmp_path: Path) -> None:
    """The locks of one user are readable by others, and a link is not followed."""
    place = tmp_path / "leases"
    before = os.umask(0o077)
    try:
        os.close(lease(["0"], 1, place)["0"])
    finally:
        os.umask(before)
    assert place.stat().st_mode & 0o7777 == 0o1777
    assert (place / "0.lock").stat().st_mode & 0o777 == 0o644
    (place / "1.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BudamaError, match=r"1.lock cannot be opened: Too many levels of symbolic"):
        lease(["1"], 1, place)
    assert not (tmp_path / "elsewhere").exists()


def test_jobs_of_slurm_count_their_devices_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every job of a node the first device is 0, whichever it is."""
    descriptors: list[int] = []
    for job in ("11", "12"):
        monkeypatch.setenv("SLURM_JOB_ID", job)
        descriptors += lease(["0"], 1, tmp_path).values()
    for descriptor in descriptors:
        os.close(descriptor)


def test_the_launcher_costs_little() -> None:
    """It starts every job that uses a GPU: nothing heavy may come in with it."""
    code = (
        "import sys; import budama.system.machine.leases; "
        "print(len(sys.modules), 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    number, heavy = done.stdout.split()
    assert int(number) < 150
    assert heavy == "False"
