"""Open and decode every image of a dataset, once."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from pydantic import TypeAdapter

    from budama.config.data import Dataset
    from budama.data.audit import audit

    dataset = TypeAdapter(Dataset).validate_python(arguments.settings["dataset"])
    audit(dataset, arguments.folder, arguments.threads)


if __name__ == "__main__":
    run(main, ["folder"], description=__doc__, compute=True)
