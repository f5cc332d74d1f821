"""`replay` in the shell: the requests of a script through the live session, a line for each result."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.record import Record
from callbox.exchange.secret import is_credential_name
from callbox.replay.doubts import doubts_of
from callbox.replay.environments import complete
from callbox.replay.options import read_plan
from callbox.replay.plan import Plan, pick
from callbox.replay.ports import Ports, real_ports
from callbox.replay.run import replay
from callbox.report import human
from callbox.report.result import Result, Tally
from callbox.script.dynamic import Question
from callbox.script.parse import parse
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
    script = parse(world.ports.read_file(path), path)
    plan = _plan(call, world)
    for doubt in doubts_of(script, replay_ports(world)):
        yield Status(human.warning(doubt))
    cancel = world.cancel = Cancel()
    tally, begun = Tally(), world.ports.now()
    results = replay(script, world.session, replay_ports(world), plan, captured=world.captures, cancel=cancel)
    try:
        for result in results:
            tally = tally.add(result)
            if (tried := _tried(result)) is not None:
                world.history.add(tried)
            if result.error is not None:  # the shell has a command for what is an option elsewhere
                result.error.hint = result.error.hint.replace("--list", f"ls {path}")
            yield Text(human.result(result, width=world.columns()))
    finally:
        world.cancel = None
    yield Text(human.summary(tally, world.ports.now() - begun))
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


def _plan(call: Call, world: World) -> Plan:
    """What the line asks for. Raises UsageError that names the value that is wrong."""
    stage = str(world.session.option("env") or "")
    plan = Plan(stages=(stage,) if stage else (), options=call.options)
    for name, value in call.flags.items():
        texts = value if isinstance(value, tuple) else ("" if value is True else value,)
        plan = read_plan({name: [_asked(name, str(text), world) for text in texts]}, plan)
    plan = complete(plan, replay_ports(world))
    return pick(plan, call.text("which")) if call.text("which") else plan


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
