from itertools import combinations

import pytest

from budama.report.pictures.looks import LOOKS, TEXT, look_of

COLOURS = {look.colour for look in LOOKS.values()} - {TEXT}


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_a_colour_is_seen_on_white_paper_and_on_a_dark_page(colour: str) -> None:
    own = luminance(colour)
    assert (1 + 0.05) / (own + 0.05) >= 3
    assert (own + 0.05) / (luminance("#121212") + 0.05) >= 3


def test_known_methods_are_told_apart_without_colours() -> None:
    for (_, one), (_, other) in combinations(LOOKS.items(), 2):
        assert one.shape != other.shape


def test_a_users_method_has_one_look_for_ever_and_none_of_ours() -> None:
    assert look_of("mine") == look_of("mine") != look_of("mine-too")
    # would change if the look depended on anything but the name
    assert look_of("mine").colour == "#1f78b8"
    names = [f"method-{i}" for i in range(300)]
    assert not {look.shape for look in LOOKS.values()} & {look_of(name).shape for name in names}
    assert len({look_of(name) for name in names}) > 100
