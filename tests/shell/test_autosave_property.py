"""Whatever is typed: what is on disk is what the session holds, and a shell that loads it holds the same."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.session_startup import make_context, open_session, real_ports
from callbox.engine.session_snapshot_and_restore import snapshot
from callbox.formats.session_toml import SavedSession, changes, read_session
from callbox.shell.command_context import Context
from callbox.shell.interpreter import run

WORDS = st.sampled_from(["a", "B", "x-1", "Accept", "user-agent", "token"])
VALUES = st.sampled_from(["1", "two words", "'\"'", "é\\t", "?", "env:HOME", "0"])
NOUNS = st.sampled_from(["header", "query", "var"])
BASES = st.sampled_from(["https://a.x", "https://b.x/v2", "localhost:1"])
LINES = st.one_of(
    st.builds("set {} {} {}".format, NOUNS, WORDS, VALUES),
    st.builds("set {} {} {} --add".format, st.sampled_from(["header", "query"]), WORDS, VALUES),
    st.builds("unset {} {}".format, NOUNS, WORDS),
    st.builds("unset {} *".format, NOUNS),
    st.builds("set cookie {} v domain={} path=/".format, WORDS, st.sampled_from(["a.x", "b.x"])),
    st.builds("unset cookie {}".format, WORDS),
    st.builds("set auth bearer {}".format, VALUES),
    st.builds("set auth basic {} {}".format, WORDS, VALUES),
    st.builds("set option timeout {}".format, st.sampled_from(["1", "500ms", "none"])),
    st.builds("set option verify {}".format, st.sampled_from(["no", "yes"])),
    st.builds("set base {}".format, BASES),
    st.sampled_from(["unset auth", "unset base", "unset option *", "undo", "undo", "redo", "reset", "save session"]),
)


@contextmanager
def place() -> Iterator[Path]:
    """A folder for data; its answer to every question is `asked`."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("XDG_DATA_HOME")
        os.environ["XDG_DATA_HOME"] = folder
        try:
            yield Path(folder) / "callbox" / "sessions" / "work.toml"
        finally:
            os.environ.pop("XDG_DATA_HOME")
            os.environ.update({"XDG_DATA_HOME": before} if before is not None else {})


def opened() -> Context:
    context = make_context(lambda: 80)
    context.ports = real_ports(lambda question, is_secret: "asked")
    open_session(context, Arguments(session="work"))
    return context


def on_disk(path: Path) -> SavedSession:
    return read_session(path.read_bytes(), "work") if path.exists() else SavedSession()


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES, max_size=12))
def test_what_is_on_disk_is_what_the_session_holds(lines: list[str]) -> None:
    with place() as path:
        context = opened()
        for line in lines:
            list(run(line, context))
            assert changes(on_disk(path).things, snapshot(context.session)) == {}, line

        again = opened()

        assert changes(snapshot(context.session), snapshot(again.session)) == {}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), LINES), max_size=12))
def test_of_two_shells_each_change_is_there_unless_the_other_made_another(turns: list[tuple[bool, str]]) -> None:
    with place() as path:
        contexts = (opened(), opened())
        expected: dict = {}
        for is_second, line in turns:
            context = contexts[is_second]
            before = snapshot(context.session)
            list(run(line, context))
            for key, thing in changes(before, snapshot(context.session)).items():
                expected.pop(key, None)
                expected.update({key: thing} if thing is not None else {})

        assert changes(on_disk(path).things, expected) == {}
