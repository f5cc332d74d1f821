"""A description of an API as `.http` files: one file, or a file for each tag; its servers as environments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from callbox.convert.operation_request_block import Names, RequestBlock, make_block, one_line, server_url
from callbox.exchange.response_filename import safe_name
from callbox.openapi.description_model import Api, Operation, split_path

_NOT_IN_SLUG = re.compile(r"[\W_]+")
MAX_ENVIRONMENTS = 50
MAX_ENVIRONMENT_NAME = 24
"""The most characters of a description that is used as a name."""


class GeneratedScript(NamedTuple):
    """A `.http` file that is generated from a description."""

    stem: str
    """The name of the file without its folder and `.http`; `""` for all operations in one file."""
    head: str
    blocks: tuple[RequestBlock, ...]

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join([self.head, *(block.text for block in self.blocks)]) if self.head else self._blocks

    @property
    def _blocks(self) -> str:
        return "\n".join(block.text for block in self.blocks)


class Converted(NamedTuple):
    """The result of the conversion of a description."""

    scripts: tuple[GeneratedScript, ...]
    environments: Mapping[str, str]
    """The environments, each with its base URL, the default first; {} if there is only one server."""
    problems: tuple[str, ...]
    """The parts that could not be written, each with its operation."""


def convert_description(api: Api, *, is_folder: bool = False, has_environments: bool = True) -> Converted:
    """The `.http` files of a description; with `is_folder` one for each tag.

    With `has_environments` the base of several servers is in environments, else it is a variable of each file.

    >>> from callbox.openapi.description_compiler import compile_text
    >>> api = Api(compile_text('''{"openapi": "3.1.0", "info": {"title": "Books", "version": "2"}, "servers": [
    ...   {"url": "https://books.test/v1"}], "paths": {"/books/{id}": {"get": {"summary": "Get a book"}}}}''', ""))
    >>> print(convert_description(api).scripts[0].text)
    # Books 2
    @base = https://books.test/v1
    <BLANKLINE>
    ### Get a book
    # @name GET_books_id
    # @operation GET /books/{id}
    @id = string
    GET {{base}}/books/{{id}}
    <BLANKLINE>
    """
    environments = environments_of(api) if has_environments else {}
    names, schemes = Names(), {scheme.name: scheme for scheme in api.schemes}
    files: dict[str, list[RequestBlock]] = {}
    problems = []
    for operation in operations_of(api):
        block = make_block(api, operation, names.take(operation), schemes)
        if block.problem:
            problems.append(f"{block.key}: {block.problem}")
        if block.text:
            files.setdefault(_stem(operation) if is_folder else "", []).append(block)
    scripts = tuple(
        GeneratedScript(stem, _head(api, environments, blocks), tuple(blocks)) for stem, blocks in files.items()
    )
    return Converted(scripts, environments, tuple(problems))


def operations_of(api: Api) -> Iterator[Operation]:
    """All operations, path by path."""
    for node in api.walk():
        yield from api.operations(node)


def environments_of(api: Api) -> dict[str, str]:
    """An environment for each different server URL, named by the description of the server, else by its host."""
    found: dict[str, str] = {}
    urls: set[str] = set()
    for server in api.servers[:MAX_ENVIRONMENTS]:
        url = server_url(server, api.source)
        if url in urls:
            continue
        urls.add(url)
        own = _slug(server.description)
        stem = (own if len(own) <= MAX_ENVIRONMENT_NAME else "") or _slug(urlsplit(url).hostname or "") or "server"
        name, number = stem, 1
        while name in found:
            number += 1
            name = f"{stem}-{number}"
        found[name] = url
    return found if len(found) > 1 else {}


def _head(api: Api, environments: Mapping[str, str], blocks: Sequence[RequestBlock]) -> str:
    """The lines above the requests: the title, and the base where a request has it."""
    title = one_line(api.label or "API without a title")
    lines = [f"# {title.lstrip('@#/ ')}".rstrip()]
    if environments:
        lines.append(f"# base is in http-client.env.json; environments (-e NAME): {', '.join(environments)}")
    elif any("{{base}}" in block.text for block in blocks):
        lines.append(f"@base = {server_url(api.servers[0], api.source)}")
    return "\n".join(lines) + "\n"


def _stem(operation: Operation) -> str:
    """The name of an operation's file: its first tag, else the first segment of its path."""
    segments = [one for one in split_path(operation.path)[0] if one and not one.startswith("{")]
    names = (safe_name(_slug(text)) for text in (*operation.tags[:1], *segments[:1]))
    return next(filter(None, names), "api")


def _slug(text: str) -> str:
    """A text as a part of a file name: lower case, words of letters and digits of any script joined by `-`.

    >>> _slug("User accounts (v2)"), _slug("Bücher/../x")
    ('user-accounts-v2', 'bücher-x')
    """
    return _NOT_IN_SLUG.sub("-", text[:200]).strip("-").lower()
