from __future__ import annotations

import json
import re
from pathlib import Path

from callbox.replay.run_option_table import REPORTS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "reports.md").read_text("utf-8")
SCHEMA = json.loads((DOCS / "report.schema.json").read_text("utf-8"))


def test_every_report_is_told() -> None:
    assert set(re.findall(r"^\| `--([\w-]+)", TEXT, re.MULTILINE)) == set(REPORTS)


def test_every_field_of_a_run_and_of_a_result_is_told() -> None:
    part = TEXT[TEXT.index("## JSON") : TEXT.index("## TAP")]
    told = set(re.findall(r"`(\w+)`", part))

    assert set(SCHEMA["properties"]) | set(SCHEMA["$defs"]["result"]["properties"]) <= told
    assert set(SCHEMA["$defs"]["exchange"]["properties"]) <= told
