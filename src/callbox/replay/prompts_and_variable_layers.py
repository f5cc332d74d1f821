"""The variables that a run gives to its requests: answers to prompts, captures, the command line, scripts.

`Prompts` asks the user for each value once, before anything is sent; values of the command line are not asked for.
`make_resolution_context` orders the layers of variables by precedence.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Container, ItemsView, Iterable, Iterator, Mapping
from typing import NoReturn

from callbox.errors import ScriptError, UsageError
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.httpfile.model import Directive, Script, Step
from callbox.httpfile.source_and_diagnostics import joined, place_of
from callbox.httpfile.variables.dynamic_variables import DynamicSources, Question, Unanswered
from callbox.httpfile.variables.environment_file_parser import ChosenEnvironments
from callbox.httpfile.variables.response_references import steps_by_name
from callbox.httpfile.variables.variable_scope import Expanded, Layer, ResolutionContext, unknown_variable
from callbox.replay.environment_file_search import find_dotenv
from callbox.replay.file_and_system_access import ReplayPorts, beside_script
from callbox.replay.run_options import Plan


class Prompts:
    """The prompts of a run, and the values that are known so far."""

    def __init__(
        self,
        plan: Plan,
        ports: ReplayPorts,
        secret_names: Iterable[str] = (),
        environments: ChosenEnvironments = ChosenEnvironments(),
    ) -> None:
        self.values: dict[str, str | Expanded] = {}
        """The values by the names of the variables. If a question is asked only in a run, its value is open."""
        self.secret_names: set[str] = {*plan.secret_names, *secret_names, *environments.secret_names}
        """The names of the variables whose values are redacted."""
        self._plan = plan
        self._ports = ports
        self._environments = environments
        self._unanswered: set[str] = set()
        """The names of questions that nobody could answer. Their values are open, so that each is a single error."""
        self._was_cancelled = False
        """Whether the user has cancelled a question. Then no other question is asked."""

    @property
    def has_user(self) -> bool:
        """Whether a user can be asked."""
        return self._ports.ask is not None

    def ask(self, question: Question) -> str:
        """The value for a question, which is asked at most once.

        Raises `UsageError` with the question if no user can be asked, and `Unanswered` if the question is asked only in
        a run.
        """
        if question.is_secret:
            self.secret_names.add(question.name)
        if question.name not in self.values or question.name in self._unanswered:
            answer = self._answer(question)
            if question.choices and answer not in question.choices:
                message = f"'{answer}' is not one of the choices of '{question.name}'"
                raise UsageError(message, hint=", ".join(question.choices))
            self.values[question.name] = answer
        known = self.values[question.name]
        if isinstance(known, Expanded):
            raise Unanswered
        return known

    def ask_all(self, script: Script, step: Step, overridden: Collection[str] = ()) -> Iterator[ScriptError]:
        """Ask the questions of this step's `# @prompt` and `# @secret`.

        Returns an error for each question without an answer. Variables in `overridden` already have a value and are not
        asked for. If nobody can be asked, the value of an environment is used.
        """
        for directive, question in questions_of(step):
            has_value = question.name in self._plan.variables or question.name in overridden
            if has_value or self._is_answered_by_environment(question.name):
                self.secret_names |= {question.name} if question.is_secret else set()
                continue
            if self._was_cancelled:  # a single error stops the run
                self.values.setdefault(question.name, "")
                continue
            try:
                self.ask(question._replace(text=question.text or _purpose_of(question, script, step)))
            except Unanswered:
                self.values[question.name] = unknown_variable(question.name)
            except UsageError as error:
                self._unanswered.add(question.name)
                self.values[question.name] = unknown_variable(question.name)
                at = directive.value or script.steps[0].url[0]
                place = place_of(script, at.at, len(question.name))
                yield ScriptError(error.message, hint=error.hint, place=place)

    def confirm(self, text: str) -> bool:
        """Whether the user answers yes to a `# @note`."""
        return self._ports.ask is not None and self._ports.ask(
            Question(name="note", text=text or "Send this request?", default="no", choices=("yes", "no"))
        ).lower() in ("y", "yes")

    def _is_answered_by_environment(self, name: str) -> bool:
        """Whether the chosen environments define the variable, if there is no terminal to ask the user."""
        if self._ports.ask is not None or name in self._plan.answers:
            return False
        return any(name in layer.values for layer in self._environments.layers)

    def _answer(self, question: Question) -> str:
        overridden = self._plan.answers.get(question.name)
        if overridden is not None:
            return overridden
        if self._ports.ask is None:
            hint = f"--prompt {question.name}=..."
            raise UsageError(f"There is no terminal to answer the prompt '{question.name}'", hint=hint)
        if self._was_cancelled:
            raise UsageError(f"'{question.name}' was not asked, because an earlier question was cancelled")
        self._was_cancelled = True
        try:
            answer = self._ports.ask(question)
        except Unanswered:
            self._was_cancelled = False
            raise
        self._was_cancelled = False
        return answer


_USER = re.compile(
    r"""(?:^|["'&\s{,])(?:user(?:[_-]?name)?|login|e-?mail)["']?\s{0,9}[:=]\s{0,9}["']?([^"'&\s{}<>,]{1,60})""",
    re.IGNORECASE,
)
"""The name of the user in a body, as JSON or as a form."""
_BASIC_USER = re.compile(r"\s*(?:Basic|Digest)\s+([^\s:{}]{1,60})[\s:]", re.IGNORECASE)


def _purpose_of(question: Question, script: Script, step: Step) -> str:
    """The question for a prompt without a text of its own: the name, for a secret also its user, and the place."""
    user = _user_of(step) if question.is_secret else ""
    whose = f" of {user}" if user else ""
    return f"{question.name}{whose} ({os.path.basename(script.name)}:{step.at.line})"


def _user_of(step: Step) -> str:
    """The user who logs in with this request; empty if the request names none."""
    headers = [header.text for header in step.headers if header.name.text.lower() == "authorization"]
    found = next(filter(None, map(_BASIC_USER.match, headers)), None)
    found = found or _USER.search(joined(step.body.texts)[:MAX_SEARCHED])
    return found[1] if found is not None else ""


MAX_SEARCHED = 10_000
"""The most characters of a body that are searched for the name of a user."""


def leave_open(question: Question) -> NoReturn:
    """Stands for `ask` in a check, where nobody is asked: values that depend on a question stay open."""
    raise Unanswered


def questions_of(step: Step) -> Iterator[tuple[Directive, Question]]:
    """The questions of a step's `# @prompt name text` and `# @secret name text`."""
    for directive in step.directives:
        if directive.name in ("prompt", "secret") and directive.value is not None:
            name, _, text = directive.value.text.partition(" ")
            is_secret = directive.name == "secret" or is_credential_name(name)
            yield directive, Question(name, text.strip(), is_secret=is_secret)


def make_resolution_context(
    script: Script,
    ports: ReplayPorts,
    plan: Plan,
    prompts: Prompts,
    captures: Mapping[str, str],
    chosen: ChosenEnvironments = ChosenEnvironments(),
    new_captures: Mapping[str, str] = {},
) -> ResolutionContext:
    """The input for the resolution of variables: layers by precedence, files beside the script, sources of dynamic
    values.

    `chosen` has the variables of the selected environments. `new_captures` are the captures of this run: they override
    the file's variables, which override the captures of earlier runs.
    """
    folder = os.path.dirname(script.name)
    sources = DynamicSources(
        now=ports.now,
        random=ports.random,
        env=ports.env,
        dotenv=lambda name: find_dotenv(folder, name, plan, ports),
        offset_s=ports.offset_s,
        folder="."
        if plan.is_sandboxed
        else os.path.abspath(folder),  # the path of a folder contains the name of the user
        ask=prompts.ask,
    )
    return ResolutionContext(
        script=script,
        names=steps_by_name(script),
        sources=sources,
        open_file=beside_script(script.name, ports),
        frozen={},
        above=(
            Layer("--var", plan.variables, True),
            Layer("prompt", prompts.values, True),
            Layer("captured", new_captures),
        ),
        below=(Layer("captured", captures), Layer("set var", plan.shell_variables, True), *chosen.layers),
        undefined=plan.undefined,
        secret_names=prompts.secret_names,
        withheld_names=plan.withheld_names,
    )


class CurrentCaptures(Mapping[str, str]):
    """The captures of a run. A capture is left out if a later request should have replaced it and did not.

    If `names` is given, captures with other names are left out, too.
    """

    def __init__(
        self, captures: Mapping[str, str], unset_names: Container[str], names: Container[str] | None = None
    ) -> None:
        self._captures = captures
        self._unset_names = unset_names
        self._names = names

    def __getitem__(self, name: str) -> str:
        if not self._is_usable(name):
            raise KeyError(name)
        return self._captures[name]

    def __contains__(self, name: object) -> bool:
        return name in self._captures and self._is_usable(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._captures if self._is_usable(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def items(self) -> ItemsView[str, str]:
        """The captures that may be used.

        A caller that asks for all captures does not use them for a request, so this records no use.
        """
        return {name: value for name, value in self._captures.items() if self._is_usable(name)}.items()

    def _is_usable(self, name: object) -> bool:
        return name not in self._unset_names and (self._names is None or name in self._names)


def add_layers(
    resolution: ResolutionContext, overrides: Mapping[str, str | Expanded], scripted: Mapping[str, str | Expanded]
) -> ResolutionContext:
    """The resolution context of one request.

    Values of a `run` line are overridden by `--var`, and values that scripts set are overridden by prompts.
    """
    if not overrides and not scripted:
        return resolution
    first, *rest = resolution.above
    captured = [layer for layer in rest if layer.name == "captured"]
    others = [layer for layer in rest if layer.name != "captured"]
    above = (first, Layer("run", overrides), *others, Layer("script", scripted), *captured)
    return resolution._replace(above=above)
