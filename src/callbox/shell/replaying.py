"""`replay` in the shell: the requests of a script through the live session, a line for each result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from callbox.engine import LiveSession
from callbox.engine.edit_log import Held
from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.credential_names import is_credential_name
from callbox.exchange.events import Record
from callbox.exchange.url import Url
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.parser import parse
from callbox.httpfile.variables.dynamic import Question
from callbox.replay.environment_files import complete
from callbox.replay.options import read_plan
from callbox.replay.plan import Plan, pick
from callbox.replay.ports import Ports, real_ports
from callbox.replay.runner import replay
from callbox.replay.sandbox import ScriptReader, check_sandbox, confine
from callbox.replay.warnings import doubts_of
from callbox.report import console
from callbox.report.result import Result, Tally
from callbox.shell.command import Call
from callbox.shell.history import no_response
from callbox.shell.outputs import Failure, Output, Status, Text
from callbox.shell.world import World, nobody
from callbox.wire import Cancel


class ReplayFailed(CallboxError):
    """Some request of a script did not go well; each has said why."""

    exit_code = 1


def replay_file(call: Call, world: World) -> Iterator[Output]:
    """Send what was chosen of the script; history and captures learn from it."""
    path = call.text("file")
    plan, ports = _plan(call, world), replay_ports(world)
    check_sandbox(plan)
    read = ScriptReader(ports._replace(read_file=world.ports.read_file), plan)
    script = parse(read(path), path)
    for doubt in doubts_of(script, confine(ports, path, plan)):
        yield Status(console.warning(doubt))
    cancel = world.cancel = Cancel()
    tally, begun = Tally(), world.ports.now()
    captured = {} if plan.is_sandboxed else world.captures
    with _opened(world, plan) as session:
        results = replay(script, session, ports, plan, captured=captured, cancel=cancel)
        try:
            for result in results:
                tally = tally.add(result)
                if (tried := _tried(result)) is not None:
                    world.history.add(_apart(tried) if plan.is_sandboxed else tried)
                if result.error is not None:  # the shell has a command for what is an option elsewhere
                    result.error.hint = result.error.hint.replace("--list", f"ls {path}")
                yield Text(console.result(result, width=world.columns()))
        finally:
            world.cancel = None
    yield Text(console.summary(tally, world.ports.now() - begun))
    if cancel.is_cancelled:
        raise Interrupted()
    if tally.exit_code:
        bad = tally.failed + tally.errors
        yield Failure(ReplayFailed(f"{bad} of {tally.requests} did not go well in {path}"), tally.exit_code)


def _tried(result: Result) -> Record | None:
    """What the history keeps of a result: the exchange, or the request that has no response or not all of it."""
    if result.record is not None or not isinstance(result.error, Fault):
        return result.record
    if result.draft is None or result.outgoing is None:
        return None
    waited = no_response(result.seconds)
    found = result.partial or Record(result.draft, result.outgoing, waited, is_complete=False, time=result.time)
    return found._replace(fault=result.error.message)


def _apart(record: Record) -> Record:
    """The exchange of a script that is not trusted: `again` sends it without the session, too."""
    draft = record.draft
    return record._replace(draft=draft._replace(options={**draft.options, "no-session": True}))


def _plan(call: Call, world: World) -> Plan:
    """What the line asks for. Raises UsageError that names the value that is wrong."""
    stage = "" if call.has("sandbox") else str(world.session.option("env") or "")
    plan = Plan(stages=(stage,) if stage else (), options=call.options)
    for name, value in call.flags.items():
        texts = value if isinstance(value, tuple) else ("" if value is True else value,)
        plan = read_plan({name: [_asked(name, str(text), world) for text in texts]}, plan)
    if plan.is_sandboxed and world.session.base_url:
        plan = plan._replace(allowed_hosts=(*plan.allowed_hosts, _base(world).authority))
    plan = complete(plan, replay_ports(world))
    return pick(plan, call.text("which")) if call.text("which") else plan


def _base(world: World) -> Url:
    return parse_url(world.session.base_url)


def _opened(world: World, plan: Plan) -> AbstractContextManager[LiveSession]:
    """The session that a script is sent through: of one that is not trusted a fresh one.

    That knows the base and the options, which say how to reach a host. It has no headers, cookies, credentials or
    parameters: what a hostile file sends to a host of the user's must not be sent in the user's name.
    """
    own = world.session
    if not plan.is_sandboxed:
        return nullcontext(own)
    fresh = LiveSession()
    fresh.base_url = _base(world).text if own.base_url else ""  # without user and password
    fresh.option_defaults.update({**own.option_defaults, **world.staged})
    for name, held in own.held("option").items():
        if isinstance(held, Held) and not held.origin:
            fresh.set_option(name, held.values[0])
    return fresh


def _asked(option: str, text: str, world: World) -> str:
    """The text; of a variable whose secret was left out as `?` with the answer in its place."""
    name, mark, value = text.partition("=")
    if option == "var" and mark and value == "?" and is_credential_name(name):
        return f"{name}={world.ports.ask(name, True)}"
    return text


def replay_ports(world: World) -> Ports:
    """The world of a replay in this shell: its questions are put to whoever types."""
    if world.ports.ask is nobody:
        return real_ports()

    def ask(question: Question) -> str:
        choices = f" ({'/'.join(question.choices)})" if question.choices else ""
        return world.ports.ask(f"{question.text or question.name}{choices}", question.is_secret)

    return real_ports(ask)
