from pathlib import Path
from typing import Any

import pytest

from tests.unit.report import scenario
from tests.unit.report.scenario import AUDIT, MANIFEST, report

FOUND: dict[str, Any] = {
    "skipped": {
        ".txt files": 2,
        "hidden folders": 1,
        "images in hidden folders": 1234,
        "folders beside the parts (extra, valid)": 2,
        "rows without an image": 3,
    },
    "unreadable": [{}] * 4,
    "duplicates": [{}] * 5,
    "contradictions": [{}],
    "remarks": [
        {"kind": "lacks", "part": "test", "classes": ["a", "b", "c", "d", "e", "f", "g"]},
        {"kind": "dominated", "class": "cats & dogs", "share_pct": 99.25},
        {"kind": "nested", "folders": ["x", "y"]},
    ],
}


def test_what_the_audit_found_is_told_in_each_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = {"drawn": {"validation": 0.1, "test": 0.125}}
    monkeypatch.setattr(scenario, "MANIFEST", MANIFEST | drawn)
    found = report(tmp_path, FOUND)
    for text, lines in (
        (
            found["en"],
            (
                "### What the audit found in the data",
                "- The dataset has no test part: 12.5% of each class were drawn for it by their "
                "content, so that equal images are all on the same side.",
                "- Images that cannot be read, and are left out: 4.",
                "- Passed over: images in hidden folders: 1,234; rows without an image: 3; .txt "
                "files: 2; folders beside the parts (extra, valid): 2; hidden folders: 1.",
                "- Classes without test images, which the accuracy leaves out: a, b, c, d, e, and "
                "2 more.",
                "- 99.25% of the training images are of the class cats &amp; dogs",
            ),
        ),
        (
            found["tr"],
            (
                "### Denetimin veride bulduğu",
                "- Veri setinin test kısmı yok: her sınıfın %12,5 kadarı",
                "- Atlananlar: gizli klasörlerdeki görüntü: 1.234; rows without an image: 3; .txt "
                "dosyası: 2; kısımların yanındaki klasör (extra, valid): 2; gizli klasör: 1.",
                "- Eğitim görüntülerinin %99,25 kadarı cats &amp; dogs sınıfından",
            ),
        ),
    ):
        for line in lines:
            assert line in text


def test_nothing_is_said_where_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert "audit" not in report(tmp_path, AUDIT)["en"]
