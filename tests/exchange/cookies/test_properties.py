"""What holds for every text that a server can send."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from callbox.exchange.cookies import Cookie, CookieRefusal, Jar, Stored, format_cookie
from callbox.exchange.cookies.cookie import parse_set_cookie
from callbox.exchange.cookies.policy import domain_matches, is_public_suffix, path_matches

# The list of public suffixes is read within the first example that needs it, so no example has a deadline.
unhurried = settings(deadline=None)

HOSTS = st.sampled_from(
    [
        *("example.com", "www.example.com", "a.b.example.com", "badexample.com", "example.org", "a.co.uk", "b.co.uk"),
        *("co.uk", "me.github.io", "you.github.io", "localhost", "a.localhost", "127.0.0.1", "0.0.1", "::1", "com"),
    ]
)
ATTRIBUTES = st.one_of(
    st.builds("Domain={}".format, st.one_of(HOSTS, HOSTS.map(lambda host: "." + host.upper()), st.text())),
    st.builds("Path={}".format, st.sampled_from(["/", "/a", "/a/", "/a/b", "x", ""])),
    st.builds("Max-Age={}".format, st.one_of(st.integers(-5, 10**12), st.text())),
    st.sampled_from(["Secure", "HttpOnly", "SameSite=None", "Expires=Thu, 01 Jan 1970 00:00:10 GMT"]),
    st.text(),
)
LINES = st.one_of(
    st.text(),
    st.text(st.characters(max_codepoint=255)),
    st.builds(
        lambda name, attributes: "; ".join([f"{name}=v", *attributes]),
        st.sampled_from(["a", "b", "", "__Host-a", "__Secure-a"]),
        st.lists(ATTRIBUTES, max_size=4),
    ),
)
PATHS = st.sampled_from(["/", "/a", "/a/b", "/ab", "", "*"])
RESPONSES = st.lists(st.tuples(HOSTS, PATHS, st.booleans(), st.lists(LINES, max_size=4)), max_size=6)


def filled(responses: list[tuple[str, str, bool, list[str]]]) -> Jar:
    jar = Jar()
    for now, (host, path, is_secure, lines) in enumerate(responses, 1):
        jar.store(host, path, is_secure, lines, float(now))
    return jar


@unhurried
@given(st.one_of(LINES, st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_parsing_never_raises(line: str) -> None:
    parse_set_cookie(line)


@unhurried
@given(RESPONSES)
def test_each_line_has_its_outcome(responses: list[tuple[str, str, bool, list[str]]]) -> None:
    jar = Jar()

    for host, path, is_secure, lines in responses:
        outcomes = jar.store(host, path, is_secure, lines, 1.0)
        assert len(outcomes) == len(lines)
        assert all(isinstance(outcome, Stored | CookieRefusal) for outcome in outcomes)


@unhurried
@given(RESPONSES, HOSTS, PATHS, st.booleans())
def test_what_is_sent_belongs_to_the_host(
    responses: list[tuple[str, str, bool, list[str]]], host: str, path: str, is_secure: bool
) -> None:
    jar = filled(responses)

    for cookie in jar.select(host, path, is_secure, 7.0):
        assert cookie.domain == host if cookie.host_only else domain_matches(host, cookie.domain)
        assert cookie.host_only or not is_public_suffix(cookie.domain)
        assert path_matches(path if path.startswith("/") else "/", cookie.path)
        assert is_secure or not cookie.secure


@unhurried
@given(RESPONSES, HOSTS, PATHS, st.booleans())
def test_nothing_that_belongs_is_left_out(
    responses: list[tuple[str, str, bool, list[str]]], host: str, path: str, is_secure: bool
) -> None:
    jar = filled(responses)
    request_path = path if path.startswith("/") else "/"

    sent = {cookie[:5] for cookie in jar.select(host, path, is_secure, 7.0)}

    assert sent == {
        cookie[:5]
        for cookie in jar
        if (cookie.domain == host or (not cookie.host_only and domain_matches(host, cookie.domain)))
        and path_matches(request_path, cookie.path)
        and (is_secure or not cookie.secure)
        and (cookie.expires is None or cookie.expires > 7.0)
    }


@unhurried
@given(RESPONSES)
def test_what_is_stored_can_be_sent(responses: list[tuple[str, str, bool, list[str]]]) -> None:
    for cookie in filled(responses):
        assert len(cookie.name) + len(cookie.value) <= 4096
        assert not any(ord(char) < 32 and char != "\t" for char in cookie.name + cookie.value + cookie.path)
        assert cookie.domain
        assert not cookie.expires or cookie.expires <= 6 + 400 * 86_400


@unhurried
@given(RESPONSES)
def test_no_two_cookies_share_a_key(responses: list[tuple[str, str, bool, list[str]]]) -> None:
    cookies = filled(responses).snapshot()

    keys = {(cookie.name, cookie.domain, cookie.host_only, cookie.path) for cookie in cookies}

    assert len(keys) == len(cookies)


@unhurried
@given(RESPONSES)
def test_version_tells_whether_the_jar_changed(responses: list[tuple[str, str, bool, list[str]]]) -> None:
    jar = Jar()
    for host, path, is_secure, lines in responses:
        before = (jar.version, {cookie[:9] for cookie in jar})
        jar.store(host, path, is_secure, lines[:1], 1.0)
        assert (jar.version != before[0]) == ({cookie[:9] for cookie in jar} != before[1])


@unhurried
@given(
    st.text(st.characters(codec="latin-1", exclude_characters=";=\x7f", exclude_categories=["Cc"]), min_size=1),
    st.text(st.characters(codec="latin-1", exclude_characters=";\x7f", exclude_categories=["Cc"])),
)
def test_printed_cookie_reads_as_the_same_pair(name: str, value: str) -> None:
    line = format_cookie(Cookie(name.strip(" ") or "n", value.strip(" "), "x.com", expires=10.0))

    result = parse_set_cookie(line)

    assert not isinstance(result, CookieRefusal)
    assert (result.name, result.value) == (name.strip(" ") or "n", value.strip(" "))
    assert (result.domain, result.expires) == ("x.com", 10.0)


def test_caps_hold_whatever_comes() -> None:
    chance = random.Random(7)
    jar = Jar()

    for now in range(180):
        host = f"h{chance.randrange(3)}.site{chance.randrange(120)}.{chance.choice(['com', 'co.uk', 'github.io'])}"
        rest = chance.choice(["", "; Secure", "; Domain=" + host.partition(".")[2], "; Max-Age=50"])
        jar.store(host, "/", True, [f"n{chance.randrange(999)}=v{rest}" for _ in range(chance.randrange(250))], now)

    sites: dict[str, int] = {}
    for cookie in jar:
        owner = ".".join(cookie.domain.split(".")[-3 if cookie.domain.endswith(("uk", "io")) else -2 :])
        sites[owner] = sites.get(owner, 0) + 1
    assert len(jar) <= 12_000
    assert max(sites.values()) <= 180
