"""WWW-Authenticate read by RFC 9110 section 11.6.1, and out of any text without a complaint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.auth_schemes import Challenge, read_challenges, read_parameters


def C(scheme: str, token: str = "", **parameters: str) -> Challenge:
    return Challenge(scheme, parameters, token)


@check_rows(
    ("line", "expected"),
    [
        pytest.param("Basic", [C("basic")], id="alone"),
        pytest.param('Basic realm="a"', [C("basic", realm="a")], id="one"),
        pytest.param("BASIC Realm=a", [C("basic", realm="a")], id="names-ignore-case"),
        pytest.param('Basic realm="a", charset="UTF-8"', [C("basic", realm="a", charset="UTF-8")], id="two-parameters"),
        pytest.param('Basic realm="a", Digest nonce=b', [C("basic", realm="a"), C("digest", nonce="b")], id="two"),
        pytest.param(
            'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
            [C("newauth", realm="apps", type="1", title='Login to "apps"'), C("basic", realm="simple")],
            id="the-rfc's-own",
        ),
        pytest.param('Basic realm="a, Digest nonce=b"', [C("basic", realm="a, Digest nonce=b")], id="comma-in-quotes"),
        pytest.param("Negotiate YII=, Basic realm=a", [C("negotiate", "YII="), C("basic", realm="a")], id="token68"),
        pytest.param("NTLM, Negotiate", [C("ntlm"), C("negotiate")], id="schemes-alone"),
        pytest.param("Bearer a.b-c_d~e+f/g==", [C("bearer", "a.b-c_d~e+f/g==")], id="every-token-character"),
        pytest.param(",, Basic ,realm=a,, ,b=c,", [C("basic", realm="a", b="c")], id="empty-elements"),
        pytest.param('Basic realm = "a" , b= c', [C("basic", realm="a", b="c")], id="blanks-around-equals"),
        pytest.param("Basic realm=a, realm=b", [C("basic", realm="a")], id="the-first-of-two"),
        pytest.param('Basic realm=""', [C("basic", realm="")], id="empty-value"),
        pytest.param('Basic realm="a', [C("basic", realm="a")], id="unclosed"),
        pytest.param('Basic realm="a\\', [C("basic", realm="a")], id="unclosed-in-an-escape"),
        pytest.param('Digest realm="a" nonce="b"', [C("digest", realm="a", nonce="b")], id="comma-forgotten"),
        pytest.param('"x" @ Basic realm=a', [C("basic", realm="a")], id="junk-before"),
        pytest.param("", [], id="nothing"),
        pytest.param("é", [], id="no-token"),
    ],
)
def test_a_line_is_read(line: str, expected: list[Challenge]) -> None:
    assert read_challenges([line]) == expected


def test_lines_are_read_in_order() -> None:
    assert [c.scheme for c in read_challenges(["Basic realm=a", "Digest realm=b, Bearer"])] == [
        "basic", "digest", "bearer",
    ]  # fmt: skip


def test_parameters_without_a_scheme_are_read() -> None:
    assert read_parameters('nextnonce="a b", qop=auth,nc=1') == {"nextnonce": "a b", "qop": "auth", "nc": "1"}


@given(st.text(alphabet='Digest ="\\,;-é\t\n01', max_size=200) | st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    for challenge in read_challenges([text]):
        assert challenge.scheme == challenge.scheme.lower() != ""
    read_parameters(text)


_WORDS = st.text(alphabet="abcXYZ-0", min_size=1, max_size=8)


@given(
    st.lists(st.tuples(_WORDS, st.dictionaries(_WORDS.map(str.lower), st.text(max_size=20), max_size=4)), max_size=4)
)
def test_what_is_written_is_read_again(challenges: list[tuple[str, dict[str, str]]]) -> None:
    def quote(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    line = ", ".join(f"{s} " + ", ".join(f"{n}={quote(v)}" for n, v in p.items()) for s, p in challenges)

    assert read_challenges([line]) == [Challenge(s.lower(), p) for s, p in challenges]


@pytest.mark.parametrize(
    "text",
    ['a="', '\\"', 'Digest a="\\', "Digest ", "a" + "=", ",", "a, ", " ", 'x="\\",', "@", "a=b c"],
)
def test_time_grows_with_the_length_and_no_faster(text: str) -> None:
    def read(kilobytes: int) -> None:
        read_challenges(['Digest realm="' * (text == '\\"') + text * (kilobytes * 1024 // len(text))])

    assert_linear(read, 16, 128, most=30)
