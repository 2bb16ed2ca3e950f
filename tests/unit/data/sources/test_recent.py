from budama.data.sources.recent import Recent


def test_what_was_used_last_is_kept_as_far_as_it_fits() -> None:
    made: list[str] = []
    dropped: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    recent = Recent(make, 5, size=len, drop=dropped.append)
    for key in ("aa", "bb", "aa", "cc"):
        assert recent[key] == key
    assert (made, dropped) == (["aa", "bb", "cc"], ["bb"])
    assert recent["larger than all"] == "larger than all"
    assert dropped == ["bb", "aa", "cc"]
    assert recent["larger than all"] and made[-1] == "larger than all"
    assert recent["a"] == "a" and dropped[-1] == "larger than all"
