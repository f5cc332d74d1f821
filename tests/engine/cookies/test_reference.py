"""Any cookies over any URLs, beside a second reading of RFC 6265bis that shares no line with the first.

The reference below goes through sections 5.1 to 5.8 step by step, as they are written, slowly.
"""

from __future__ import annotations

import datetime
import random
import re
import time
from typing import Any

import pytest
from publicsuffixlist import PublicSuffixList

SUFFIXES = PublicSuffixList()
LIMIT = 400 * 86_400
LONG_AGO = -1e30
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
BLANK = " \t"

NAMES = ["a", "b", "A", "", "__Secure-a", "__Host-a", "__host-b", "\xe9", "a b", "a\tb", '"q"', "$Version", "x\x85y"]
VALUES = [
    "1",
    "2",
    "",
    '"x"',
    r'"a\"b"',
    "a=b",
    "\xe9",
    "\x85",
    "__Host-v",
    "__secure-v",
    "x,y",
    "v\tw",
    "=",
    "\xa0v\xa0",
]
HOSTS = [
    "example.com",
    "www.example.com",
    "b.a.example.com",
    "example.org",
    "a.co.uk",
    "b.co.uk",
    "127.0.0.1",
    "localhost",
]
PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/A", "/%61", "//a", "/a;x"]
ATTRIBUTES = {
    "Path": ["/", "/a", "/a/", "/a/b", "a", "", "/%61", "/ab", "//a", '"/a"', "/" + "p" * 1030],
    "Domain": [
        *HOSTS,
        *(f".{host}" for host in HOSTS),
        "",
        "com",
        "co.uk",
        ".",
        "EXAMPLE.com",
        "0.0.1",
        "example.com.",
    ],
    "Max-Age": ["0", "-1", "100", "abc", "50,399", "", '"5"', "+5", "1.5", "9" * 20, "-", "00", "0100"],
    "Expires": ["Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 21 Oct 2099 07:28:00 GMT", "Wed Oct 21 07:28:00 2099", "no", ""],
    "SameSite": ["None", "none", "Lax", "strict", "Bogus", ""],
    "Secure": ["", "no"],
    "HttpOnly": [""],
    "Version": ["1000"],
}


def is_address(host: str) -> bool:
    return ":" in host or re.fullmatch(r"\d+(\.\d+){3}", host) is not None


def domain_matches(text: str, domain: str) -> bool:
    return text == domain or (text.endswith("." + domain) and bool(domain) and not is_address(text))


def path_matches(request: str, cookie: str) -> bool:
    if request == cookie:
        return True
    return request.startswith(cookie) and (cookie.endswith("/") or request[len(cookie)] == "/")


def default_path(path: str) -> str:
    return "/" if path[:1] != "/" or path.count("/") == 1 else path[: path.rfind("/")]


def digits(token: str, least: int, most: int) -> int | None:
    count = len(token) - len(token.lstrip("0123456789"))
    return int(token[:count]) if least <= count <= most else None


def clock_of(token: str) -> tuple[int, int, int] | None:
    parts = token.split(":", 2)
    if len(parts) < 3 or not all(re.fullmatch("[0-9]{1,2}", part) for part in parts[:2]):
        return None
    last = digits(parts[2], 1, 2)
    return None if last is None else (int(parts[0]), int(parts[1]), last)


