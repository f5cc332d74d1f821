"""RFC 6265bis section 5.7, step by step: what a response may set."""

import pytest

from callbox.exchange.cookies import Cookie, CookieRefusal, Jar, Outcome, Stored

NOW = 1_000_000_000.0
DAY = 86_400


def accept_cookie(line: str, host: str = "www.example.com", path: str = "/a/b", is_secure: bool = True) -> Outcome:
    (outcome,) = Jar().store(host, path, is_secure, [line], NOW)
    return outcome


def stored(line: str, host: str = "www.example.com", path: str = "/a/b", is_secure: bool = True) -> Cookie:
    outcome = accept_cookie(line, host, path, is_secure)
    assert isinstance(outcome, Stored), outcome
    return outcome.cookie


def refused(line: str, host: str = "www.example.com", is_secure: bool = True) -> str:
    outcome = accept_cookie(line, host, is_secure=is_secure)
    assert isinstance(outcome, CookieRefusal), outcome
    return outcome.reason


class TestFields:
    def test_every_field_of_a_plain_cookie(self) -> None:
        assert stored("sid=1") == Cookie(
            "sid", "1", "www.example.com", "/a", host_only=True, created=NOW, last_access=NOW
        )

    def test_every_field_of_a_full_cookie(self) -> None:
        line = "sid=1; Domain=example.com; Path=/x; Secure; HttpOnly; SameSite=Lax; Max-Age=60"

        assert stored(line) == Cookie(
            "sid",
            "1",
            "example.com",
            "/x",
            host_only=False,
            secure=True,
            http_only=True,
            same_site="Lax",
            expires=NOW + 60,
            created=NOW,
            last_access=NOW,
        )


class TestStep6Expiry:
    def test_none_is_a_session_cookie(self) -> None:
        assert stored("a=b").expires is None

    def test_max_age_counts_from_now(self) -> None:
        assert stored("a=b; Max-Age=5").expires == NOW + 5

    def test_expires_is_a_moment(self) -> None:
        assert stored("a=b; Expires=Mon, 10 Sep 2001 00:00:00 GMT").expires == 1_000_080_000.0

    @pytest.mark.parametrize("order", ["Max-Age=5; Expires={}", "Expires={}; Max-Age=5"])
    def test_max_age_goes_before_expires(self, order: str) -> None:
        line = "a=b; " + order.format("Mon, 10 Sep 2001 00:00:00 GMT")

        assert stored(line).expires == NOW + 5

    def test_bad_max_age_leaves_expires(self) -> None:
        line = "a=b; Max-Age=abc; Expires=Mon, 10 Sep 2001 00:00:00 GMT"

        assert stored(line).expires == 1_000_080_000.0

    @pytest.mark.parametrize("attribute", ["Max-Age=" + "9" * 1000, "Expires=31 Dec 9999 23:59:59"])
    def test_life_is_400_days_at_most(self, attribute: str) -> None:
        assert stored(f"a=b; {attribute}").expires == NOW + 400 * DAY


