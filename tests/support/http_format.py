"""Format a `.http` file so that every dialect reads the same requests from it, and compare two files by meaning.

The comments of a block are gathered above its request line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from callbox.httpfile.model import (
    Body,
    Directive,
    Expectation,
    FileReference,
    Handler,
    Piece,
    RunCommand,
    Script,
    Step,
    Variable,
)
from callbox.httpfile.source_and_diagnostics import Text, joined


def format(script: Script) -> str:
    """The text of a file that says what the script says.

    >>> from callbox.httpfile.parser.file_and_blocks import parse
    >>> print(format(parse("get http://localhost/a\\n  ?b=1\\naccept : text/plain")), end="")
    GET http://localhost/a?b=1
    accept: text/plain
    """
    blocks = [block for block in _blocks(script) if block]
    if not blocks:
        return ""
    texts = ["\n".join(block) for block in blocks]
    first = texts[0].removeprefix("###\n")
    return "\n\n".join([first, *texts[1:]]) + "\n"


def _blocks(script: Script) -> Iterator[list[str]]:
    head = list(_head(script))
    yield ["###", *head] if head else []
    yield from _recorded(script, 0)
    for step in script.steps:
        above = [found for found in script.variables if found.step == step.number and step.number > 1]
        yield list(_step(step, above if step.number > 1 else _after(script, 1)))
        yield from _recorded(script, step.number)
    below = [found for found in script.variables if found.step > len(script.steps) and found.step > 1]
    yield ["###", *map(_variable, below)] if below else []


def _after(script: Script, number: int) -> list[Variable]:
    return [found for found in script.variables if found.step == number and found.is_after_request]


def _head(script: Script) -> Iterator[str]:
    """The parts that belong to no request, and the variables that stand above the first."""
    yield from map(_comment, script.comments)
    yield from map(_directive, script.directives)
    yield from (f"import {found.path.text}" for found in script.imports)
    for handler in script.handlers:
        yield from _handler(handler)
    yield from (_variable(found) for found in script.variables if found.step == 1 and not found.is_after_request)


def _recorded(script: Script, number: int) -> Iterator[list[str]]:
    for found in script.recorded:
        if found.step == number:
            yield ["###", *(line.text for line in found.lines)]


def _step(step: Step, variables: Sequence[Variable]) -> Iterator[str]:
    yield f"### {step.title}" if step.title else "###"
    yield from _above(step)
    yield from (_variable(found) for found in variables if not found.is_after_request)
    yield from _request(step)
    yield from _below(step)
    after = [_variable(found) for found in variables if found.is_after_request]
    if after:
        yield from ("", *after)


def _above(step: Step) -> Iterator[str]:
    yield from map(_comment, step.comments)
    yield from map(_directive, step.directives)
    if not _has_script_checks(step):
        yield from (f"# @expect {_expectation(found)}" for found in step.expectations)
    yield from (f"# @capture {found.name} = {found.path.text}" for found in step.captures)
    for handler in step.handlers:
        if handler.kind != "after":
            yield from _handler(handler)
    yield from map(_run, step.runs)


def _has_script_checks(step: Step) -> bool:
    """JavaScript can only stand below the request; the other checks go with it, to keep their order."""
    return any(found.subject == "other" for found in step.expectations)


def _below(step: Step) -> Iterator[str]:
    after = [handler for handler in step.handlers if handler.kind == "after"]
    checks = step.expectations if _has_script_checks(step) else ()
    if after or checks or step.outputs:
        yield ""
    for handler in after:
        yield from _handler(handler)
    yield from (f"{output.mark} {output.path.text}" for output in step.outputs)
    for found in checks:
        yield f"?? {found.text if found.subject == 'other' else _expectation(found)}"


def _request(step: Step) -> Iterator[str]:
    if step.is_broken:
        yield step.target
        yield from joined(step.body.texts).split("\n")[:-1]
        return
    if step.command:
        yield from (line.text for line in step.command)
        return
    if not step.method:
        return
    version = f"HTTP/{step.http_version}" if step.http_version else ""
    yield " ".join(word for word in (_method(step), step.target, version) if word)
    if step.is_graphql and step.method != "POST":
        yield "X-Request-Type: GraphQL"
    yield from (f"{line.name.text}: {line.text}".rstrip() for line in step.headers)
    if step.body.kind != "none":
        yield ""
        yield from _body(step.body)


def _method(step: Step) -> str:
    if step.is_graphql and step.method == "POST":
        return "GRAPHQL"
    return "SSE" if step.protocol == "sse" else step.method


def _body(body: Body) -> Iterator[str]:
    yield _pieces(body.pieces, is_form=body.kind == "form")
    if body.variables:
        yield ""
        yield _pieces(body.variables)


def _pieces(pieces: Iterable[Piece], *, is_form: bool = False) -> str:
    texts = [piece.text if isinstance(piece, Text) else _file(piece, is_form) for piece in pieces]
    text = "".join(texts).replace("\r\n", "\n").strip("\n")
    if is_form and text.startswith("@"):
        return text.replace("&", "\n&", 1)  # on one line it would be a variable
    return text


def _file(reference: FileReference, is_form: bool) -> str:
    mark = f"<@{reference.encoding}" if reference.is_substituted else "<"
    line = f"{mark} {reference.path.text}"
    return f"\n{line}\n" if is_form else line


def _comment(comment: Text) -> str:
    if not comment.text.startswith(("#", "//")):
        return f"# {comment.text}"  # a line of /* .. */
    # in the first column ### would begin a block
    return f" {comment.text}" if comment.text.startswith("###") else comment.text


def _directive(directive: Directive) -> str:
    value = directive.value.text if directive.value else ""
    mark = " = " if value.startswith("=") else " "
    return f"# @{directive.name}{mark}{value}".rstrip()


def _variable(variable: Variable) -> str:
    return f"@{variable.name} = {variable.value.text}".rstrip()


def _expectation(found: Expectation) -> str:
    path = found.path.text if found.path else ""
    value = found.value.text if found.value else ""
    is_plain = found.subject == "status" and found.operator == "in" and value[:1].isdigit()
    words = (found.subject, path, "not" if found.is_negated else "", "" if is_plain else found.operator, value)
    return " ".join(word for word in words if word)


def _handler(handler: Handler) -> Iterator[str]:
    mark = {"before": "< ", "after": "> "}.get(handler.kind, "")
    if handler.path is not None:
        yield f"{mark}{handler.path.text}"
    elif handler.kind == "code":
        yield from (line.text for line in handler.lines)
    else:
        yield f"{mark}{{%" + "\n".join(line.text for line in handler.lines) + "%}"


def _run(run: RunCommand) -> str:
    target = run.target.text if run.is_file else f"#{run.target.text}"
    if not run.overrides:
        return f"run {target}"
    overrides = ", ".join(f"@{name}={value.text}" for name, value in run.overrides)
    return f"run {target} ({overrides})"


Bare = str | int | bool | None | tuple["Bare", ...]
"""A value of the model without places."""

_TEXTS = frozenset({"url", "value"})
_PIECES = frozenset({"pieces", "variables"})
_PLACES = frozenset({"at", "first_line", "last_line", "diagnostics", "text", "expanded"})


def same(left: Script, right: Script) -> bool:
    """True where both ask for the same requests, with the same checks and variables, in the same order.

    Places, diagnostics and the file's name do not count, nor on how many lines a URL or a value is written,
    nor the marks of comments.
    """
    return bare(left._replace(name="")) == bare(right._replace(name=""))


def bare(value: object) -> Bare:
    """A value of the model as nested tuples of plain values, without places."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, tuple):
        fields: tuple[str, ...] | None = getattr(value, "_fields", None)
        if fields is None:
            return tuple(bare(item) for item in value)
        return tuple(_field(name, item) for name, item in zip(fields, value, strict=True) if name not in _PLACES)
    return value if isinstance(value, str | int | bool) else None


def _field(name: str, value: object) -> Bare:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        if name in _TEXTS:
            return "".join(text.text for text in value)
        if name in _PIECES and all(isinstance(piece, Text | FileReference) for piece in value):
            return tuple(_merged(value))
        if name == "comments":
            return tuple(text.text.lstrip("#/ \t") for text in value)
        if name == "handlers":  # those above a request and those below it each keep their order
            return bare(tuple(sorted(value, key=lambda handler: bool(handler.kind == "after"))))
    return bare(value)


def _merged(pieces: Iterable[Piece]) -> Iterable[Bare]:
    """The pieces, with neighbouring texts as one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, Text):
            text += piece.text
            continue
        if text:
            yield text
        text = ""
        yield bare(piece)
    if text:
        yield text
