from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_step_selection import public_label


@check_rows(
    ("text", "label"),
    [
        pytest.param("### a title\nGET http://h/?api_key=hunter2", "a title", id="title"),
        pytest.param("GET http://h/?api_key=hunter2&b=c", "GET http://h/?api_key=...&b=c", id="query"),
        pytest.param("GET http://ann:hunter2@h/", "GET http://ann:...@h/", id="userinfo"),
        pytest.param("curl -u ann:hunter2 -H 'X-A: hunter2' 'http://h/a?b=c'", "curl http://h/a?b=c", id="curl"),
        pytest.param("curl -u ann:hunter2 h/a", "curl #1", id="curl without a scheme"),
    ],
)
def test_label_for_files_holds_no_credentials(text: str, label: str) -> None:
    assert public_label(parse(text).steps[0]) == label
