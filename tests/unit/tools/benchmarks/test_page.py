from pathlib import Path

from tools.benchmarks.page import HEAD, write_section


def test_each_section_is_replaced_without_the_others(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_section(page, "Planning", "10 s\n\n| a |\n")
    write_section(page, "Running", "ratio 2")
    write_section(page, "Planning", "5 s")
    assert page.read_text() == f"{HEAD}\n## Planning\n\n5 s\n\n## Running\n\nratio 2\n"
