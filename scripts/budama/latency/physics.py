"""What a device can do at most, and whether a figure stays below it.

A model's multiply-accumulates are two operations each. Work over time beyond what the device can do
is not a speed: it is a clock that did not wait. Such were published figures of 0.014 ms for 3.34
GMACs.
"""

from dataclasses import dataclass

from budama.system.errors import BudamaError

FLAGGED = 0.6
# Dense peaks in TFLOP/s (int8: TOP/s) as NVIDIA's data sheets give them, without sparsity: fp32
# without tensor cores, then tf32, fp16, int8 with them. The first name that a device's contains.
_GPUS: dict[str, dict[str, float]] = {
    "H200": {"fp32": 67, "tf32": 494.7, "fp16": 989.4, "int8": 1978.9},
    "H100 PCIe": {"fp32": 51.2, "tf32": 378, "fp16": 756, "int8": 1513},
    "H100 NVL": {"fp32": 60, "tf32": 417.5, "fp16": 835.5, "int8": 1670.5},
    "H100": {"fp32": 67, "tf32": 494.7, "fp16": 989.4, "int8": 1978.9},
    "A100": {"fp32": 19.5, "tf32": 156, "fp16": 312, "int8": 624},
    "A40": {"fp32": 37.4, "tf32": 74.8, "fp16": 149.7, "int8": 299.3},
    "A10": {"fp32": 31.2, "tf32": 62.5, "fp16": 125, "int8": 250},
    "L40S": {"fp32": 91.6, "tf32": 183, "fp16": 362, "int8": 733},
    "L40": {"fp32": 90.5, "tf32": 90.5, "fp16": 181, "int8": 362},
    "L4": {"fp32": 30.3, "tf32": 60, "fp16": 121, "int8": 242},
    "T4": {"fp32": 8.1, "fp16": 65, "int8": 130},
    "V100": {"fp32": 15.7, "fp16": 125},
    "RTX 4090": {"fp32": 82.6, "tf32": 82.6, "fp16": 330.3, "int8": 660.6},
    "RTX 3090": {"fp32": 35.6, "tf32": 35.6, "fp16": 142.3, "int8": 284.7},
}
# How many times fewer multiplications a convolution may do than are counted: cuDNN's Winograd
# kernels for 3 x 3, F(4 x 4, 3 x 3) at most (Lavin and Gray, 2016, arXiv 1509.09308). On tensor
# cores, and in ONNX Runtime on a CPU, convolutions are done as counted.
_WINOGRAD = 4
# Single-precision operations per core and cycle: lanes x 2 (a fused multiply-add) x units. That of
# cores with the most units, so that it is an upper bound.
_CPU_VECTORS = {"avx512f": 16 * 2 * 2, "avx2": 8 * 2 * 2, "avx": 8 * 2, "asimd": 4 * 2 * 4}
_CPU_BASELINE = 4 * 2
# How many times as many 8-bit operations as single-precision ones: four to a lane in one
# instruction, eight in Arm's small matrix products, two where that takes several instructions.
_INT8_INSTRUCTIONS = {"i8mm": 8, "avx512_vnni": 4, "avx_vnni": 4, "asimddp": 4}
_INT8_BASELINE = 2
# 8-bit operations per core and cycle of a unit of its own beside the vectors: AMX multiplies tiles
# of 16 x 64 by 64 x 16 in 16 cycles (TDPBUSD: Intel 64 and IA-32 Architectures Optimization
# Reference Manual, "Intel AMX"; 2,048 against 256 with VNNI). ONNX Runtime takes it for unsigned
# times signed bytes on Linux (its pull request 14042), and for nothing else: fp32 stays on vectors.
_INT8_TILES = {"amx_int8": 16 * 16 * 64 * 2 // 16}
# Virtual machines tell the nominal clock only. Alone, a server's core runs up to twice as fast.
_BOOST = 2


@dataclass(frozen=True)
class Peak:
    """The most that a device can do in one precision, in operations per second, and why.

    ``fewer`` is how many times fewer a fast algorithm may do than are counted.
    """

    flops: float
    source: str
    fewer: int = 1


def gpu_peak(name: str, precision: str) -> Peak | None:
    """Return the peak of a GPU by its name, or ``None`` if the table does not hold it."""
    for model, peaks in _GPUS.items():
        if model.lower() in name.lower():
            tera = peaks.get(precision)
            if tera is None:
                return None
            source = f"{model}, {precision}: {tera:g} TFLOP/s (NVIDIA's data sheet)"
            return Peak(tera * 1e12, source, _WINOGRAD if precision == "fp32" else 1)
    return None


def cpu_peak(
    flags: set[str], cores: int, clock_hz: float | None, boost_known: bool, precision: str
) -> Peak | None:
    """Return the peak of ``cores`` cores with the instruction sets ``flags`` at ``clock_hz``.

    Where that is only the nominal clock (not ``boost_known``), it is doubled: an upper bound.
    """
    if not clock_hz:
        return None
    vectors = next((name for name in _CPU_VECTORS if name in flags), "scalar")
    per_cycle = _CPU_VECTORS.get(vectors, _CPU_BASELINE)
    if precision == "int8":
        per_cycle, vectors = _int8_per_cycle(flags, per_cycle, vectors)
    clock = clock_hz if boost_known else _BOOST * clock_hz
    told = "" if boost_known else " (twice the nominal clock: an upper bound)"
    source = f"{cores} core(s) x {clock / 1e9:.2f} GHz{told} x {per_cycle} operations ({vectors})"
    return Peak(per_cycle * cores * clock, source)


def _int8_per_cycle(flags: set[str], fp32: int, vectors: str) -> tuple[int, str]:
    """Return the 8-bit operations per core and cycle, and the instructions that do them."""
    tiles = next((name for name in _INT8_TILES if name in flags), None)
    if tiles:
        return _INT8_TILES[tiles], tiles
    fast = next((name for name in _INT8_INSTRUCTIONS if name in flags), None)
    times = _INT8_INSTRUCTIONS[fast] if fast else _INT8_BASELINE
    return times * fp32, f"{vectors}, {fast}" if fast else vectors


def share_of_peak(macs: int, batch: int, seconds: float, peak: Peak) -> float:
    """Return 2 x MACs x batch / seconds over the peak; above 1 only by a faster algorithm.

    Raises ``BudamaError`` if no such algorithm reaches it: the clock did not see the work.
    """
    rate = 2 * macs * batch / seconds
    most = peak.fewer * peak.flops
    if rate > most:
        winograd = f", {peak.fewer} times as much by Winograd's algorithm" if peak.fewer > 1 else ""
        raise BudamaError(
            f"{macs / 1e9:.2f} GMACs for {batch} image(s) in {1e3 * seconds:.3g} ms would be "
            f"{rate / 1e12:.3g} TFLOP/s, and this device can do {most / 1e12:.3g} at most "
            f"({peak.source}{winograd}): the clock did not wait for the work, or the MACs are wrong"
        )
    return rate / peak.flops