class TestSteps7To10Domain:
    def test_without_domain_is_host_only(self) -> None:
        cookie = stored("a=b")

        assert (cookie.domain, cookie.host_only) == ("www.example.com", True)

    @pytest.mark.parametrize("domain", ["", ".", "  "])
    def test_empty_domain_is_host_only(self, domain: str) -> None:
        assert stored(f"a=b; Domain={domain}").host_only

    @pytest.mark.parametrize("domain", ["example.com", ".example.com", "EXAMPLE.COM", ".Example.Com"])
    def test_domain_above_the_host(self, domain: str) -> None:
        cookie = stored(f"a=b; Domain={domain}")

        assert (cookie.domain, cookie.host_only) == ("example.com", False)

    def test_domain_of_the_host_itself_opens_it(self) -> None:
        assert not stored("a=b; Domain=www.example.com").host_only

    @pytest.mark.parametrize(
        "domain", ["example.org", "a.www.example.com", "ample.com", "example.com.", "..com", "::1"]
    )
    def test_foreign_domain_is_refused(self, domain: str) -> None:
        assert refused(f"a=b; Domain={domain}") == f"www.example.com may not set cookies for {domain.removeprefix('.')}"

    def test_domain_outside_ascii_is_refused(self) -> None:
        assert refused("a=b; Domain=\xe9xample.com") == "its Domain is not ASCII"

    def test_the_last_domain_decides(self) -> None:
        assert stored("a=b; Domain=example.org; Domain=example.com").domain == "example.com"

    def test_domain_over_1024_is_ignored(self) -> None:
        assert stored("a=b; Domain=" + "x" * 1025).host_only

    @pytest.mark.parametrize(
        ("host", "suffix"),
        [("a.co.uk", "co.uk"), ("www.example.com", "com"), ("me.github.io", "github.io"), ("a.localhost", "localhost")],
    )
    def test_public_suffix_is_refused(self, host: str, suffix: str) -> None:
        assert refused(f"a=b; Domain={suffix}", host).startswith(f"{suffix} is a public suffix")

    @pytest.mark.parametrize("host", ["github.io", "localhost", "co.uk"])
    def test_public_suffix_that_is_the_host_is_host_only(self, host: str) -> None:
        cookie = stored(f"a=b; Domain={host}", host)

        assert (cookie.domain, cookie.host_only) == (host, True)

    @pytest.mark.parametrize("domain", ["0.0.1", "1", "0.1"])
    def test_part_of_an_address_is_refused(self, domain: str) -> None:
        assert refused(f"a=b; Domain={domain}", "127.0.0.1") == f"127.0.0.1 may not set cookies for {domain}"

    def test_address_may_name_itself(self) -> None:
        assert stored("a=b; Domain=127.0.0.1", "127.0.0.1").domain == "127.0.0.1"

    def test_ipv6_host_loses_its_brackets(self) -> None:
        assert stored("a=b", "[::1]").domain == "::1"


class TestStep11Path:
    @pytest.mark.parametrize("attribute", ["", "; Path", "; Path=", "; Path=x", "; Path=/x; Path="])
    def test_default_path(self, attribute: str) -> None:
        assert stored("a=b" + attribute, path="/a/b/c").path == "/a/b"

    def test_path_is_kept_as_received(self) -> None:
        assert stored("a=b; Path=/%7eX//y/../").path == "/%7eX//y/../"


class TestSteps12And13Secure:
    def test_secure_over_http_is_refused(self) -> None:
        assert refused("a=b; Secure", is_secure=False) == "it is Secure, but it came over http"

    def test_secure_over_https_is_stored(self) -> None:
        assert stored("a=b; Secure").secure

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
    def test_localhost_is_trusted_when_told(self, host: str) -> None:
        jar = Jar(trust_localhost=True)

        jar.store(host, "/", False, ["a=b; Secure"], NOW)

        assert jar.header(host, "/", False, NOW) == "a=b"

    def test_localhost_is_not_trusted_untold(self) -> None:
        assert refused("a=b; Secure", "localhost", is_secure=False)

    def test_other_hosts_are_not_trusted(self) -> None:
        (outcome,) = Jar(trust_localhost=True).store("example.com", "/", False, ["a=b; Secure"], NOW)

        assert isinstance(outcome, CookieRefusal)


