"""Decode and reduce every image of a dataset once, into one file."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.data.audited import Audited
    from budama.data.cache import build_cache

    build_cache(
        Audited.open(arguments.audit),
        arguments.settings["pixels"],
        arguments.folder,
        arguments.threads,
    )


if __name__ == "__main__":
    run(main, ["audit", "folder"], description=__doc__, compute=True)
