"""Time two copies of the dense ONNX model: what ratios on this machine are worth."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.selftest import selftest

        run(selftest)
