"""`auth=` that is no credential: a clear error before anything is sent, without the value."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows
from tests.support.server import OK, Recorder

import callbox


@check_rows("value", ["hunter2", ("ann", "hunter2", "x"), ["ann", "hunter2"], 5, {"a": "hunter2"}])
@check_rows("is_of_session", [True, False])
def test_a_value_that_is_no_credential_is_refused(value: object, is_of_session: bool) -> None:
    with Recorder(lambda _: OK) as server, callbox.Session() as session:
        if is_of_session:
            session.auth = value
        with pytest.raises(TypeError) as caught:
            session.get(server.url, **({} if is_of_session else {"auth": value}))

    assert str(caught.value) == (
        f"auth is ('user', 'password'), Bearer('token') or a callable, and not a value of type {type(value).__name__}"
    )
    assert server.seen == []


@check_rows("value", [None, "", ()])
def test_nothing_is_no_credential(value: object) -> None:
    with Recorder(lambda _: OK) as server, callbox.Session() as session:
        session.auth = value

        assert session.get(server.url, auth=value).text == "ok"


def test_a_path_alone_gets_the_hint_of_a_host() -> None:
    with pytest.raises(callbox.exceptions.MissingSchema, match=r"try http://HOST/x\b"):
        callbox.get("/x")