def read_date(text: str) -> float | None:
    """Section 5.1.1."""
    hms = day = month = year = None
    for token in re.split(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+", text):
        if hms is None and (found := clock_of(token)) is not None:
            hms = found
        elif day is None and (number := digits(token, 1, 2)) is not None:
            day = number
        elif month is None and token[:3].lower() in MONTHS:
            month = MONTHS.index(token[:3].lower()) + 1
        elif year is None and (number := digits(token, 2, 4)) is not None:
            year = number + (1900 if 70 <= number <= 99 else 2000 if number <= 69 else 0)
    if hms is None or day is None or month is None or year is None or year < 1601:
        return None
    try:
        return (datetime.datetime(year, month, day, *hms) - datetime.datetime(1970, 1, 1)).total_seconds()
    except ValueError:
        return None


def read_attributes(texts: list[str], path: str, now: float) -> dict[str, Any]:
    """Section 5.6: the last that is valid of each."""
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        name, value = name.strip(BLANK).lower(), value.strip(BLANK)
        if len(value) > 1024:
            continue
        if name == "expires" and (date := read_date(value)) is not None:
            found[name] = min(date, now + LIMIT)
        elif name == "max-age" and re.fullmatch("-?[0-9]+", value):
            found[name] = now + min(int(value), LIMIT) if int(value) > 0 else LONG_AGO
        elif name == "domain":
            found[name] = value.removeprefix(".").lower()
        elif name == "path":
            found[name] = value if value[:1] == "/" else default_path(path)
        elif name in ("secure", "httponly"):
            found[name] = True
        elif name == "samesite":
            found[name] = value.lower() if value.lower() in ("none", "lax", "strict") else "default"
    return found


class Reference:
    """A store of sections 5.7 and 5.8."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, bool, str], dict[str, Any]] = {}
        self.count = 0

    def receive(self, line: str, scheme: str, host: str, path: str) -> None:
        now = time.time()
        self.count += 1
        line = line.strip(BLANK)
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
            return
        pair, *rest = line.split(";")
        name, value = pair.split("=", 1) if "=" in pair else ("", pair)
        name, value = name.strip(BLANK), value.strip(BLANK)
        if len(name) + len(value) > 4096 or not name + value:
            return
        said = read_attributes(rest, path, now)
        domain = said.get("domain", "")
        if domain and not is_address(domain) and SUFFIXES.publicsuffix(domain) == domain:
            if domain != host:
                return
            domain = ""
        if domain and not domain_matches(host, domain):
            return
        made = {
            "name": name, "value": value, "domain": domain or host, "host-only": not domain,
            "path": said.get("path", default_path(path)), "secure": "secure" in said,
            "expiry": said.get("max-age", said.get("expires")), "created": self.count,
        }  # fmt: skip
        if not self.may_be_set(made, said, scheme):
            return
        key = (name, made["domain"], made["host-only"], made["path"])
        if key in self.kept:
            made["created"] = self.kept[key]["created"]
        self.kept[key] = made
        if made["expiry"] is not None and made["expiry"] <= now:
            del self.kept[key]

    def may_be_set(self, made: dict[str, Any], said: dict[str, Any], scheme: str) -> bool:
        if made["secure"] and scheme != "https":
            return False
        if not made["secure"] and scheme != "https":
            for other in self.kept.values():
                is_near = domain_matches(other["domain"], made["domain"]) or domain_matches(
                    made["domain"], other["domain"]
                )
                if (
                    other["secure"]
                    and other["name"] == made["name"]
                    and is_near
                    and path_matches(made["path"], other["path"])
                ):
                    return False
        if said.get("samesite") == "none" and not made["secure"]:
            return False
        name, value = made["name"].lower(), made["value"].lower()
        if name.startswith("__secure-") and not made["secure"]:
            return False
        is_whole = made["secure"] and made["host-only"] and "path" in said and made["path"] == "/"
        if name.startswith("__host-") and not is_whole:
            return False
        return bool(name) or not value.startswith(("__secure-", "__host-"))

    def send(self, scheme: str, host: str, path: str) -> str | None:
        chosen = [
            c
            for c in self.kept.values()
            if (c["domain"] == host if c["host-only"] else domain_matches(host, c["domain"]))
            and path_matches(path, c["path"])
            and (scheme == "https" or not c["secure"])
        ]
        chosen.sort(key=lambda c: (-len(c["path"]), c["created"]))
        return "; ".join(f"{c['name']}={c['value']}" if c["name"] else c["value"] for c in chosen) or None


def any_line(random_generator: random.Random) -> str:
    parts = [
        random_generator.choice(NAMES)
        + random_generator.choice(["=", "=", "=", " = ", ""])
        + random_generator.choice(VALUES)
    ]
    for _ in range(random_generator.choice([0, 1, 1, 2, 3, 5])):
        name = random_generator.choice(list(ATTRIBUTES))
        parts.append(
            random_generator.choice([name, name.lower()])
            + random_generator.choice(["=", "=", " = "])
            + random_generator.choice(ATTRIBUTES[name])
        )
    line = random_generator.choice([";", "; "]).join(parts)
    if random_generator.random() < 0.04:
        line = line[: len(line) // 2] + random_generator.choice("\x01\x7f\x1f\x08\x0b") + line[len(line) // 2 :]
    return line


@pytest.mark.parametrize("seed", range(20))
def test_what_is_sent_is_what_the_standard_says(web: Any, seed: int) -> None:
    random_generator, reference = random.Random(seed), Reference()

    for _ in range(20):
        scheme, host, path = (
            random_generator.choice(["http", "https"]),
            random_generator.choice(HOSTS),
            random_generator.choice(PATHS),
        )
        lines = [
            line
            for line in (any_line(random_generator) for _ in range(random_generator.choice([0, 1, 1, 2, 4])))
            if line.strip()
        ]
        expected = reference.send(scheme, host, path)
        web.visit(f"{scheme}://{host}{path}", *lines)

        assert web.site.seen[-1].cookie == expected, lines
        for line in lines:
            reference.receive(line, scheme, host, path)
