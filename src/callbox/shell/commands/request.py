"""`get`, `post` .. , `send`, `again` and `preview`: a line becomes a draft, and the draft is sent, or shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from callbox.errors import UsageError
from callbox.exchange.events import Done
from callbox.exchange.request import Draft, Outgoing
from callbox.render import messages
from callbox.render.messages import masked_target
from callbox.render.style import Fragments
from callbox.shell.command import Call
from callbox.shell.drafts import change_draft, make_draft
from callbox.shell.outputs import Happened, Output, Text, View, closing, say
from callbox.shell.sending import advise
from callbox.shell.sending import send as send_draft
from callbox.shell.staying import without_strangers
from callbox.shell.world import World


def send(call: Call, world: World) -> Iterator[Output]:
    """`METHOD [TARGET] { ITEM } { FLAG }` and `send METHOD TARGET ..`."""
    return _send_or_edit(make_draft(call, world), call, world)


def again(call: Call, world: World) -> Iterator[Output]:
    """`again [N] [--times N] { ITEM }`: what was said then, with this line's items over it; says what it sends."""
    draft, told = _earlier(call, world)
    if told:
        yield say(told, "note")
    yield from _send_or_edit(draft, call, world, is_told=True)


def preview(call: Call, world: World) -> Iterator[Output]:
    """`preview REQUEST`: what would be sent and where each part comes from; nothing is sent."""
    inner = call.inner
    if inner is None:
        raise UsageError("A request is missing", hint="as in: preview get /path")
    draft, told = _earlier(inner, world) if inner.command.words == ("again",) else (make_draft(inner, world), "")
    if told:
        yield say(told, "note")
    outgoing = world.session.preview(draft)
    width = min(world.columns(), messages.WIDEST)
    yield Text(_FORMS[call.flag("as")](outgoing, call.has("reveal"), width))


def view_of(call: Call, world: World) -> View:
    """Which parts of the exchange this line wants to see."""
    parts = "hb"
    option = world.session.option("print")
    if isinstance(option, str):
        parts = option
    said = [letters for flag, letters in _PARTS.items() if call.has(flag)]
    parts = call.flag("print", said[0] if said else parts)
    is_paged = call.has("pager") or bool(world.session.option("pager"))
    return View(
        parts,
        is_explicit=bool(said) or call.has("print"),
        is_whole=call.has("whole") or is_paged,
        is_streamed=call.has("stream"),
        shows_hops=call.has("all"),
        is_raw=call.has("unsafe-terminal"),
        is_paged=is_paged,
    )


_PARTS = {"content": "b", "headers": "h", "verbose": "HBhb"}


def _send_or_edit(draft: Draft, call: Call, world: World, *, is_told: bool = False) -> Iterator[Output]:
    """Deliver it, or what the editor leaves of it; where `is_told`, say beforehand what is sent."""
    if call.has("edit"):
        from callbox.shell.request_text import edit_request

        yield from edit_request(draft, world, lambda one: deliver(one, call, world), sends_unchanged=True)
        return
    if is_told:
        outgoing = world.session.preview(draft)
        url = outgoing.url.origin + masked_target(outgoing, reveal=False)
        yield say(f"again: {outgoing.method} {url}", "note")
    yield from deliver(draft, call, world)


def deliver(draft: Draft, call: Call, world: World) -> Iterator[Output]:
    """Send a draft as the line asks for: many times, into a file, or once and shown."""
    times = call.number("times") or 1
    if times > 1:
        from callbox.shell.repeating import repeat

        if call.has("download"):
            raise UsageError("--download takes one response", hint="leave --times out", place=call.place("download"))
        yield from repeat(draft, world, times)
        return
    if call.has("download"):
        from callbox.shell.downloading import download

        if call.redirect is not None:
            raise UsageError("--download writes a file already", hint=f"leave {call.redirect.operator} out")
        file = call.flags["download"]
        yield from download(draft, world, view_of(call, world), file if isinstance(file, str) else "")
        return
    outputs = send_draft(draft, world, view_of(call, world))
    with closing(outputs):
        for output in outputs:
            yield output
            if isinstance(output, Happened) and isinstance(output.event, Done):
                yield from advise(output.event.record, world)


def _earlier(call: Call, world: World) -> tuple[Draft, str]:
    """The earlier request with this line over it, and what of it stays with another origin."""
    record = world.history.get(call.number("number") or -1)
    anew = {item.name.lower() for item in call.items} | call.options.keys() | ({"auth"} if call.has("auth") else set())
    draft, told = without_strangers(record, world.session.base_url, anew)
    return change_draft(draft, call, world), told


def _with_sources(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    return messages.request(outgoing, with_sources=True, reveal=reveal, width=width)


def _as_http(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    return messages.request(outgoing, with_sources=False, reveal=reveal, width=width)


def _as_curl(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    from callbox.formats.curl import write_curl

    return [("", write_curl(outgoing, reveal=reveal) + "\n")]


def _as_httpie(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    from callbox.formats.snippets import write_httpie

    return [("", write_httpie(outgoing, reveal=reveal) + "\n")]


def _as_python(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    from callbox.formats.snippets import write_python

    return [("", write_python(outgoing, reveal=reveal))]


_FORMS: Mapping[str, Callable[[Outgoing, bool, int], Fragments]] = {
    "": _with_sources,
    "http": _as_http,
    "curl": _as_curl,
    "httpie": _as_httpie,
    "python": _as_python,
}
