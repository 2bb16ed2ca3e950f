"""A network at other widths, timed against the dense one as the latency stage times two files."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from budama.config.latency import Latency
from budama.latency.measure import Bench, Pair
from budama.latency.statistics import Ratio, ratio_of
from budama.pruning.timed.device import Device
from budama.pruning.timed.variants import Variants
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json
from budama.system.files.json_file import read_json

# What is timed in short, on the way to a candidate: at most so much of the settings
SHORT = {"processes": 3, "warmup": 5, "runs": 10, "seconds": 0.3}


class Stopwatch:
    """Times candidates on the first provider that runs, at the first batch size, in fp32.

    What was timed is kept in the folder ``memory``, so that cuts that leave the same widths get the
    same time, and no architecture is timed twice.
    """

    def __init__(self, bench: Bench, variants: Variants, memory: Path) -> None:
        self._bench = bench
        self._variants = variants
        self._memory = memory
        self.target, self._batch = bench.choices[0].target, bench.choices[0].batch

    @property
    def device(self) -> Device:
        """Where times are taken."""
        own = self.target
        return Device.of(own.provider, self._bench.machine, own.threads, self._batch)

    def in_short(self, widths: Mapping[str, int]) -> float:
        """Return the share of the dense time that the network takes, timed in a few processes."""
        own = self._bench.settings
        update = {key: min(getattr(own, key), most) for key, most in SHORT.items()}
        return self._ratio(widths, own.model_copy(update=update)).value

    def thoroughly(self, widths: Mapping[str, int], *, again: bool = False) -> Ratio:
        """Return that share with its interval, timed by the rules of the latency stage.

        ``again`` times it once more and remembers that.
        """
        settings = self._bench.settings
        if again:
            self._file(widths, settings).unlink(missing_ok=True)
        return self._ratio(widths, settings)

    def forget(self, widths: Mapping[str, int]) -> None:
        """Remember nothing of what a network with ``widths`` was timed at thoroughly."""
        self._file(widths, self._bench.settings).unlink(missing_ok=True)

    def _ratio(self, widths: Mapping[str, int], settings: Latency) -> Ratio:
        file = self._file(widths, settings)
        if file.exists():
            try:
                return Ratio(**read_json(file)["ratio"])
            except (BudamaError, KeyError, TypeError):
                file.unlink()
        narrow = self._narrow(widths)
        found = self._measured(narrow, settings)
        write_json(file, {"ratio": found._asdict(), "widths": narrow})
        return found

    def _file(self, widths: Mapping[str, int], settings: Latency) -> Path:
        """Return where a time is remembered: by all that it depends on."""
        plan = settings.model_dump(include=set(SHORT))
        device = self.device.model_dump()
        told = [self._variants.architecture, device, plan, self._narrow(widths)]
        name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
        return self._memory / f"{name}.json"

    def _narrow(self, widths: Mapping[str, int]) -> dict[str, int]:
        whole = {group.name: group.units for group in self._variants.groups}
        return {
            name: widths[name] for name in whole if name in widths and widths[name] < whole[name]
        }

    def _measured(self, widths: Mapping[str, int], settings: Latency) -> Ratio:
        with tempfile.TemporaryDirectory(prefix="budama-candidate-") as folder:
            dense, candidate = Path(folder) / "dense.onnx", Path(folder) / "candidate.onnx"
            dense.write_bytes(self._variants.file({}))
            candidate.write_bytes(self._variants.file(widths))
            pair = Pair((dense, candidate), (self.target, self.target), self._batch)
            (processes,) = self._bench.times([pair], settings)
        return ratio_of([process["blocks"] for process in processes])[0]


def memory_of(table: Path) -> Path:
    """Return the folder in which candidates that were timed are remembered, beside a table."""
    return table.with_suffix("")
