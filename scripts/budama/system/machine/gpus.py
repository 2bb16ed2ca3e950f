"""What the machine has, asked without importing torch."""

from pathlib import Path


def has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded here."""
    return Path("/dev/nvidiactl").exists()