class TestStep16LeaveSecureCookiesAlone:
    HIDES = {
        "same": ("www.example.com", "a=old; Secure; Path=/x", "a=new; Path=/x"),
        "deeper-path": ("www.example.com", "a=old; Secure; Path=/x", "a=new; Path=/x/y"),
        "domain-above": ("www.example.com", "a=old; Secure; Path=/x", "a=new; Path=/x; Domain=example.com"),
        "domain-below": ("www.example.com", "a=old; Secure; Path=/x; Domain=example.com", "a=new; Path=/x"),
        "deletion": ("www.example.com", "a=old; Secure; Path=/x", "a=; Path=/x; Max-Age=0"),
        "address": ("127.0.0.1", "a=old; Secure; Path=/x", "a=new; Path=/x"),
        "single-label": ("localhost", "a=old; Secure; Path=/x", "a=new; Path=/x"),
        "nameless": ("www.example.com", "old; Secure; Path=/x", "new; Path=/x"),
    }

    @pytest.mark.parametrize(("host", "secure", "insecure"), HIDES.values(), ids=HIDES)
    def test_http_may_not_hide_a_secure_cookie(self, host: str, secure: str, insecure: str) -> None:
        jar = Jar()
        jar.store(host, "/", True, [secure], NOW)

        (outcome,) = jar.store(host, "/", False, [insecure], NOW)

        assert isinstance(outcome, CookieRefusal)
        assert [cookie.value for cookie in jar] == ["old"]

    ALLOWED = {
        "other-name": "b=new; Path=/x",
        "path-above": "a=new; Path=/",
        "path-beside": "a=new; Path=/y",
        "name-in-other-case": "A=new; Path=/x",
    }

    @pytest.mark.parametrize("line", ALLOWED.values(), ids=ALLOWED)
    def test_http_may_set_others(self, line: str) -> None:
        jar = Jar()
        jar.store("www.example.com", "/", True, ["a=old; Secure; Path=/x"], NOW)

        jar.store("www.example.com", "/", False, [line], NOW)

        assert len(jar) == 2

    def test_http_may_set_the_same_name_on_another_site(self) -> None:
        jar = Jar()
        jar.store("www.example.com", "/", True, ["a=old; Secure"], NOW)

        (outcome,) = jar.store("www.example.org", "/", False, ["a=new"], NOW)

        assert isinstance(outcome, Stored)

    def test_http_may_set_it_on_a_sibling(self) -> None:
        jar = Jar()
        jar.store("one.example.com", "/", True, ["a=old; Secure"], NOW)

        (outcome,) = jar.store("two.example.com", "/", False, ["a=new"], NOW)

        assert isinstance(outcome, Stored)

    def test_a_subdomain_of_localhost_counts_as_below_it(self) -> None:
        jar = Jar()
        jar.store("a.b.localhost", "/", True, ["a=old; Secure; Path=/"], NOW)

        (outcome,) = jar.store("localhost", "/", False, ["a=new; Path=/"], NOW)

        assert isinstance(outcome, CookieRefusal)

    def test_a_secure_cookie_put_on_a_single_label_counts_above(self) -> None:
        jar = Jar()
        jar.put(Cookie("a", "old", "localhost", secure=True, host_only=False), NOW)

        (outcome,) = jar.store("a.b.localhost", "/", False, ["a=new; Path=/"], NOW)

        assert isinstance(outcome, CookieRefusal)

    def test_https_may_replace_it_by_an_insecure_one(self) -> None:
        jar = Jar()
        jar.store("www.example.com", "/", True, ["a=old; Secure; Path=/"], NOW)

        jar.store("www.example.com", "/", True, ["a=new; Path=/"], NOW)

        assert [(cookie.value, cookie.secure) for cookie in jar] == [("new", False)]


class TestStep19SameSiteNone:
    def test_without_secure_is_refused(self) -> None:
        assert refused("a=b; SameSite=None") == "it has SameSite=None without Secure"

    def test_with_secure_is_stored(self) -> None:
        assert stored("a=b; SameSite=None; Secure").same_site == "None"


