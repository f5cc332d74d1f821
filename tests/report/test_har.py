from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.report import har
from callbox.report.run_report_and_collector import RunReport

# The fields that HAR 1.2 demands of each object, and those that it allows beside them.
DEMANDED = {
    "log": {"version", "creator", "entries"},
    "page": {"startedDateTime", "id", "title", "pageTimings"},
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
    },
    "response": {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize",
    },
    "content": {"size", "mimeType"},
    "postData": {"mimeType"},
    "param": {"name"},
    "cookie": {"name", "value"},
    "timings": {"send", "wait", "receive"},
}  # fmt: skip
ALLOWED = {
    "log": {"pages", "browser", "comment"},
    "entry": {"pageref", "serverIPAddress", "connection", "comment"},
    "request": {"postData", "comment"},
    "content": {"compression", "text", "encoding", "comment"},
    "postData": {"params", "text", "comment"},
    "param": {"value", "fileName", "contentType", "comment"},
    "cookie": {"path", "domain", "expires", "httpOnly", "secure", "comment"},
    "timings": {"blocked", "dns", "connect", "ssl", "comment"},
}


def wrong(name: str, value: dict[str, Any]) -> set[str]:
    """Fields that lack, and fields that have no place; those with a leading underscore are everybody's own."""
    own = {field for field in value if field.startswith("_")}
    return (DEMANDED[name] - value.keys()) | (value.keys() - DEMANDED[name] - ALLOWED.get(name, set()) - own)


def read(run: RunReport) -> Any:
    return json.loads(har.write(run))["log"]


@check_rows("name", ["run", "attack", "calm", "empty"])
def test_has_every_field_that_har_demands_and_no_other(name: str, request: pytest.FixtureRequest) -> None:
    log = read(request.getfixturevalue(name))
    entries = log["entries"]
    objects = [("log", log), *(("page", page) for page in log["pages"]), *(("entry", entry) for entry in entries)]
    for entry in entries:
        objects += [(part, entry[part]) for part in ("request", "response", "timings")]
        objects.append(("content", entry["response"]["content"]))
        objects += [("cookie", cookie) for cookie in entry["request"]["cookies"] + entry["response"]["cookies"]]
        if "postData" in entry["request"]:
            objects.append(("postData", entry["request"]["postData"]))
            objects += [("param", param) for param in entry["request"]["postData"].get("params", [])]

    assert [(name, wrong(name, value)) for name, value in objects if wrong(name, value)] == []


def test_time_is_the_sum_of_the_parts_without_ssl(run: RunReport) -> None:
    for entry in read(run)["entries"]:
        parts = [spent for name, spent in entry["timings"].items() if name != "ssl" and spent > 0]

        assert entry["time"] == pytest.approx(sum(parts))
        assert all(spent >= -1 for spent in entry["timings"].values())


def test_redirects_are_entries(calm: RunReport) -> None:
    log = read(calm)

    assert [entry["response"]["status"] for entry in log["entries"]] == [302, 200]
    assert {entry["pageref"] for entry in log["entries"]} == {page["id"] for page in log["pages"]}
    assert log["entries"][1]["comment"] == "login, line 3: ok"
    assert log["entries"][1]["startedDateTime"] == "1970-01-01T00:16:40.500Z"


def test_a_request_without_an_answer_has_status_0(run: RunReport) -> None:
    lost = next(entry for entry in read(run)["entries"] if entry["response"]["status"] == 0)

    assert lost["response"]["_error"] == "Connection refused: h"
    assert lost["time"] == 100.0


def test_what_was_not_sent_or_must_not_be_logged_is_not_there(run: RunReport) -> None:
    assert len(read(run)["entries"]) == 5


def test_is_ascii(attack: RunReport) -> None:
    assert har.write(attack).isascii()
