"""Time one ONNX model against the dense one in ONNX Runtime."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.latency import latency

        run(latency)
