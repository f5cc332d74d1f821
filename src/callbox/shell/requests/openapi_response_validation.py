"""Check responses against the description of the API: `--validate`, and the option `validate`."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, UsageError
from callbox.exchange.exchange_record_and_events import Done, Record
from callbox.exchange.request import Draft
from callbox.exchange.url import UrlError, join, parse
from callbox.openapi.description_discovery import open_location
from callbox.openapi.response_validator import Contract, Difference, Verdict
from callbox.shell.command_context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.openapi_description_search import cached_api
from callbox.shell.outputs import ExchangeEvent, Failure, Output, closing, say


class NotAsDescribed(CallboxError):
    """Raised if a response differs from the description of the API."""

    exit_code = 1


def validated(outputs: Iterator[Output], draft: Draft, call: Call, context: Context) -> Iterator[Output]:
    """The outputs of a request. Differences from the description follow each response.

    If there is no description, `--validate` raises an error before anything is sent; the option `validate` only
    prints a note.
    """
    contract = _contract(draft, call, context)
    if contract is None or call.number("times"):
        reason = "no description of this API is known: import openapi" if contract is None else "one of many"
        yield say(f"the response is not validated: {reason}", "note")
        yield from outputs
        return
    differing: list[Failure] = []
    with closing(outputs):
        for output in outputs:
            yield output
            if isinstance(output, ExchangeEvent) and isinstance(output.event, Done):
                yield from _told(output.event.record, contract, call, differing, context)
    yield from differing[:1]


def _contract(draft: Draft, call: Call, context: Context) -> Contract | None:
    where = call.flags.get("validate")
    if isinstance(where, str) and where:
        with call.at("validate"):
            return Contract(open_location(where, context.session, is_kept=context.caches_files))
    described = context.apis.at(context.session.base_url) or context.apis.at(_url(draft, context))
    if described is None:
        known = cached_api(_place(draft, context))
        if known is not None:
            context.apis.add(known)
            described = known.described
    if described is not None:
        return context.apis.contract(described)
    if call.has("validate"):
        raise UsageError("No description of this API is known", hint="--validate=FILE, or: import openapi [FILE | URL]")
    return None


def _url(draft: Draft, context: Context) -> str:
    try:
        return parse(join(context.session.base_url, draft.url)).text
    except UrlError:
        return ""


def _place(draft: Draft, context: Context) -> str:
    """The base or, if there is no base, the origin of the request.

    An earlier shell may have cached the description of this place.
    """
    if context.session.base_url:
        return parse(context.session.base_url)._replace(query=None, fragment="").text
    url = _url(draft, context)
    return parse(url).origin if url else ""


def _told(
    record: Record, contract: Contract, call: Call, differing: list[Failure], context: Context
) -> Iterator[Output]:
    verdict = contract.check(record)
    request = f"{record.outgoing.method} {record.outgoing.url.path}"
    if not verdict.operation:
        described = context.apis.at(context.session.base_url)
        near = described.near_path(record.outgoing.url) if described is not None else ""
        hint = f"Did you mean {near}?" if near else "help shows what is described"
        differing.append(Failure(NotAsDescribed(f"The description has no operation for {request}", hint=hint)))
        return
    name = f"{verdict.request} {record.response.status}"
    yield from (say(f"{name}: {note}", "note") for note in verdict.notes)
    if verdict.is_ok:
        if call.has("validate"):
            yield say(f"the response matches the description: {name}", "note")
        return
    count = len(verdict.failures) + verdict.more
    if count > 1:
        # as an error, it is printed with `-q`, too
        yield from (Failure(NotAsDescribed(line(one))) for one in verdict.failures)
        message = f"{name} differs from the description in {_count(verdict)}"
    else:
        message = f"{name} differs from the description: {line(verdict.failures[0])}"
    differing.append(Failure(NotAsDescribed(message)))


def _count(verdict: Verdict) -> str:
    shown = len(verdict.failures)
    return f"{shown} places" if not verdict.more else f"{shown + verdict.more} places, of which {shown} are shown"


def line(failure: Difference) -> str:
    """A failed check as one line: `$.year: expected integer, got "1815" (Book.year)`."""
    label = f" ({failure.label})" if failure.label else ""
    return f"{failure.what}: expected {failure.expected}, got {failure.actual}{label}"
