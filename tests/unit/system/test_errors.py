"""Hints that name choices."""

from budama.system.errors import did_you_mean


def test_of_many_choices_the_nearest_and_some_are_named() -> None:
    names = [f"class-{number:03}" for number in range(300)]
    hint = did_you_mean("class-29", names)
    assert hint.startswith("did you mean 'class-29")
    assert hint.endswith("class-028, class-029 and 270 more")
    assert "more" not in did_you_mean("a", names[:30])
    assert did_you_mean("a", []) == "There are none"
