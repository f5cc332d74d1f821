"""A session file holds no secret of a URL, and asks for it when it is loaded."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.engine.options import parse_option
from callbox.engine.session_snapshot_and_restore import restore, snapshot
from callbox.engine.session_state_and_edit_log import Entry, State
from callbox.exchange.auth_schemes import Auth
from callbox.formats.session_toml import SavedSession, read_session, write_session


def answer(reference: str, question: str) -> str:
    assert reference == "?"
    return "http://ann:S3CRET@h/" if "base" not in question else "S3CRET"


def refuse(scheme: str, words: list[str]) -> Auth:
    raise AssertionError(scheme)


@check_rows(
    ("noun", "name", "value"),
    [
        ("base", "", "http://ann:S3CRET@127.0.0.1:8000/a"),
        ("base", "", "http://127.0.0.1:8000/a?token=S3CRET"),
        ("option", "proxy", "http://ann:S3CRET@h"),
        ("option", "proxy", "ann:S3CRET@h:9"),
        ("header", "Referer", "http://h/?token=S3CRET"),
        ("var", "url", "http://ann:S3CRET@h/"),
        ("query", "next", "/cb?token=S3CRET"),
    ],
)
def test_secret_within_a_value_is_asked_for(noun: str, name: str, value: str) -> None:
    state, restored = State(), State()
    parsed = parse_option(name, value) if noun == "option" else value
    state.apply(noun, name.lower() if noun == "header" else name, Entry(name, (parsed,)) if name else value)

    saved = write_session(SavedSession(snapshot(state)))
    unread = restore(restored, read_session(saved, "a").things, answer, refuse)

    assert b"S3CRET" not in saved
    assert unread == {}
    assert b"S3CRET" in write_session(SavedSession(snapshot(restored, keeps_secrets=True)))
    assert write_session(SavedSession(snapshot(restored))) == saved
