import pytest

from budama.workflow.why.differences import differences


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, ["a.b changed from 1 to 3"]),
        ({"a": 1}, {"a": 1, "b": {"c": 0}}, ["b is new: {'c': 0}"]),
        ({"a": 1, "b": None}, {"a": 1}, ["b is gone"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a changed from [1, 2] to [2, 1]"]),
        ({"a": ["x" * 50, "y"]}, {"a": ["x" * 50, "z" * 50]}, ["a: 1 new, 1 gone"]),
        ({"a": 1}, {"a": 1}, []),
    ],
)
def test_a_change_is_named_by_its_key(before: object, now: object, said: list[str]) -> None:
    assert list(differences(before, now)) == said
