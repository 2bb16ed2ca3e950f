"""Widths that cost as much as a wider one are never chosen; what is no table is refused."""

from pathlib import Path

import pytest

from budama.pruning.timed.table import CostTable, check_groups, read_table
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json
from tests.unit.pruning.timed.tables import costs, group, table


def one_layer(times: dict[int, float], units: int = 16) -> CostTable:
    """A layer of 10 ms, and what it takes at other widths."""
    return table({"a": 10.0}, {"a": costs(units, ["a"], ["a"], {w: [t] for w, t in times.items()})})


def test_a_width_that_takes_as_long_as_a_wider_one_does_not_pay_off() -> None:
    """12 channels of 16 that miss the fast kernels take longer than all."""
    assert one_layer({12: 19.0, 8: 5.0, 7: 8.0, 6: 5.0, 4: 4.0}).widths() == {"a": [8, 4]}


def test_savings_that_are_the_clocks_noise_do_not_pay_off() -> None:
    assert one_layer({12: 9.999, 8: 9.997, 4: 9.99}).widths() == {"a": [4]}
    assert one_layer({12: 10.0, 8: 10.0}).widths() == {"a": []}


def test_what_a_width_saves_counts_over_all_layers_that_see_it() -> None:
    """The layer itself is faster, and its reader so much slower that nothing is saved."""
    rows = {12: [8.0, 6.5], 8: [5.0, 4.0]}
    found = table({"a": 10.0, "b": 4.0, "c": 1.0}, {"a": costs(16, ["a"], ["a", "b"], rows)})
    assert found.saved("a", 12) == pytest.approx(-0.5)
    assert found.saved("a", 8) == pytest.approx(5.0)
    assert found.widths() == {"a": [8]}
    assert found.total == 15.0


def test_a_table_that_is_written_is_read(tmp_path: Path) -> None:
    found = one_layer({8: 5.0}).model_copy(update={"whole": [(0.5, 0.6)]})
    write_json(tmp_path / "costs.json", found.model_dump())
    assert read_table(tmp_path / "costs.json", "of the dense model") == found


def test_another_model_s_table_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "costs.json", one_layer({8: 5.0}).model_dump())
    with pytest.raises(BudamaError, match=r"costs\.json: was measured on another dense model"):
        read_table(tmp_path / "costs.json", "another")


@pytest.mark.parametrize("change", [{"format": 2}, {"dense": "fast"}, {"other": 1}])
def test_what_is_no_table_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    write_json(tmp_path / "costs.json", one_layer({8: 5.0}).model_dump() | change)
    with pytest.raises(BudamaError, match=r"costs\.json: is no table of costs; delete it"):
        read_table(tmp_path / "costs.json", "of the dense model")


def test_a_table_must_tell_of_all_groups_as_they_are() -> None:
    known, path = one_layer({8: 5.0}), Path("costs.json")
    check_groups(path, known, [group("a", 16)])
    for other in (group("b", 16), group("a", 8)):
        with pytest.raises(
            BudamaError, match=rf"costs\.json: does not tell what layer '{other.name}' takes"
        ):
            check_groups(path, known, [other])
