import pytest

from budama.report.languages import ENGLISH, TURKISH


@pytest.mark.parametrize(
    ("budget", "english", "turkish"),
    [
        ("channels-0.1", "10% of the channels", "kanal oranı %10"),
        ("channels-0.1-steps5", "10% of the channels, in 5 steps", "kanal oranı %10, 5 adımda"),
        ("channels-0.125", "12.5% of the channels", "kanal oranı %12,5"),
        (
            "macs-0.5-round8",
            "down to 50% of the FLOPs, in multiples of 8",
            "FLOPs hedefi %50, kanal sayıları 8 ve katları",
        ),
    ],
)
def test_budgets_are_written_in_words(budget: str, english: str, turkish: str) -> None:
    assert ENGLISH.budget(budget) == english
    assert TURKISH.budget(budget) == turkish


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [(-18.44, "−18.4%", "−%18,4"), (2.0, "+2.0%", "+%2,0"), (-0.01, "0.0%", "%0,0")],
)
def test_changes_are_written_in_each_languages_form(
    value: float, english: str, turkish: str
) -> None:
    assert ENGLISH.change(value) == english
    assert TURKISH.change(value) == turkish
