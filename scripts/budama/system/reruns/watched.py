"""What Snakemake watches instead of code and data: a small file beside the results for each.

Snakemake compares input files by their content, and looks at that only if they are newer than the
outputs. So it is given fingerprints as inputs, not the files: a comment does not change one, and a
file that was put back with an old date does. A fingerprint is written only when it has changed.
"""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from budama.system.files.atomic import write_text
from budama.system.reruns.fingerprint import fingerprint
from budama.system.reruns.packages import installed, pins

LIST = ".list"
PACKAGES = "packages.txt"


@dataclass(frozen=True)
class Watched:
    """The fingerprints in ``folder``, named after their files: under ``root`` by the path there.

    With ``frozen``, those that are there stay as they are: while a run goes on, they say what it
    started with. Each file is looked at once.
    """

    folder: Path
    root: Path
    frozen: bool = False
    _paths: dict[Path, str] = field(default_factory=dict)

    def of(self, files: Iterable[Path]) -> list[str]:
        """Bring the fingerprints of ``files`` up to date and return their paths.

        Raises ``BudamaError`` if one cannot be written.
        """
        return [self._of(file) for file in files]

    def of_code(self, starts: Sequence[Path], behind: Iterable[Path]) -> list[str]:
        """Bring up to date the list of the files ``behind`` some code, and return its path.

        ``starts`` name it. One file for all of them: Snakemake looks at every input of every job.
        The list has a line for each file, its fingerprint and its name, and theirs are kept, too:
        their dates tell which of them has changed.
        """
        names = [self._name(file).as_posix() for file in starts]
        unique = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
        title = "-".join(file.stem for file in starts)
        found = {self._name(file).as_posix(): Path(self._of(file)) for file in behind}
        lines = [
            f"{kept.read_text(encoding='utf-8').strip()}  {name}"
            for name, kept in sorted(found.items())
        ]
        return [self._write(f"code/{title}-{unique}{LIST}", "\n".join(lines))]

    def of_packages(self, requirements: Path) -> list[str]:
        """Bring the list of packages up to date and return its path, the only one.

        It has the minor version of Python, and of each package that ``requirements`` pins the
        pinned version and the one that is installed.
        """
        if requirements not in self._paths:
            lines = [f"python {sys.version_info.major}.{sys.version_info.minor}"]
            lines += [
                f"{name} {pin}, installed {installed(name)}" for name, pin in pins(requirements)
            ]
            self._paths[requirements] = self._write(PACKAGES, "\n".join(lines))
        return [self._paths[requirements]]

    def _of(self, file: Path) -> str:
        if file not in self._paths:
            self._paths[file] = self._write(f"{self._name(file)}.sha256", fingerprint(file))
        return self._paths[file]

    def _name(self, file: Path) -> Path:
        if file.is_relative_to(self.root):
            return file.relative_to(self.root)
        if file.is_absolute():
            return Path("elsewhere", *file.parts[1:])
        return Path(*("up" if part == ".." else part for part in file.parts))

    def _write(self, name: str, text: str) -> str:
        path, line = self.folder / name, f"{text}\n"
        if not path.is_file() or (not self.frozen and path.read_text(encoding="utf-8") != line):
            write_text(path, line)
        return str(path)
