"""Predict the test images with one model."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.stages.evaluate import evaluate
    from budama.system.job.device import Execution

    evaluate(
        model=arguments.model,
        onnx=dict(zip(arguments.settings["precisions"], arguments.onnx, strict=True)),
        data=arguments.data,
        predictions=arguments.predictions,
        classes=arguments.classes,
        output=arguments.output,
        batch_size=arguments.settings["batch_size"],
        execution=Execution.of(arguments),
    )


if __name__ == "__main__":
    paths = ["model", "data", "predictions", "classes", "output"]
    run(main, paths, lists=["onnx"], description=__doc__, compute=True)
