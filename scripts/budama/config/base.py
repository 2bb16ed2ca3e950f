"""What all blocks of the configuration share.

Each block has its own file, so that a stage's code depends on its own settings alone.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# Names become folders and words of a shell command: nothing that either could misread.
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
LONGEST_NAME = 64
Name = Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN}$", max_length=LONGEST_NAME)]


def _plain(path: str) -> str:
    if re.search(r"[{}\x00-\x1f\x7f]", path):
        raise ValueError(
            "Snakemake would take braces for wildcards, and line breaks for the end of a path; "
            "rename the folder, or set a link to it"
        )
    return path


# A path that Snakemake watches. It may hold spaces, quotes and whatever else a shell would read.
WatchedPath = Annotated[str, AfterValidator(_plain)]
LIKE = "like"  # the key of a recipe that takes over another one's values
Fraction = Annotated[float, Field(gt=0, lt=1)]


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())
