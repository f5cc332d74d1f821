from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.variables.environment_file_parser import read_dotenv, unread_line


def test_dotenv_values() -> None:
    text = "\ufeffA = 1\nexport B='x # y'\nC=z # remark\n#D=1\nE=\nbad line"

    assert read_dotenv(text) == {"A": "1", "B": "x # y", "C": "z", "E": ""}


@check_rows(
    ("text", "value"),
    [
        pytest.param('A="a # b" # c', "a # b", id="comment behind quotes"),
        pytest.param("A='a # b'  # c", "a # b", id="comment behind single quotes"),
        pytest.param('A="one\ntwo" # c\nB=1', "one\ntwo", id="two lines"),
        pytest.param('A="one\r\ntwo"\r\nB=1', "one\ntwo", id="two lines of Windows"),
        pytest.param("A='one\ntwo'", "one\ntwo", id="two lines in single quotes"),
        pytest.param(r'A="one\ntwo\ttab \"q\" C:\\dir \d"', 'one\ntwo\ttab "q" C:\\dir \\d', id="escapes"),
        pytest.param(r"A='one\ntwo'", r"one\ntwo", id="no escapes in single quotes"),
        pytest.param(r"A=one\ntwo", r"one\ntwo", id="no escapes without quotes"),
        pytest.param("A=it's", "it's", id="apostrophe"),
        pytest.param("A='it's'", "it's", id="apostrophe in quotes"),
        pytest.param('A="open', '"open', id="open quote"),
        pytest.param('A="open\nB="x"', '"open', id="open quote above another entry"),
        pytest.param("A=x # c", "x", id="comment"),
        pytest.param("A=x#c", "x#c", id="no comment"),
        pytest.param("A=", "", id="empty"),
        pytest.param("A=\nB=1", "", id="empty above another"),
        pytest.param("A= # c", "", id="comment alone"),
        pytest.param("A=#fff", "#fff", id="no comment alone"),
        pytest.param("  export A = x  ", "x", id="export"),
    ],
)
def test_value_of_a_dotenv_entry(text: str, value: str) -> None:
    entries = read_dotenv(text)

    assert entries["A"] == value
    assert set(entries) == ({"A", "B"} if "\nB=" in text else {"A"})


@check_rows(
    ("text", "line"),
    [
        pytest.param('A="one\ntwo"\nB=1\n', 0, id="two lines"),
        pytest.param('A="one\ntwo"\n\n# c\nB\n', 5, id="below two lines"),
        pytest.param("A=1\ntwo\n", 2, id="second"),
    ],
)
def test_line_that_is_no_entry(text: str, line: int) -> None:
    assert unread_line(text) == line
