"""A SLURM of one node on this machine: its own daemons, ports, keys and pretended GPUs.

Nothing outside its folder is used, so a SLURM that runs here is not disturbed.
"""

import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psutil

PACKAGES = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "srun": "slurm-client"}
MARK = "BUDAMA_TEST_CLUSTER"  # in the environment of everything that is started here
NULL_DEVICE = (1, 3)

SLURM_CONF = """
ClusterName=budama
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
ReturnToService=2
MinJobAge=3600
KillWait=30
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:a100:2
PartitionName=ordinary Nodes={host} Default=YES MaxTime=INFINITE PriorityTier=1 GraceTime=30
PartitionName=urgent Nodes={host} MaxTime=INFINITE PriorityTier=2 PreemptMode=OFF
"""
GRES_CONF = "NodeName={host} Name=gpu Type=a100 File={folder}/nvidia[0-1] Flags=nvidia_gpu_env\n"
CGROUP_CONF = "CgroupPlugin=cgroup/v1\n"
# Snakemake takes SLURM's variables away from the step that it starts inside a job, this one, too.
SRUN = '#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {srun} "$@"\n'


# The plugin asks ten seconds later each time that nothing has ended. Here its question waits until
# one more job has, so that short jobs cost a test no waiting.
SQUEUE = """#!/bin/sh
export SLURM_CONF={folder}/slurm.conf
case "$*" in *--name*) ;; *) exec {squeue} "$@" ;; esac
seen={folder}/ended-$(echo "$*" | sed 's/.*--name //')
for _ in $(seq 100); do
    answer=$({squeue} "$@") || exit 1
    ended=$(echo "$answer" | grep -cE 'COMPLETED|FAILED|CANCELLED')
    [ "$ended" -gt "$(cat "$seen" 2> /dev/null || echo 0)" ] && break
    sleep 0.3
done
echo "$ended" > "$seen"
echo "$answer"
"""


class UnavailableError(Exception):
    """SLURM cannot be had here; the message says why."""


def make_available() -> None:
    """Install what is missing, with Debian's package manager.

    Raises ``UnavailableError`` where that is not possible.
    """
    missing = [package for program, package in PACKAGES.items() if not _which(program)]
    if os.geteuid() != 0:
        raise UnavailableError("a cluster needs root: its daemons start jobs as their users")
    if missing:
        if not _which("apt-get"):
            raise UnavailableError(f"{', '.join(missing)} not installed, and there is no apt-get")
        _install(missing)


def _install(packages: list[str]) -> None:
    # runlevel 1: the packages do not start daemons of their own
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    for command in (["apt-get", "update"], install):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnavailableError(
            f"apt-get could not install {', '.join(packages)}: {done.stderr[-500:]}"
        )


def _which(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


class Cluster:
    """The daemons, up between ``with Cluster() as cluster`` and its end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="budama-slurm-"))
        self._host = socket.gethostname().split(".")[0]
        self._daemons: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Return what a user of the cluster needs in the environment."""
        return os.environ | {
            "SLURM_CONF": f"{self.folder}/slurm.conf",
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}:/usr/sbin:/usr/bin",
            MARK: str(self.folder),
        }

    def __enter__(self) -> "Cluster":
        try:
            self._write_files()
            self._start_munge()
            self._start("slurmctld", "-D", "-c")
            self._start("slurmd", "-D", "-N", self._host)
            wait_until(lambda: self._state() == "idle", 60, self._why_not_up)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, _type: type | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process that belongs to the cluster, and remove its folder."""
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for process in self.processes():
            process.kill()
        for daemon in self._daemons:
            daemon.wait()
        wait_until(lambda: not self.processes(), 10, lambda: str(self.processes()))
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """Return what runs of the cluster: daemons, jobs and what the jobs have started."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.pid != os.getpid()
                and process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get(MARK) == str(self.folder)
            )
        except psutil.Error:
            return False

    def run(self, *command: str) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def jobs(self) -> dict[str, str]:
        """Return the state of every job that there is or was, by its number."""
        rows = self.run("squeue", "--noheader", "--states=all", "--format=%i %T").splitlines()
        return dict(row.split() for row in rows)

    def describe(self, job: str) -> str:
        """Return all that SLURM knows of a job."""
        return self.run("scontrol", "show", "job", job)

    def _state(self) -> str:
        done = subprocess.run(
            ["sinfo", "--noheader", "--format=%t"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip().split("\n")[0]

    def _why_not_up(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in logs)

    def _write_files(self) -> None:
        self.folder.chmod(0o755)
        for name in ("state", "spool", "bin", "munge"):
            (self.folder / name).mkdir()
        try:
            for number in range(2):
                device = self.folder / f"nvidia{number}"
                os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(*NULL_DEVICE))
        except PermissionError as error:
            raise UnavailableError(
                f"a pretended GPU is a device, and none can be made: {error}"
            ) from error
        values = {
            "folder": self.folder,
            "host": self._host,
            "ports": free_ports(2),
            "cpus": os.cpu_count(),
            "memory": int(0.9 * psutil.virtual_memory().total / 2**20),
            "srun": _which("srun"),
            "squeue": _which("squeue"),
        }
        files = {"slurm": SLURM_CONF, "gres": GRES_CONF, "cgroup": CGROUP_CONF}
        for name, text in files.items():
            (self.folder / f"{name}.conf").write_text(text.format(**values))
        for name, text in {"srun": SRUN, "squeue": SQUEUE}.items():
            wrapper = self.folder / "bin" / name
            wrapper.write_text(text.format(**values))
            wrapper.chmod(0o755)

    def _start_munge(self) -> None:
        folder = self.folder / "munge"
        key = folder / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        for path in (folder, key):
            shutil.chown(path, "munge", "munge")
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{option}={folder / name}" for option, name in files.items()]
        as_munge = ["--reuid=munge", "--regid=munge", "--clear-groups"]
        self._start("munged", "--foreground", f"--log-file={folder}/log", *options, change=as_munge)
        wait_until((folder / "socket").exists, 20, (folder / "log").read_text)

    def _start(self, program: str, *arguments: str, change: list[str] | None = None) -> None:
        """Start a daemon that ends with this process, whatever happens to it."""
        path = _which(program)
        assert path is not None
        with (self.folder / f"{program}.log").open("wb") as log:
            self._daemons.append(
                subprocess.Popen(
                    ["setpriv", "--pdeathsig=KILL", *(change or []), path, *arguments],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )


def free_ports(number: int) -> list[int]:
    """Return TCP ports of this machine that nobody uses."""
    with _bound(number) as sockets:
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _bound(number: int) -> Iterator[list[socket.socket]]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        yield sockets
    finally:
        for one in sockets:
            one.close()


def wait_until(true: Callable[[], bool], seconds: float, why_not: Callable[[], str]) -> None:
    """Return once ``true()``; after ``seconds``, fail with what ``why_not()`` says."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {why_not()}"
        time.sleep(0.1)
