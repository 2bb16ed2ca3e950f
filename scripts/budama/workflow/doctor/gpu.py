"""The GPU as the driver and torch see it."""

import os
from typing import Any

from budama.system.machine.gpus import VISIBLE, driver_version, gpu_state
from budama.workflow.doctor.environment import REPAIR
from budama.workflow.doctor.findings import Finding, cannot, fine, listed, note, one_line


def driver() -> Finding:
    """Return the NVIDIA driver, and the first GPU's state if nvidia-smi tells it."""
    version = driver_version()
    if version is None:
        return note("NVIDIA driver", "none is loaded: everything runs on the CPU")
    state = gpu_state()
    told = f"; {state['name']}, {state['utilization.gpu']}% in use" if state else ""
    visible = os.environ.get(VISIBLE)
    chosen = "" if visible is None else f"; {VISIBLE} is '{visible}'"
    return fine("NVIDIA driver", f"{version}{told}{chosen}")


def try_torch(device: str) -> tuple[list[Finding], int]:
    """Compute on every GPU that torch sees; return what came of it, and how many worked.

    ``device`` is the config's: unless it is ``cpu``, a GPU that torch takes must work.
    """
    try:
        import torch
        import torchvision  # fails if it was built for another torch
    except Exception as error:  # whatever a broken installation raises
        return [cannot("torch", f"cannot be imported: {one_line(error)}", REPAIR)], 0
    built = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built for CPUs"
    seen = f"torch {torch.__version__}, torchvision {torchvision.__version__}, {built}"
    if driver_version() is None:
        return [fine("torch", seen)], 0
    if not torch.version.cuda:
        return [note("torch", f"{seen}: it cannot use the GPU", REPAIR)], 0
    if not torch.cuda.is_available():
        advice = f"the driver may be too old for CUDA {torch.version.cuda}: install a newer one"
        return [note("torch", f"{seen}: it sees no GPU: {_reason(torch)}", advice)], 0
    failures = {place: _try(torch, place) for place in range(torch.cuda.device_count())}
    working = [place for place, failure in failures.items() if failure is None]
    findings = [fine("torch", seen)]
    if working:
        findings.append(fine("torch", f"computes on {listed(_name(torch, p) for p in working)}"))
    tell = note if device == "cpu" else cannot
    findings += [
        tell(
            "torch",
            f"does not compute on {_name(torch, place)}: {failure}",
            "set compute.device to cpu, or mend the driver and torch",
        )
        for place, failure in failures.items()
        if failure
    ]
    return findings, len(working)


def _try(torch: Any, place: int) -> str | None:
    """Multiply and convolve on a GPU, which takes cuBLAS and cuDNN; return why that failed."""
    ones = torch.ones(1, 8, 8, 8)
    kernel = torch.ones(8, 8, 3, 3)
    try:
        convolved = torch.nn.functional.conv2d(ones.cuda(place), kernel.cuda(place)).cpu()
        product = (ones[0, 0].cuda(place) @ ones[0, 0].cuda(place)).cpu()
    except RuntimeError as error:
        return one_line(error)
    right = bool((convolved == 72).all() and (product == 8).all())  # noqa: PLR2004 - 8 x 3 x 3
    return None if right else "its results are wrong"


def _name(torch: Any, place: int) -> str:
    found = torch.cuda.get_device_properties(place)
    return f"{found.name} ({found.total_memory / 2**30:.0f} GiB)"


def _reason(torch: Any) -> str:
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return one_line(error)
    return "CUDA starts, but lists none"
