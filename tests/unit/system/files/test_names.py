import unicodedata
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.files.names import check_apart, lookalikes, on_disk, spelled

CAFE = unicodedata.normalize("NFC", "Café")
CAFE_ELSEWHERE = unicodedata.normalize("NFD", "Café")


def test_a_name_in_another_normal_form_is_matched() -> None:
    assert spelled(CAFE, ["tea", CAFE_ELSEWHERE], "here") == CAFE_ELSEWHERE
    assert spelled(CAFE_ELSEWHERE, [CAFE], "here") == CAFE
    assert spelled(CAFE, [CAFE, CAFE_ELSEWHERE], "here") == CAFE
    assert spelled("Å", ["\u212b"], "here") == "\u212b"  # the sign for ångström
    assert spelled(CAFE, ["tea"], "here") is None


def test_two_forms_of_a_name_are_told_with_what_cannot_be_seen() -> None:
    forms = ["s\u0307\u0323", "s\u0323\u0307"]  # two accents in both orders
    with pytest.raises(BudamaError, match=r"^here: .* in 2 Unicode normal forms.*s\\u0307\\u0323"):
        spelled("\u1e69", forms, "here")
    assert lookalikes(forms) == [forms]


@pytest.mark.parametrize(
    ("wanted", "there"), [("train", "Train"), ("Straße", "STRASSE"), ("café", CAFE_ELSEWHERE)]
)
def test_a_name_in_another_case_is_refused_by_name(wanted: str, there: str) -> None:
    with pytest.raises(BudamaError, match=f"^here: there is no '{wanted}', but '{there}': upper"):
        spelled(wanted, ["other", there], "here")


def test_a_path_is_spelled_as_it_is_on_disk_part_by_part(tmp_path: Path) -> None:
    inner = tmp_path / CAFE_ELSEWHERE / "images"
    inner.mkdir(parents=True)
    assert on_disk(tmp_path, f"{CAFE}/images") == inner
    assert on_disk(tmp_path, f"{CAFE}/../{CAFE}") == tmp_path / CAFE_ELSEWHERE / ".." / (
        CAFE_ELSEWHERE
    )
    assert on_disk(tmp_path, ".") == tmp_path
    assert on_disk(tmp_path, "missing/x") == tmp_path / "missing/x"
    assert on_disk(tmp_path, str(inner)) == inner
    with pytest.raises(BudamaError, match=r"there is no 'Images', but 'images'"):
        on_disk(tmp_path, f"{CAFE}/Images")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["cat", "Cat", "dog"], "'Cat' and 'cat' differ in upper and lower case only"),
        ([CAFE, CAFE_ELSEWHERE], r"\(.*\\xe9.*\) differ in Unicode normal form only"),
    ],
)
def test_names_that_are_hardly_two_are_told_apart(names: list[str], said: str) -> None:
    with pytest.raises(BudamaError, match=said):
        check_apart(names, "train")


def test_capital_letters_and_small_ones_may_be_classes() -> None:
    check_apart(["A", "a", "B", "b", "7"], "train")
