import pytest

from budama.latency.physics import cpu_peak, gpu_peak, share_of_peak
from budama.system.errors import BudamaError


def test_the_published_figure_is_refused_on_an_h100() -> None:
    """3.34 GMACs in 0.014 ms, as published, are 477 TFLOP/s: no H100 reaches that."""
    peak = gpu_peak("NVIDIA H100 80GB HBM3", "fp32")
    assert peak is not None
    with pytest.raises(BudamaError, match=r"477 TFLOP/s, and this device can do 268 at most"):
        share_of_peak(3_340_000_000, 1, 0.014e-3, peak)
    assert share_of_peak(3_340_000_000, 1, 1.33e-3, peak) == pytest.approx(0.075, abs=0.001)


@pytest.mark.parametrize(("precision", "refused"), [("fp32", False), ("fp16", True)])
def test_only_where_winograd_is_used_the_peak_may_be_passed(precision: str, refused: bool) -> None:
    """Convolutions of 3 x 3 need up to four times fewer multiplications than are counted."""
    peak = gpu_peak("Tesla T4", precision)
    assert peak is not None
    macs, seconds = 10**9, 2e9 / (1.5 * peak.flops)
    if refused:
        with pytest.raises(BudamaError, match="the clock did not wait"):
            share_of_peak(macs, 1, seconds, peak)
    else:
        assert share_of_peak(macs, 1, seconds, peak) == pytest.approx(1.5)


def test_gpus_are_known_by_the_name_that_they_give() -> None:
    names = ("NVIDIA H100 PCIe", "NVIDIA A100-SXM4-80GB", "Tesla T4", "NVIDIA L40S", "NVIDIA L4")
    found = [gpu_peak(name, "fp16") for name in names]
    assert [peak.flops / 1e12 for peak in found if peak] == [756, 312, 65, 362, 121]
    assert gpu_peak("Tesla T4", "tf32") is None
    assert gpu_peak("A card of tomorrow", "fp32") is None


def test_a_cpu_s_peak_is_cores_times_clock_times_width() -> None:
    avx512 = cpu_peak({"avx512f", "avx2"}, 2, 2.5e9, True, "fp32")
    avx2 = cpu_peak({"avx2", "avx_vnni"}, 2, 2.5e9, True, "fp32")
    assert avx512 is not None
    assert avx2 is not None
    assert (avx512.flops, avx2.flops) == (320e9, 160e9)
    vnni = cpu_peak({"avx2", "avx_vnni"}, 2, 2.5e9, True, "int8")
    assert vnni is not None
    assert vnni.flops == 4 * avx2.flops
    assert cpu_peak({"avx2"}, 2, None, False, "fp32") is None


def test_an_honest_int8_time_on_tiles_is_not_refused() -> None:
    """A core of Sapphire Rapids multiplies 1,024 pairs of bytes a cycle by AMX, 128 by VNNI."""
    flags = {"avx2", "avx512f", "avx512_vnni", "amx_tile", "amx_bf16", "amx_int8"}
    peak = cpu_peak(flags, 1, 2e9, True, "int8")
    assert peak is not None
    assert peak.flops == 2048 * 2e9
    assert "amx_int8" in peak.source
    seconds = 2 * 1e9 / (0.5 * peak.flops)  # half of what the tiles can do: four times VNNI's most
    assert share_of_peak(10**9, 1, seconds, peak) == pytest.approx(0.5)
    full = cpu_peak(flags, 1, 2e9, True, "fp32")
    assert full is not None
    assert full.flops == 64 * 2e9


def test_bytes_are_multiplied_by_the_best_instruction_that_there_is() -> None:
    """Neoverse V1 does 256 operations on bytes a cycle by small matrix products."""
    cases = {"": 64, "asimddp": 128, "i8mm": 256}
    for extra, operations in cases.items():
        peak = cpu_peak({"asimd", "asimddp", extra} if extra else {"asimd"}, 1, 1e9, True, "int8")
        assert peak is not None
        assert peak.flops == operations * 1e9


def test_a_clock_of_which_only_the_nominal_is_told_may_be_twice_as_fast() -> None:
    told = cpu_peak({"avx2"}, 1, 2e9, True, "fp32")
    nominal = cpu_peak({"avx2"}, 1, 2e9, False, "fp32")
    assert told is not None
    assert nominal is not None
    macs, seconds = 40_000_000, 1e-3  # 80 GFLOP/s against 64 and 128
    with pytest.raises(BudamaError, match="the clock did not wait"):
        share_of_peak(macs, 1, seconds, told)
    assert share_of_peak(macs, 1, seconds, nominal) == pytest.approx(0.625)
    assert "an upper bound" in nominal.source
