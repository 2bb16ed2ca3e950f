"""Where times were taken: a table of costs, and a cut by it, is of one kind of device."""

from collections.abc import Mapping
from typing import Any

from budama.config.base import Strict


class Device(Strict):
    """A provider on a processor or GPU, and how it was used. Imports no torch."""

    provider: str
    name: str
    threads: int
    batch_size: int
    onnxruntime: str

    @classmethod
    def of(
        cls, provider: str, machine: Mapping[str, Any], threads: int, batch_size: int
    ) -> "Device":
        """Return the device on which ``provider`` runs.

        ``machine`` describes it as ``latency.json`` does, with a ``gpu`` where that is used.
        """
        return cls(
            provider=provider,
            name=str(machine["gpu"]["name"] if "gpu" in machine else machine["cpu"]),
            threads=threads,
            batch_size=batch_size,
            onnxruntime=machine["onnxruntime"],
        )

    @classmethod
    def of_measurement(cls, report: Mapping[str, Any]) -> "Device":
        """Return that of the headline in the content of a ``latency.json``."""
        first = report["measurements"][0]
        threads = report["settings"]["threads"]
        return cls.of(report["provider"], report["machine"], threads, first["batch_size"])

    @classmethod
    def of_cut(cls, provenance: Mapping[str, Any]) -> "Device | None":
        """Return that for which a model was cut, none where its budget is not timed."""
        timed = provenance.get("timed")
        return cls(**{name: timed[name] for name in cls.model_fields}) if timed else None

    def __str__(self) -> str:
        """Return the device in words."""
        return (
            f"{self.name}, {self.provider}, {self.threads} thread(s), a batch of "
            f"{self.batch_size}, ONNX Runtime {self.onnxruntime}"
        )
