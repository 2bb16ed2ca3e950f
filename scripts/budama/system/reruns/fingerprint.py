"""What of a file matters to results, as a hash: not its comments, not its date."""

import ast
import hashlib
from pathlib import Path

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_ARCHIVES = (".parquet", ".tar")


def fingerprint(file: Path) -> str:
    """Return a hash of what matters of ``file``, hexadecimal.

    Of Python that is the syntax tree without docstrings; of a folder of folders their names and the
    times of the last change in each, because the files may be millions; of an archive its size and
    date, because it is large; otherwise the content.
    """
    return hashlib.sha256(_what_matters(file)).hexdigest()


def _what_matters(file: Path) -> bytes:
    if file.suffix in _ARCHIVES and file.is_file():
        seen = file.stat()
        return repr((file.name, seen.st_size, seen.st_mtime_ns)).encode()
    if file.is_dir():
        inside = [file, *sorted(path for path in file.iterdir() if path.is_dir())]
        return repr([(path.name, path.stat().st_mtime_ns) for path in inside]).encode()
    content = file.read_bytes()
    if file.suffix != ".py":
        return content
    try:
        return ast.dump(_without_docstrings(ast.parse(content))).encode()
    except (SyntaxError, ValueError):  # whoever runs it will be told
        return content


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return tree
