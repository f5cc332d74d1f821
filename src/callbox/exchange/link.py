"""The Link header (RFC 8288), read in one pass."""

from __future__ import annotations

import re

# RFC 3986 allows no `<` within a reference; and where it ends the search, `<<<` takes no more time than its length.
_LINK = re.compile(r"<([^<>]*+)>((?:\s*+;\s*+[^;,=\s]++(?:\s*+=\s*+(?:\"(?:[^\"\\]|\\.)*+\"|[^\",;\s]*+))?+)*+)")
_PARAMETER = re.compile(r";\s*+([^;,=\s]++)\s*+(?:=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^\",;\s]*+)))?+")


def parse_links(value: str) -> list[dict[str, str]]:
    """Each link as a dictionary of its parameters and its `url`.

    >>> parse_links('</b?page=2>; rel="next", </b?page=9>; rel=last')
    [{'url': '/b?page=2', 'rel': 'next'}, {'url': '/b?page=9', 'rel': 'last'}]
    """
    links = []
    for match in _LINK.finditer(value):
        link = {"url": match[1].strip()}
        for name, quoted, bare in _PARAMETER.findall(match[2]):
            # Single quotes are no quotes in RFC 8288, and no part of any relation either.
            link.setdefault(name.lower(), quoted.replace('\\"', '"') or bare.strip("'"))
        links.append(link)
    return links
