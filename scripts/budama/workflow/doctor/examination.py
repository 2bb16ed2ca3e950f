"""The whole examination: the machine first, then what the configuration wants of it."""

from collections.abc import Callable
from pathlib import Path

from budama.config.schema import Config
from budama.system.machine.processors import usable_cores
from budama.workflow.doctor import environment, gpu, hardware, onnx_runtime
from budama.workflow.doctor.compute_settings import compute_findings, images_in_flight, jobs_at_once
from budama.workflow.doctor.findings import Able, Finding
from budama.workflow.doctor.latency_settings import latency_findings
from budama.workflow.doctor.networks import network_findings
from budama.workflow.doctor.supplies import cache_findings, data_findings, weights_findings


def examine(
    config: Config, requirements: Path, results: Path, say: Callable[[str], object] = str
) -> list[Finding]:
    """Return all that there is to say of this machine and of what ``config`` wants to run on it.

    ``requirements`` are the pinned packages, ``results`` the folder that everything is written to;
    ``say`` hears what takes long: each wanted task's network is tried, which takes some seconds.
    Fetches nothing and writes nothing that stays.
    """
    cores = usable_cores()
    load = hardware.load(cores)  # before this process adds to it
    # before torch, whose libraries would be there for providers that must find their own
    provider_findings, providers = onnx_runtime.try_providers()
    torch_findings, gpus = gpu.try_torch(config.compute.device)
    able = Able(cores, gpus, providers)
    jobs = jobs_at_once(config, able)
    roots = [Path(dataset.root) for dataset in config.datasets.values()]
    return [
        environment.python(),
        *environment.packages(requirements),
        *environment.slurm(),
        hardware.cpu(),
        hardware.memory(jobs),
        *hardware.disks(results, roots),
        hardware.allocator(),
        load,
        gpu.driver(),
        *torch_findings,
        *provider_findings,
        *compute_findings(config, able),
        *hardware.shared_memory(images_in_flight(config, jobs)),
        *data_findings(config),
        *weights_findings(config),
        *cache_findings(config, results),
        *latency_findings(config, able),
        *network_findings(config, results, say),
    ]
