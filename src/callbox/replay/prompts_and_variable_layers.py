"""Ask the user for the values of prompts, each once and before anything is sent.

Values of the command line are not asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NoReturn

from callbox.errors import ScriptError, UsageError
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import Directive, Script, Step
from callbox.httpfile.variables.dynamic_variables import Question, Unanswered
from callbox.httpfile.variables.scope import Expanded, unknown_variable
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_options import Plan


class Prompts:
    """The prompts of a run, and the values that are known so far."""

    def __init__(self, plan: Plan, ports: ReplayPorts, secret_names: Iterable[str] = ()) -> None:
        self.values: dict[str, str | Expanded] = {}
        """Values by the name of the variable. An open value stands for a question that is asked only in a run."""
        self.secret_names: set[str] = {*plan.secret_names, *secret_names}
        """The names of the variables whose values are redacted."""
        self._plan = plan
        self._ports = ports
        self._was_cancelled = False
        """Whether the user has cancelled a question, so that no other one is asked."""

    @property
    def has_user(self) -> bool:
        """Whether a user can be asked."""
        return self._ports.ask is not None

    def ask(self, question: Question) -> str:
        """The value for a question, which is asked at most once.

        Raises `UsageError` with the question if no user can be asked, and `Unanswered` if it is only asked in a run.
        """
        if question.is_secret:
            self.secret_names.add(question.name)
        if question.name not in self.values:
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
        """Ask the questions of this step's `# @prompt` and `# @secret`. Returns an error for each that gets no value.

        Variables in `overridden` already have a value and are not asked for.
        """
        for directive, question in questions_of(step):
            if question.name in self._plan.variables or question.name in overridden:
                self.secret_names |= {question.name} if question.is_secret else set()
                continue
            if self._was_cancelled:  # a single error stops the run
                self.values.setdefault(question.name, "")
                continue
            try:
                self.ask(question)
            except Unanswered:
                self.values[question.name] = unknown_variable(question.name)
            except UsageError as error:
                at = directive.value or script.steps[0].url[0]
                place = place_of(script, at.at, len(question.name))
                yield ScriptError(error.message, hint=error.hint, place=place)

    def confirm(self, text: str) -> bool:
        """Whether the user answers yes to a `# @note`."""
        return self._ports.ask is not None and self._ports.ask(
            Question(name="note", text=text or "Send this request?", default="no", choices=("yes", "no"))
        ).lower() in ("y", "yes")

    def _answer(self, question: Question) -> str:
        overridden = self._plan.answers.get(question.name)
        if overridden is not None:
            return overridden
        if self._ports.ask is None:
            hint = f"--prompt {question.name}=..."
            raise UsageError(f"There is no terminal to answer the prompt '{question.name}'", hint=hint)
        if self._was_cancelled:
            raise UsageError(f"'{question.name}' was not asked for: an earlier question was cancelled")
        self._was_cancelled = True
        try:
            answer = self._ports.ask(question)
        except Unanswered:
            self._was_cancelled = False
            raise
        self._was_cancelled = False
        return answer


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
