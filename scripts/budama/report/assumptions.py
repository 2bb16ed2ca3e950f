"""Which settings of a scenario are only assumed, and how the report marks them."""

WHOLE_RECIPES = ("recipe", "task.recipe")


class Assumptions:
    """The scenario's assumptions, numbered from 1 in their order.

    Paths are those of ``assumed`` in the scenario's file. The methods return the numbers as
    ``[1]`` or ``[1] [2]``, or nothing where nothing is assumed.
    """

    def __init__(self, assumed: dict[str, str]) -> None:
        self._paths = list(assumed)

    def around(self, path: str) -> str:
        """Return the assumptions about ``path``, about all that holds it or a part of it."""
        return self._marks([p for p in self._paths if _inside(p, path) or _inside(path, p)])

    def of_setting(self, path: str) -> str:
        """Return the assumptions about one setting of a recipe, less those about all of it."""
        parts = [p for p in self._paths if p not in WHOLE_RECIPES]
        return self._marks([p for p in parts if _inside(path, p)])

    def of_recipe(self, path: str) -> str:
        """Return the assumption about a whole recipe."""
        return self._marks([p for p in self._paths if p == path])

    def _marks(self, paths: list[str]) -> str:
        return " ".join(f"[{self._paths.index(path) + 1}]" for path in paths)


def _inside(path: str, block: str) -> bool:
    return path == block or path.startswith(f"{block}.")
