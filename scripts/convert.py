"""Convert one ONNX model to a lower precision."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.convert import convert

        run(convert)
