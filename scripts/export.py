"""Export one model to ONNX and compare it with torch."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.export import export

        run(export)