class TestSteps20To22Prefixes:
    BAD = {
        "secure-without-secure": "__Secure-a=1",
        "secure-in-capitals": "__SECURE-a=1",
        "secure-in-small": "__secure-a=1",
        "host-without-secure": "__Host-a=1; Path=/",
        "host-with-domain": "__Host-a=1; Path=/; Secure; Domain=example.com",
        "host-with-domain-of-the-host": "__Host-a=1; Path=/; Secure; Domain=www.example.com",
        "host-without-path": "__Host-a=1; Secure",
        "host-with-other-path": "__Host-a=1; Secure; Path=/a",
        "host-in-small": "__host-a=1; Secure",
        "nameless-secure": "=__Secure-a=1; Secure",
        "nameless-host": "=__Host-a=1; Secure; Path=/",
        "nameless-host-in-capitals": "__HOST-a; Secure; Path=/",
        "bare-prefix": "__Host-=1; Secure",
    }

    @pytest.mark.parametrize("line", BAD.values(), ids=BAD)
    def test_prefix_is_not_honoured(self, line: str) -> None:
        assert "__" in refused(line)

    GOOD = {
        "secure": "__Secure-a=1; Secure",
        "secure-with-domain": "__Secure-a=1; Secure; Domain=example.com",
        "host": "__Host-a=1; Secure; Path=/",
        "host-with-empty-domain": "__Host-a=1; Secure; Path=/; Domain=",
        "inside": "a__Host-=1",
        "other-word": "__Hostess=1",
        "in-the-value-of-a-named": "a=__Host-b",
    }

    @pytest.mark.parametrize("line", GOOD.values(), ids=GOOD)
    def test_prefix_is_honoured(self, line: str) -> None:
        assert stored(line)

    def test_default_path_of_the_root_will_do_for_host(self) -> None:
        assert stored("__Host-a=1; Secure; Path=", path="/").path == "/"

    def test_absent_path_will_not_do_for_host_even_at_the_root(self) -> None:
        outcome = accept_cookie("__Host-a=1; Secure", path="/")

        assert isinstance(outcome, CookieRefusal)


class TestStep23Replace:
    def test_the_same_key_is_replaced(self) -> None:
        jar = Jar()
        jar.store("a.x.com", "/", True, ["s=1"], NOW)

        (outcome,) = jar.store("a.x.com", "/", True, ["s=2; HttpOnly"], NOW + 5)

        assert isinstance(outcome, Stored)
        assert outcome.before is not None
        assert (outcome.before.value, outcome.cookie.value, len(jar)) == ("1", "2", 1)

    def test_replacing_keeps_the_creation_time(self) -> None:
        jar = Jar()
        jar.store("a.x.com", "/", True, ["s=1"], NOW)
        jar.store("a.x.com", "/", True, ["s=2"], NOW + 5)

        (cookie,) = jar

        assert (cookie.created, cookie.last_access) == (NOW, NOW + 5)

    OTHERS = {
        "name-case": "S=2",
        "host-only-flag": "s=2; Domain=a.x.com",
        "domain": "s=2; Domain=x.com",
        "path": "s=2; Path=/y",
        "path-slash": "s=2; Path=/y/",
        "nameless": "s",
    }

    @pytest.mark.parametrize("line", OTHERS.values(), ids=OTHERS)
    def test_another_key_stands_beside_it(self, line: str) -> None:
        jar = Jar()

        jar.store("a.x.com", "/", True, ["s=1", line], NOW)

        assert len(jar) == 2

    def test_there_is_one_nameless_cookie_for_a_key(self) -> None:
        jar = Jar()

        jar.store("a.x.com", "/", True, ["one", "=two"], NOW)

        assert [(cookie.name, cookie.value) for cookie in jar] == [("", "two")]


class TestExpiredCookies:
    @pytest.mark.parametrize(
        "attribute",
        ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Sun Sep 9 01:46:40 2001"],
    )
    def test_expired_line_removes(self, attribute: str) -> None:
        jar = Jar()
        jar.store("x.com", "/", True, ["a=b"], NOW - 10)

        (outcome,) = jar.store("x.com", "/", True, [f"a=; {attribute}"], NOW)

        assert isinstance(outcome, Stored)
        assert (outcome.is_removal, outcome.is_change, len(jar)) == (True, True, 0)

    def test_lines_are_followed_in_order(self) -> None:
        jar = Jar()

        jar.store("x.com", "/", True, ["a=1", "b=1; Max-Age=0", "a=; Max-Age=0", "b=2"], NOW)

        assert jar.header("x.com", "/", True, NOW) == "b=2"

    def test_removing_what_is_not_there_is_no_change(self) -> None:
        (outcome,) = Jar().store("x.com", "/", True, ["a=; Max-Age=0"], NOW)

        assert isinstance(outcome, Stored)
        assert not outcome.is_change

    def test_removal_needs_the_same_key(self) -> None:
        jar = Jar()

        jar.store("a.x.com", "/", True, ["a=1", "a=; Max-Age=0; Domain=x.com"], NOW)

        assert len(jar) == 1
