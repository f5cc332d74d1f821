"""`replay` in the shell: the requests of a script through the live session, a line for each result."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, Interrupted
from callbox.exchange.secret import is_credential_name
from callbox.render.head import head, summary
from callbox.replay.doubts import doubts_of
from callbox.replay.environments import complete
from callbox.replay.options import read_plan
from callbox.replay.plan import Plan, pick
from callbox.replay.ports import Ports, real_ports
from callbox.replay.run import replay
from callbox.report import human
from callbox.report.result import Tally
from callbox.script.dynamic import Question
from callbox.script.parse import parse
from callbox.shell.command import Call
from callbox.shell.outputs import Body, Failure, Output, Status, Text, View
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
    for doubt in doubts_of(script, _ports(world)):
        yield Status(human.warning(doubt))
    cancel = world.cancel = Cancel()
    tally, begun = Tally(), world.ports.now()
    results = replay(script, world.session, _ports(world), plan, captured=world.captures, cancel=cancel)
    try:
        for result in results:
            tally = tally.add(result)
            if result.record is not None:
                world.history.add(result.record)
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


def _plan(call: Call, world: World) -> Plan:
    """What the line asks for. Raises UsageError that names the value that is wrong."""
    stage = str(world.session.option("env") or "")
    plan = Plan(stages=(stage,) if stage else (), options=call.options)
    for name, value in call.flags.items():
        texts = value if isinstance(value, tuple) else ("" if value is True else value,)
        plan = read_plan({name: [_asked(name, str(text), world) for text in texts]}, plan)
    plan = complete(plan, _ports(world))
    return pick(plan, call.text("which")) if call.text("which") else plan


def _asked(option: str, text: str, world: World) -> str:
    """The text; of a variable whose secret was left out as `?` with the answer in its place."""
    name, mark, value = text.partition("=")
    if option == "var" and mark and value == "?" and is_credential_name(name):
        return f"{name}={world.ports.ask(name, True)}"
    return text


def _ports(world: World) -> Ports:
    if world.ports.ask is nobody:
        return real_ports()

    def ask(question: Question) -> str:
        choices = f" ({'/'.join(question.choices)})" if question.choices else ""
        return world.ports.ask(f"{question.text or question.name}{choices}", question.is_secret)

    return real_ports(ask)


def send_script(text: str, world: World) -> Iterator[Output]:
    """Send the requests of a text through this session, and show each answer as that of a typed request."""
    cancel = world.cancel = Cancel()
    results = replay(parse(text, ""), world.session, _ports(world), Plan(), cancel=cancel)
    try:
        for result in results:
            if result.error is not None:
                yield Failure(result.error)
            if result.record is not None:
                world.history.add(result.record)
                incoming = result.record.incoming
                yield Text([*head(incoming), ("", "\n")])
                yield Body(result.record.body, incoming.headers.get("Content-Type", ""), View("b"))
                yield Status([("dim", summary(result.record) + "\n")])
    finally:
        world.cancel = None
    if cancel.is_cancelled:
        raise Interrupted()
