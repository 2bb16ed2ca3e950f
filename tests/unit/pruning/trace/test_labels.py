"""Labels of channels: which are the same, which go together, and which stay."""

import torch

from budama.pruning.trace.labels import Labels, along, compact, differs, expanded


def test_what_is_the_same_goes_together_and_what_is_tied_is_not_the_same() -> None:
    labels = Labels()
    first, second, third = (labels.new(3) for _ in range(3))
    labels.same(first, second)
    labels.tie(second, third)
    assert labels.channel(first).equal(labels.channel(second))
    assert not torch.isin(labels.channel(third), labels.channel(first)).any()
    assert labels.unit(first).equal(labels.unit(third))
    assert len(set(labels.unit(first).tolist())) == 3


def test_what_stays_takes_all_with_it_that_goes_with_it() -> None:
    labels = Labels()
    first, second = labels.new(3), labels.new(3)
    labels.tie(first, second)
    labels.keep(first[1:2])
    assert (labels.unit(second) == 0).tolist() == [False, True, False]
    later = labels.new(3)
    labels.tie(second, later)
    assert (labels.unit(later) == 0).tolist() == [False, True, False]


def test_sets_are_joined_in_whatever_order() -> None:
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randint(1, 41, (60, 2), generator=generator)
    by_one, at_once = Labels(), Labels()
    for labels in (by_one, at_once):
        labels.new(40)
    for one, other in pairs:
        by_one.same(one[None], other[None])
    at_once.same(pairs[:, 0], pairs[:, 1])
    every = torch.arange(1, 41)
    assert by_one.channel(every).equal(at_once.channel(every))
    expected = list(range(41))  # the least of each set, by going over the pairs again and again
    for _ in range(40):
        for one, other in pairs.tolist():
            expected[one] = expected[other] = min(expected[one], expected[other])
    assert by_one.channel(every).tolist() == expected[1:]


def test_one_channel_may_meet_all() -> None:
    labels = Labels()
    channels, one = labels.new(4), labels.new(1)
    labels.tie(channels, one)
    assert len(set(labels.unit(channels).tolist())) == 1
    assert len(set(labels.channel(channels).tolist())) == 4


def test_axes_along_which_what_can_go_differs() -> None:
    labels = Labels()
    channels = labels.new(6)
    image = channels.view(1, 6, 1, 1).expand(2, 6, 4, 4)
    assert labels.varying(image) == [1]
    split = channels.view(2, 3).expand(5, 2, 3)
    assert labels.varying(split) == [1, 2]
    labels.tie(split[:, :1], split)
    assert labels.varying(split) == [2]
    labels.keep(channels)
    assert labels.varying(split) == []


def test_labels_hold_no_axis_along_which_they_are_equal() -> None:
    channels = torch.arange(6)
    whole = channels.view(1, 6, 1).repeat(2, 1, 4)
    held = expanded(whole, (2, 6, 4))
    assert held.equal(whole) and held.stride(0) == held.stride(2) == 0
    assert compact(held).shape == (1, 6, 1)
    assert along(held, 1).equal(channels) and along(held, -2).equal(channels)
    assert differs(whole, 1) and not differs(whole, 0)
    late = torch.zeros(5, dtype=torch.int64)
    late[4] = 1
    assert differs(late, 0)
    assert not differs(torch.zeros(0, 3), 1)
