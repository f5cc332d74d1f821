"""Every pattern of `re` in the package takes time by the length of the text, on the worst texts made for it.

Whatever meets a text of a server, a file or a line can be made to meet these. A new pattern is measured without being
named here; one that is made while the program runs has to be.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

import pytest
from tests.support.hostile import find_slow
from tests.support.patterns import Found, find_patterns

import callbox
from callbox.exchange.redaction.secrets_by_value import _pattern_of
from callbox.replay.response_snapshots import pattern_of
from callbox.shell.line.redaction import _whole_values

PACKAGES = sorted(path.name for path in Path(callbox.__file__).parent.iterdir() if (path / "__init__.py").is_file())

HARMLESS = {
    "formats.saved_request_toml:_JSON_ITEM": "is given only what `find_members` has found, in which every string is closed",
    "exchange.redaction.secrets_by_name:_ITEM": "is given only what `_MEMBER` has found, in which every string is closed",
}
"""Slow ones that meet no text that could be made so, each with the reason."""
FROM_THE_START: dict[str, str] = {}
"""Handed to another function, which does not search with it."""
MADE = {
    "exchange.redaction.credential_names:__missing__": ("", ""),  # constants, measured by the name of their table
    "exchange.redaction.secrets_by_value:_pattern_of": ("sub", _pattern_of(("a" * 30 + "b", "ab&/ c"))[0].pattern),
    "convert.script_merge:_uses": ("search", r"\{\{\s*+%?\s*+name(?![\w-])"),
    "cli.config_file:place_of_key": ("match", r"\s*\[*[\"']?(timeout)(?![\w-])"),
    "practice.json_schema:": ("", ""),  # of the description of the practice API, which is our own
    "replay.response_snapshots:pattern_of": ("match", pattern_of("$..a.*.b[*]..c").pattern),
    "httpfile.assertion_evaluator:_pattern": ("", ""),  # a file's own: `tests/replay/test_sandbox_attacks.py`
    "httpfile.variables.dynamic_variables:_alternatives": ("", ""),  # at import: both are constants of the module
    "httpfile.export.response_values_and_secret_variables:__init__": ("sub", "secret|other"),
    "shell.line.redaction:_whole_values": ("sub", _whole_values(["a" * 30 + "b", "ab&/ c", "abc"]).pattern),
    "shell.line.redaction:_end_of_quote": ("match", r"(?:\\.|[^\\'])*+"),
    "shell.completion.candidate_rank_and_quotes:rank": ("match", "[^a]*a[^b]*b[^a]*a"),
    "shell.interpreter:_is_mentioned": ("search", r"(?<!\S)--json(?![^\s:,;])"),
}
"""Patterns that are made while the program runs, with one as it is made."""


EVERY = 1 if os.environ.get("FULL_SIZE") else 50
"""Each pattern has some 2,000 hostile texts: all of them are tried by `make attack`, and one of 50 by `make test`."""


@lru_cache(maxsize=1)
def found() -> tuple[list[Found], list[str]]:
    patterns, made = find_patterns()
    return [
        one._replace(methods=frozenset({"match"})) if one.where in FROM_THE_START else one for one in patterns
    ], made


@pytest.mark.parametrize("package", ["", *PACKAGES])
def test_patterns_take_time_by_the_length_of_a_hostile_text(package: str) -> None:
    patterns = [
        one for one in found()[0] if one.where.partition(":")[0].rpartition(".")[0].partition(".")[0] == package
    ]

    slow = {one.where: find_slow(one.pattern, one.methods, EVERY) for one in patterns if one.where not in HARMLESS}

    assert {where: text for where, text in slow.items() if text} == {}


def test_patterns_made_at_run_time_are_named_here() -> None:
    assert sorted(set(found()[1])) == sorted(MADE)


@pytest.mark.parametrize("where", [where for where, (method, _) in MADE.items() if method])
def test_patterns_made_at_run_time_are_linear_too(where: str) -> None:
    method, pattern = MADE[where]

    assert find_slow(re.compile(pattern), {method}) is None


def test_exceptions_are_patterns_that_there_are() -> None:
    assert {*HARMLESS, *FROM_THE_START} <= {one.where for one in found()[0]}


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\{\{\s*([^{}]*?)\s*\}\}", id="three that overlap"),
        pytest.param(r"<([^>]*)>", id="one that begins everywhere"),
        pytest.param(r"\s+$", id="blanks before an end"),
        pytest.param(r"(?:[a-z]+,?)+;", id="one in another"),
        pytest.param(r'form-data; name="([^,]*),', id="a word that is repeated"),
        pytest.param(rb"<([^>]*)>", id="bytes"),
    ],
)
def test_slow_pattern_is_found(pattern: str | bytes) -> None:
    assert find_slow(re.compile(pattern), frozenset({"finditer"})) is not None
