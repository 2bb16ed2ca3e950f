from typing import Any

import pytest

from budama.workflow.doctor.findings import Able, Status
from budama.workflow.doctor.latency_settings import latency_findings
from tests.unit.workflow.doctor.conftest import Configured

ABLE = Able(cores=2, gpus=0, providers={"CPU": frozenset({"fp32", "fp16", "int8"})})


@pytest.mark.parametrize(
    ("latency", "expected"),
    [
        ({"providers": ["CPU"]}, [(Status.FINE, "CPU is timed")]),
        (
            {"providers": ["CUDA", "CPU"]},
            [(Status.NOTE, "CPU is timed, because CUDA does not run here")],
        ),
        (
            {"providers": ["CUDA", "TensorRT"]},
            [(Status.CANNOT, "latency.providers: none of CUDA, TensorRT runs here")],
        ),
        (
            {"providers": ["CPU"], "precisions": ["fp32", "tf32", "int8"]},
            [
                (Status.FINE, "CPU is timed"),
                (Status.CANNOT, "latency.precisions: CPU does not run tf32 here"),
            ],
        ),
        (
            {"providers": ["CPU"], "threads": 3},
            [
                (Status.FINE, "CPU is timed"),
                (Status.CANNOT, "latency.threads is 3, and 2 core(s) may be used"),
            ],
        ),
    ],
)
def test_what_latency_asks_for_must_run_here(
    latency: dict[str, Any], expected: list[tuple[Status, str]], configured: Configured
) -> None:
    findings = latency_findings(configured(latency=latency), ABLE)
    assert [(one.status, one.seen) for one in findings] == [
        (status, f"mine: {seen}") for status, seen in expected
    ]


def test_threads_do_not_matter_on_a_gpu(configured: Configured) -> None:
    able = Able(2, 1, {"CUDA": frozenset({"fp32", "tf32"})})
    config = configured(
        latency={"providers": ["CUDA"], "threads": 8, "precisions": ["fp32", "tf32"]}
    )
    assert [one.status for one in latency_findings(config, able)] == [Status.FINE]
