"""The hosts that a sandboxed run may reach: those that are written in its files, and those of the command line.

A host that depends on a response, a capture, a random value, the clock or a prompt does not count as written. So no
server decides where the next request goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from callbox.errors import UsageError
from callbox.exchange.host_rules import Hosts, hosts_of, read_hosts
from callbox.exchange.url import is_absolute, parse
from callbox.httpfile.model import Body, Step
from callbox.httpfile.requests.directives import read_loop
from callbox.httpfile.requests.resolver import resolve
from callbox.httpfile.variables.scope import ResolutionContext, Scope, without_responses
from callbox.replay.linked_steps import Invocation, LinkedSteps
from callbox.replay.prompts_and_variable_layers import add_layers
from callbox.replay.run_options import Plan

_MAX_ROUNDS = 1000
"""The most rounds of a loop over a written list whose hosts are allowed."""


class WrittenHosts:
    """The hosts that the steps of a run name. Steps may be added later."""

    def __init__(self, linked_steps: LinkedSteps, plan: Plan) -> None:
        self._linked_steps = linked_steps
        self._allowed = set(read_hosts(plan.allowed_hosts).allowed)
        self._hosts = Hosts()
        for value in plan.variables.values():
            if is_absolute(value):
                self._add(value)
        for step in linked_steps.steps.values():
            self.add_step(step)

    def hosts(self) -> Hosts:
        """The hosts that are known so far."""
        if len(self._hosts.allowed) != len(self._allowed):
            self._hosts = Hosts(frozenset(self._allowed))
        return self._hosts

    def add_step(self, step: Step, call: Invocation | None = None) -> None:
        """Add the host of a step; `call` is the `run` line that runs the step, or None.

        Call this again after the user has answered the prompts of the step: its host may depend on the answers.
        """
        if not step.has_request:
            return
        resolution = self._resolution(step, call)
        step_without_body = step if step.command else step._replace(body=Body(), is_graphql=False)
        for values in _rounds(step, resolution):
            with suppress(UsageError):
                self._add(resolve(step_without_body, Scope(add_layers(resolution, values, {}), step_without_body)).url)

    def _add(self, url: str) -> None:
        with suppress(UsageError):
            self._allowed |= hosts_of(parse(url)).allowed

    def _resolution(self, step: Step, call: Invocation | None) -> ResolutionContext:
        """The variables of the step whose values are known without asking the user."""
        resolution = without_responses(self._linked_steps.resolutions[step.number])
        if call is None or not call.overrides:
            return resolution
        caller_scope = Scope(self._resolution(call.caller, call.outer), call.caller)
        return add_layers(resolution, {name: caller_scope.expand([value]) for name, value in call.overrides}, {})


def _rounds(step: Step, resolution: ResolutionContext) -> Iterator[Mapping[str, str]]:
    """The values of each round of a step that are written in the file."""
    yield {}
    if step.has_effective_directives:
        with suppress(UsageError):
            loop = read_loop(step, Scope(resolution, step))
            yield from (loop.rounds or ())[:_MAX_ROUNDS] if loop is not None else ()
