from math import nan

from budama.training.curve import Epoch, kept_epoch


def curve(*accuracies: float) -> list[Epoch]:
    return [Epoch(n, nan, nan, accuracy, 0.1) for n, accuracy in enumerate(accuracies)]


def test_the_best_epoch_is_the_later_one_of_equals_and_never_the_start() -> None:
    assert kept_epoch(curve(90, 70, 80, 80, 75), "best").epoch == 3


def test_the_last_epoch_is_kept_however_bad_it_is() -> None:
    assert kept_epoch(curve(90, 80, 10), "last").epoch == 2


def test_without_training_the_start_is_all_there_is() -> None:
    assert {kept_epoch(curve(90), keep).epoch for keep in ("best", "last")} == {0}
