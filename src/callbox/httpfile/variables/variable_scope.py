"""Resolve `{{...}}` at one step of a script: layered variables, responses of other steps, dynamic values.

All input from outside comes from `ResolutionContext`, so the same text in the same context gives the same result. Its
layers in `above` override the file's own `@name = value`, which overrides layers in `below`. A variable of the file is
expanded where it is used: `Definitions` finds the `@name = value` that applies at a step. `Scope` resolves the
variables of one step.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from operator import attrgetter
from typing import Literal, NamedTuple, NoReturn

from callbox.errors import ScriptError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import NullText, Number, Value, format_value, select
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.request_content import FileBytes
from callbox.exchange.template_braces import Hole, is_literal, percent_encoded, split
from callbox.httpfile.model import Script, Step, Variable, unescaped
from callbox.httpfile.source_and_diagnostics import NOWHERE, Template, Text, place_of
from callbox.httpfile.variables.dynamic_variables import (
    DynamicSources,
    Unanswered,
    expand_dynamic,
    is_constant,
    is_dynamic,
    names_dynamic,
)
from callbox.httpfile.variables.response_references import (
    MAX_NAME,
    Reference,
    StepIndex,
    check_path,
    read_reference,
    reference_to,
    value_of,
)
from callbox.httpfile.variables.value_injection_guards import ForeignValue, UrlParts, ValuePlace
from callbox.spelling import closest, suggestion

_STEP = attrgetter("step")

MAX_HINTS = 50


class Definitions:
    """The variables of a file by name. It overrides `shared`, the variables of other files."""

    def __init__(self, variables: Iterable[Variable], shared: Mapping[str, Variable] | None = None) -> None:
        self.hints_left = MAX_HINTS
        """The number of undefined names for which a similar name is still searched.

        Each search takes time in proportion to the number of names.
        """
        self._shared = shared or {}
        self._definitions: dict[str, list[Variable]] = {}
        for variable in variables:
            self._definitions.setdefault(variable.name, []).append(variable)

    def __iter__(self) -> Iterator[str]:
        """Every name, once."""
        return iter({**self._shared, **self._definitions})

    def at(self, name: str, step: int) -> Variable | None:
        """The definition of a name at the step of this number: the last definition before the step or in its block, or
        else the first one after it.
        """
        found = self._definitions.get(name)
        if found is None:
            return self._shared.get(name)
        above = bisect_right(found, step, key=_STEP) if len(found) > 1 else 0
        return found[max(above - 1, 0)]


class Expanded(NamedTuple):
    """A text with its variables filled. It is plain text, even if it contains `{{..}}`."""

    text: str
    is_open: bool = False
    """Whether a part of the text is not known yet, so that the preflight leaves it as written."""

    def strip(self) -> Expanded:
        """The text without blanks at both ends."""
        return Expanded(self.text.strip(), self.is_open)


def unknown_variable(name: str) -> Expanded:
    """The placeholder for a variable whose value is known only when the request is sent: its name in braces, marked as
    open.
    """
    return Expanded(f"{{{{{name}}}}}", is_open=True)


class UnknownVariables(Mapping[str, Expanded]):
    """The variables whose values are known only in a run: variables with these names, or all variables."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def __contains__(self, name: object) -> bool:
        return name in self._names or (ANY in self._names and not str(name).startswith("$"))

    def __getitem__(self, name: str) -> Expanded:
        if name not in self:
            raise KeyError(name)
        return unknown_variable(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Layer(NamedTuple):
    """Variables of one origin (a user, a response, a script). Their values are used unchanged."""

    name: str
    """The name of the layer in messages: `--var`, `prompt`, `captured`."""
    values: Mapping[str, str | Expanded]
    is_from_user: bool = False
    """Whether the user gave the values. Only such values may be used by `$processEnv %name`."""


class TemplateLayer(NamedTuple):
    """Variables of an environment file. The `{{...}}` in their values are filled when the variables are used."""

    name: str
    values: Mapping[str, Template]
    is_shared: bool = False
    """Whether `{{$shared name}}` may refer to these variables."""
    unchosen: Mapping[str, tuple[str, ...]] = {}
    """Maps a name to the environments that define it and were not chosen."""
    stored: Mapping[str, str] = {}
    """The names whose values are in a secret store, which is not read, each with the store."""


UndefinedPolicy = Literal["error", "keep", "empty", "open"]


class ResolutionContext(NamedTuple):
    """All input for resolving variables. All steps of a script share it."""

    script: Script
    names: Mapping[str, Step]
    """The steps that references may name."""
    sources: DynamicSources
    open_file: Callable[[str], FileBytes]
    """Finds a file by its path in the script. Raises `UsageError` if the file does not exist."""
    frozen: MutableMapping[tuple[str, int, int], str]
    """The dynamic values inside variables of the file. Each is computed once in a run and stored here."""
    above: tuple[Layer, ...] = ()
    """The layers that override the file's variables, the strongest first."""
    below: tuple[Layer | TemplateLayer, ...] = ()
    """The layers that the file's variables override, the strongest first."""
    undefined: UndefinedPolicy = "error"
    """What to do with an undefined variable: `error`, `keep` (send `{{name}}` unchanged), `empty`, or `open` (the value
    is known when the request is sent).
    """
    secret_names: Collection[str] = ()
    """The variables whose values are always redacted. Variables with the name of a credential need not be in it."""
    withheld_names: Collection[str] = ()
    """The names of secrets of the shell. A file gets one only if the user names it."""
    shared: Mapping[str, Variable] = {}
    """The variables of files that the script imports, or that import the script.

    The script's own variables override them.
    """
    capturing: Mapping[str, Sequence[Step]] | None = None
    """The steps that capture each name, in order. None if only the script itself is searched."""
    step_index: StepIndex | None = None
    """The steps of the script itself, to choose between steps of the same name. With None, the last step is chosen."""
    dynamic_values: MutableMapping[tuple[str, int], str] | None = None
    """Maps the text and place of each dynamic variable of the current request to its value.

    So a script signs the values that are sent.
    """
    steps: Mapping[int, Step] = {}
    """The steps of all linked scripts, by their numbers."""
    rounds: Mapping[int, Sequence[Record]] = {}
    """The exchanges of each round of `# @loop`, by the numbers of their steps."""
    failed_steps: Container[int] = ()
    """The failed steps. A reference to the whole body of such a step's response is an error."""
    definitions: Definitions | None = None
    """The variables of the script and the shared variables, made once for all steps.

    If this is None, each scope makes them.
    """

    def is_secret(self, name: str) -> bool:
        """Whether the value of this name is redacted, because the user declared it secret or because it has the name of
        a credential.
        """
        return name in self.secret_names or is_credential_name(name.rpartition(".")[2])


ANY = "*"
"""A key among the names that steps capture. It stands for all names that scripts compute."""


def capturing_steps_of(steps: Iterable[Step]) -> dict[str, list[Step]]:
    """The steps that capture each name, in order."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        for capture in step.captures:
            found.setdefault(capture.name, []).append(step)
    return found


_FROM_RESPONSES = frozenset({"captured", "script"})
"""The layers of variables with values from servers."""


def without_responses(resolution: ResolutionContext) -> ResolutionContext:
    """A copy of `resolution` that has no responses, captures, files, prompts, clock or random numbers.

    A value that depends on one of these gives an error or stays as it is written.
    """
    sources = resolution.sources
    return resolution._replace(
        sources=DynamicSources(
            now=_raise_unknown, random=_BoundaryOnlyRandom(sources), env=sources.env, dotenv=sources.dotenv
        ),
        open_file=lambda _: FileBytes(lambda: (), 0),
        frozen={},
        above=tuple(layer for layer in resolution.above if layer.name not in _FROM_RESPONSES),
        below=tuple(layer for layer in resolution.below if layer.name not in _FROM_RESPONSES),
        undefined="keep",
    )


def _raise_unknown(*_: object) -> NoReturn:
    raise UsageError("The value is not known before the request is sent")


class _BoundaryOnlyRandom:
    """A source of random numbers for multipart boundaries, which must never repeat. It has no other random values."""

    def __init__(self, source: DynamicSources) -> None:
        self._source = source

    def getrandbits(self, bits: int, /) -> int:
        """Returns this many random bits."""
        return self._source.random.getrandbits(bits)

    def randrange(self, start: int, stop: int, /) -> int:
        """Raise an error, since a random number is not known before the request is sent."""
        _raise_unknown(start, stop)

    def random(self) -> float:
        """Raise an error, since a random number is not known before the request is sent."""
        _raise_unknown()


MAX_ERRORS = 100
"""The most errors that are reported for one request. Each error shows its line, and a line may have thousands."""


_WORDS = re.compile(r"[\w-]+(?: [\w-]+)+\.(?:response|request)\.")
_NAME = re.compile(r"[\w-][\w.-]*+")
_WRITTEN_LOOP = re.compile(r"\s*+for\s++([\w-]++)\s++of\s++\[(?:[^{]|\{(?!\{))*+\Z")
"""A directive `# @loop for x of [..]` without a variable in the list."""
_JAVASCRIPT = re.compile(r"\w\(|`|\s[-+*/?]\s|\w\+\w|===?|!==?|=>|\A\[|\Anew\s|\A!\w|\?\?|\?\.|\|\||&&")
_PROCESS_ENV = re.compile(r"process\.env\.(\w+)")
"""A variable of the system's environment, as JavaScript writes it."""


MAX_NAMED = 3
"""The most environments that a hint names."""


class _TooLarge(UsageError):
    """Raised if expanded variables exceed a limit, because a short file must not fill the memory."""


MAX_DEPTH = 40
"""The most levels of variables within variables."""
MAX_UNFOLDED = 2_000
"""The most variables that one value may consist of."""
MAX_VALUE = 10_000_000
"""The most characters in the value of one variable."""
MAX_TEXT = 100_000_000
"""The most characters that variables may add to one request."""


def _first_character(texts: Sequence[Template], number: int) -> str:
    """The first character in the texts from this index on; empty if there is none."""
    while number < len(texts):
        if text := texts[number].text.lstrip():
            return text[0]
        number += 1
    return ""


class _Spot:
    """The place of a variable, and the character after the variable.

    `is_passed` says whether `place` has already read the text around the variable.
    """

    __slots__ = ("after", "is_passed", "place")

    def __init__(self, place: ValuePlace, after: str = "") -> None:
        self.place = place
        self.after = after
        self.is_passed = False

    def before(self, after: str) -> _Spot:
        """The place of a variable inside a text at this place.

        `after` is the character after the variable, or empty at the end of the inner text.
        """
        return _Spot(self.place, after or self.after)


class Scope:
    """Resolves variables at one step.

    In the preflight (`record_of` is None), references to responses stay as they are written. `needs` collects the steps
    that they depend on, and `errors` all errors. Other modules read the results of a scope. They change them only by
    the methods `warn`, `note`, `add_secrets`, `add_need`, `drop_need` and `mark_answered`.
    """

    def __init__(
        self, resolution: ResolutionContext, step: Step, record_of: Callable[[Step], Record | None] | None = None
    ) -> None:
        self.resolution = resolution
        self.step = step
        self.record_of = record_of
        self.definitions = resolution.definitions or Definitions(resolution.script.variables, resolution.shared)
        self._needs: list[int] = []
        self._errors: list[ScriptError] = []
        self._reported: set[str] = set()
        """The places of reported errors, so that each is reported once."""
        self._is_fixed = True
        self._is_answered = False
        """Whether the name of the step means its own response, even if steps before it have the same name."""
        self._has_open = False
        self._open_parts: dict[str, None] = {}
        self._secrets: set[str] = set()
        self._notes: list[str] = []
        self._warnings: list[str] = []
        self._depth = self._unfolded = 0
        """The depth of the current lookup, and the number of variables that the current value consists of."""
        self._chars_left = MAX_TEXT

    def inside(self, resolution: ResolutionContext) -> Scope:
        """A scope of the same step with more layers, such as those of a loop. Both scopes share needs and errors."""
        inner = Scope(resolution, self.step, self.record_of)
        inner._needs, inner._errors, inner._has_open = self._needs, self._errors, self._has_open
        inner._open_parts = self._open_parts
        return inner

    @property
    def needs(self) -> Sequence[int]:
        """The numbers of the steps whose responses or captures are used, each once."""
        return self._needs

    @property
    def errors(self) -> Sequence[ScriptError]:
        """The errors that the preflight has found."""
        return self._errors

    @property
    def is_fixed(self) -> bool:
        """Whether all values that were filled so far stay the same during the run."""
        return self._is_fixed

    @property
    def has_open(self) -> bool:
        """Whether a part of the values that were filled so far is not known yet."""
        return self._has_open

    @property
    def open_parts(self) -> Collection[str]:
        """The texts that stand for values which are not known yet, such as `{{login.token}}`, each once."""
        return self._open_parts.keys()

    @property
    def secrets(self) -> AbstractSet[str]:
        """The values of secret variables that were used."""
        return self._secrets

    @property
    def notes(self) -> Sequence[str]:
        """Warnings about values that were filled in."""
        return self._notes

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings that the preflight has found in values that were filled in. A dry run shows them."""
        return self._warnings

    def note(self, text: str) -> None:
        """Add a warning about a value, once."""
        if text not in self._notes:
            self._notes.append(text)

    def warn(self, text: str) -> None:
        """Add a warning about a filled value.

        In the preflight it is not a note, because the request is resolved again when it is sent.
        """
        self._is_fixed = False
        if not self.is_preflight:
            self.note(text)
        elif text not in self._warnings:
            self._warnings.append(text)

    def add_secrets(self, values: Iterable[str]) -> None:
        """Add these values to the secret values that were used."""
        self._secrets.update(values)

    def add_need(self, step: Step) -> None:
        """Record that the response of this step is needed."""
        if step.number not in self._needs:
            self._needs.append(step.number)

    def drop_need(self, step: Step) -> None:
        """Record that the response of this step is not needed after all."""
        if step.number in self._needs:
            self._needs.remove(step.number)

    def mark_answered(self) -> None:
        """Let the name of the step refer to its own response from now on."""
        self._is_answered = True

    @property
    def is_preflight(self) -> bool:
        """Whether references stay open and errors are collected."""
        return self.record_of is None

    @property
    def filled(self) -> int:
        """The number of characters that variables have added to the request."""
        return MAX_TEXT - self._chars_left

    def expand(
        self, texts: Iterable[Template], *, null: str = "", place: ValuePlace | None = None, after: str = ""
    ) -> Expanded:
        """Fill every `{{...}}` of the texts. `null` is the text for a JSON null.

        `place` tracks the position in a URL, in JSON or in a path. It refuses a value of a response or a script that
        would change the text around the value. `after` is the character that follows the texts; `place` needs it to
        decide. Raises `ScriptError` with the place of the first variable that cannot be filled. The preflight collects
        the error instead.
        """
        parts, is_open = [], False
        texts = tuple(texts)
        for number, text in enumerate(texts):
            if is_literal(text.text):
                parts.append(text.text)
                if place is not None:
                    place.pass_over(text.text)
            else:
                spot = _Spot(place, _first_character(texts, number + 1) or after) if place is not None else None
                filled, is_left = self._expand_text(text, null, (), spot)
                parts.append(filled)
                is_open = is_open or is_left
        self._has_open = self._has_open or is_open
        return Expanded("".join(parts), is_open)

    def try_expand(self, texts: Iterable[Template]) -> Expanded | None:
        """Fill the texts. Returns None, without an error, if that is impossible."""
        before = len(self._errors)
        try:
            found = self.expand(texts)
        except ScriptError:
            return None
        if len(self._errors) > before:
            del self._errors[before:]
            return None
        return found

    def value_of(self, name: str, place: ValuePlace | None = None) -> Expanded:
        """The value of a variable; empty if no variable has the name. Raises `ScriptError` like `expand`."""
        found = self._look_up(name, "", (), _Spot(place) if place is not None else None) or Expanded("")
        self._has_open = self._has_open or found.is_open
        return found

    def fail(self, error: UsageError, text: Text, start: int = 0, end: int | None = None) -> None:
        """Raise (or, in the preflight, collect) this error with the place of a part of `text`."""
        if isinstance(error, ScriptError) and error.place is not None:
            placed_error = error
        elif not text.at.line:
            raise error  # the code that uses this value knows the place
        else:
            length = max(1, (len(text.text) if end is None else end) - start)
            place = place_of(self.resolution.script, text.position_at(start), length)
            placed_error = ScriptError(error.message, hint=error.hint, place=place)
        if not self.is_preflight:
            raise placed_error from None
        if len(self._errors) < MAX_ERRORS and str(placed_error.place) not in self._reported:
            self._reported.add(str(placed_error.place))
            self._errors.append(placed_error)

    def _expand_text(
        self, text: Template, null: str, trail: tuple[Variable, ...] = (), spot: _Spot | None = None
    ) -> Expanded:
        if is_literal(text.text):
            written = unescaped(text.text) if trail else text.text
            if spot is not None:
                spot.place.pass_over(written)
            return Expanded(written)
        parts, is_open = [], False
        for piece in split(text.text):
            if isinstance(piece, str):
                written = unescaped(piece) if trail else piece
                parts.append(written)
                if spot is not None:
                    spot.place.pass_over(written)
                continue
            here = spot.before(text.text[piece.end : piece.end + 1]) if spot is not None else None
            try:
                value = (
                    self._value(piece, text, null, trail, here) if trail else self._whole_value(piece, text, null, here)
                )
                if here is not None and not here.is_passed:
                    value = self._fitted(value, piece, text, here)
            except UsageError as error:
                if trail and isinstance(error, _TooLarge):
                    raise  # the error is reported where the first of these variables is used
                self.fail(error, text, piece.start, piece.end)
                value = self._unresolved(piece, text)
            is_encoded = piece.is_encoded and not value.is_open and not _is_kept(value, piece, text)
            parts.append(percent_encoded(value.text) if is_encoded else value.text)
            is_open = is_open or value.is_open
        return Expanded("".join(parts), is_open)

    def _fitted(self, value: Expanded, hole: Hole, text: Template, spot: _Spot) -> Expanded:
        """A value in the form that this position needs.

        A value that the files or the user have written is not changed.
        """
        name = hole.expression
        if (
            not value.is_open and value.text == text.text[hole.start : hole.end]
        ):  # with `--undefined keep`, the text is still as the file has it
            spot.place.pass_over(value.text)
            return value
        if isinstance(spot.place, UrlParts):
            self._add_to_url(value, hole, text, spot.place)
            return value
        if value.is_open or not self.is_foreign(name) or self._is_of_written_list(name):
            spot.place.pass_over(value.text)
            return value
        fitted = spot.place.fit(value.text, spot.after, is_computed=self._is_computed(hole.expression))
        if fitted is None:
            message = f"The value of '{hole.expression}' {spot.place.refusal}"
            raise UsageError(message, hint=spot.place.hint(hole.expression))
        spot.place.pass_over(fitted)
        return value._replace(text=fitted)

    def _add_to_url(self, value: Expanded, hole: Hole, text: Template, parts: UrlParts) -> None:
        filled = percent_encoded(value.text) if hole.is_encoded else value.text
        if value.is_open:
            parts.add_open()
        elif not self.is_foreign(hole.expression) or self._is_of_written_list(hole.expression):
            parts.pass_over(filled)
        else:
            parts.add_foreign(filled, ForeignValue(hole.expression, text, hole.start, hole.end))

    def check_host(self, parts: UrlParts, text: Text) -> None:
        """Raise (or collect) a `ScriptError` if a foreign value changes the host of a URL.

        `text` is the place of the URL, which is used for a value of an environment file.
        """
        value = parts.host_changing_value()
        if value is None:
            return
        error = UsageError(f"The value of '{value.expression}' {parts.refusal}", hint=parts.hint(value.expression))
        if value.text.at.line:
            self.fail(error, value.text, value.start, value.end)
        else:
            self.fail(error, text)

    def warn_of_fragment(self, url: str, *, is_whole: bool) -> None:
        """Warn of a `#` that a value has put into a URL.

        In a value that is the whole URL, a fragment is allowed, unless it cuts off parameters.
        """
        if "#" in url and (not is_whole or CUT_PARAMETERS.search(url) is not None):
            self.warn("a value in the URL holds a #, which ends the URL: {{%name}} percent-encodes the value")

    def is_foreign(self, expression: str) -> bool:
        """Whether the value of an expression may come from a response or a script, and is not in the files."""
        return not names_dynamic(expression) and self.fixed_value(expression) is None

    def _is_of_written_list(self, name: str) -> bool:
        """Whether this is a variable of the step's loop, whose list is written in the file."""
        directive = self.step.directive("loop")
        found = _WRITTEN_LOOP.match(directive.value.text) if directive is not None and directive.value else None
        if found is None or re.split(r"[.\[]", name, maxsplit=1)[0] != found[1]:
            return False
        return any(name in layer.values for layer in self.resolution.above)  # else the name is that of a request

    def _is_computed(self, name: str) -> bool:
        """Whether a script of the file has set this variable, so that it may contain a part of JSON."""
        return any(layer.name == "script" and name in layer.values for layer in self.resolution.above)

    def _whole_value(self, hole: Hole, text: Template, null: str, spot: _Spot | None = None) -> Expanded:
        """The value of a `{{...}}` that is not a variable, up to the limit of length."""
        if self._chars_left < 0:  # the preflight has reported the error
            return self._unresolved(hole, text)
        value = self._value(hole, text, null, (), spot)
        self._chars_left -= len(value.text)
        if self._chars_left < 0:
            raise _TooLarge(
                f"With the values of its variables, this is longer than {MAX_TEXT // 1_000_000} MB",
                hint="send a file: < ./name",
            )
        return value

    def _value(
        self, hole: Hole, text: Template, null: str, trail: tuple[Variable, ...], spot: _Spot | None = None
    ) -> Expanded:
        # A script, and the server whose text it reads, may choose any name, such as `$env.HOST`.
        is_taken = names_dynamic(hole.expression)
        found = None if is_taken else self._look_up(hole.expression, null, trail, None if hole.is_encoded else spot)
        return self._null_filled(found, hole, null) if found else self.value_of_hole(hole, text, null, trail)

    def _null_filled(self, value: Expanded, hole: Hole, null: str) -> Expanded:
        if not isinstance(value.text, NullText):
            return value
        if not null:
            self._note_null(hole.expression)
        return Expanded(null)

    def value_of_hole(self, hole: Hole, text: Template, null: str, trail: tuple[Variable, ...]) -> Expanded:
        """The value of a `{{...}}` that is not a variable: a dynamic value, or a part of another exchange.

        `trail` lists the variables whose values contain the expression. Raises `UsageError` if the expression has no
        meaning.
        """
        if is_dynamic(hole.expression):
            if shared := _SHARED.match(hole.expression):
                return self._null_filled(self._shared_value(shared[1], null, trail), hole, null)
            try:
                return Expanded(self._dynamic(hole, text, trail))
            except Unanswered:
                return self._unresolved(hole, text)
        reference = read_reference(self.resolution.names, hole.expression) or self._own_exchange(hole.expression, trail)
        if reference is not None:
            value = self._reference_value(self._nearest_step(reference), null)
            return self._unresolved(hole, text) if value is None else Expanded(value)
        return self._unknown(hole, text, null, trail)

    def _shared_value(self, name: str, null: str, trail: tuple[Variable, ...]) -> Expanded:
        """The value of `{{$shared name}}`: the value for all environments, even if the chosen environment also defines
        the name.
        """
        layers = [one for one in self.resolution.below if isinstance(one, TemplateLayer) and one.is_shared]
        for head, path in ((name, ""), *_heads(name)):
            for layer in (one for one in layers if head in one.values):
                found = self._note_secret(name, self._value_of_layer(layer, head, null, trail))
                member = found.text if found.is_open or not path else member_of(found.text, path, null)
                if member is not None:
                    return found if member == found.text else self._note_secret(name, member)
        raise UsageError(f"No variable '{name}' in $shared", hint='http-client.env.json: {"$shared": {..}}')

    def _own_exchange(self, expression: str, trail: tuple[Variable, ...]) -> Reference | None:
        """The reference of `{{response.parsedBody.x}}` in a variable below a request: a part of the exchange of this
        request.
        """
        step = self.resolution.steps.get(trail[-1].step) if trail and trail[-1].is_after_request else None
        return reference_to(step, expression) if step is not None else None

    def _nearest_step(self, reference: Reference) -> Reference:
        """The step that a name refers to at this step, if several steps have the name."""
        step_index = self.resolution.step_index
        number = self.step.number if self._is_answered else self.step.number - 1
        nearest = step_index.at(reference.name, number) if step_index is not None else None
        return reference if nearest is None or nearest is reference.step else reference._replace(step=nearest)

    def _look_up(self, name: str, null: str, trail: tuple[Variable, ...], spot: _Spot | None = None) -> Expanded | None:
        for layer in self.resolution.above:
            if name in layer.values:
                return self._noted_open(self._note_secret(name, layer.values[name]))
        variable = self.definitions.at(name, self.step.number)
        is_own = variable is not None and bool(trail) and variable is trail[-1]
        if variable is not None and not is_own:
            self._is_fixed = self._is_fixed and name not in (self.resolution.capturing or ())
            return self._note_secret(name, self._value_of_variable(variable, null, trail, spot))
        for below in self.resolution.below:
            if name in below.values:
                if name in self.resolution.withheld_names and isinstance(below, TemplateLayer):
                    self._note_withheld(name)
                return self._note_secret(name, self._value_of_layer(below, name, null, trail, spot))
        if is_own and self._capturing(name) is None:
            hint = f"give the variable a value, here or in an environment; or --var {name}=..."
            raise UsageError(f"'{name}' is defined by itself: {name} -> {name}", hint=hint)
        return None

    def _note_withheld(self, name: str) -> None:
        """Add a note that this value of an environment is not the shell's value of the same name."""
        self._is_fixed = False  # so that the run looks the value up again, and shows the note
        self.note(
            f"'{name}' is not the secret of the shell; to use the secret of the shell, add --var {name}={{{{{name}}}}}"
        )

    def _value_of_variable(
        self, variable: Variable, null: str, trail: tuple[Variable, ...], spot: _Spot | None = None
    ) -> Expanded:
        if variable in trail:
            names = [*(v.name for v in trail[trail.index(variable) :]), variable.name]
            raise UsageError(f"'{variable.name}' is defined by itself: {' -> '.join(names)}")
        self._unfolded = self._unfolded + 1 if self._depth else 1
        if self._depth >= MAX_DEPTH or self._unfolded > MAX_UNFOLDED:
            limit = f"{MAX_DEPTH} deep" if self._depth >= MAX_DEPTH else f"more than {MAX_UNFOLDED:,} of them"
            raise _TooLarge(
                f"'{variable.name}' uses too many other variables, {limit}",
                hint="write values instead of variables",
            )
        self._depth += 1
        try:
            value = self._expand_text(variable.value, null, (*trail, variable), spot)
            if spot is not None:
                spot.is_passed = True
        finally:
            self._depth -= 1
        if len(value.text) > MAX_VALUE:
            raise _TooLarge(
                f"'{variable.name}' is longer than {MAX_VALUE // 1_000_000} MB", hint="send a file: < ./name"
            )
        return value

    def _value_of_layer(
        self,
        layer: Layer | TemplateLayer,
        name: str,
        null: str,
        trail: tuple[Variable, ...],
        spot: _Spot | None = None,
    ) -> str | Expanded:
        # before the request is sent, a response may give a value that overrides this value
        is_of_file = isinstance(layer, TemplateLayer)
        self._is_fixed = self._is_fixed and is_of_file and name not in (self.resolution.capturing or ())
        value = layer.values[name]
        if not isinstance(value, Template):
            return self._noted_open(value) if isinstance(value, Expanded) else value
        if "{{" not in value.text:
            return value.text
        return self._value_of_variable(Variable(name, escape_backslashes(value), NOWHERE), null, trail, spot)

    def _note_secret(self, name: str, value: str | Expanded) -> Expanded:
        found = value if isinstance(value, Expanded) else Expanded(value)
        if found.text and not found.is_open and self.resolution.is_secret(name):
            self._secrets.add(found.text)
        return found

    def _dynamic(self, hole: Hole, text: Template, trail: tuple[Variable, ...]) -> str:
        sources = self.resolution.sources
        source = sources._replace(
            env=self._tracking_secrets(sources.env), dotenv=self._tracking_secrets(sources.dotenv)
        )
        if not trail or is_constant(hole.expression):
            self._is_fixed = self._is_fixed and is_constant(hole.expression)
            return self._dynamic_value(hole, text, source)
        # a variable of another file may have the same name and place
        key = (f"{trail[-1].name}={trail[-1].value.text}", text.at.offset, hole.start)
        if key not in self.resolution.frozen:
            self.resolution.frozen[key] = expand_dynamic(hole.expression, source, self._entry_name)
        return self.resolution.frozen[key]

    def _dynamic_value(self, hole: Hole, text: Template, source: DynamicSources) -> str:
        """A dynamic value. If a script above this request has already received a value for it, this value is used."""
        dynamic_values = self.resolution.dynamic_values
        key = (hole.expression, text.position_at(hole.start).offset) if dynamic_values is not None else ("", 0)
        if dynamic_values is not None and key in dynamic_values:
            return dynamic_values[key]
        value = expand_dynamic(hole.expression, source, self._entry_name)
        if dynamic_values is not None:
            dynamic_values[key] = value
        return value

    def _tracking_secrets(self, read: Callable[[str], str | None]) -> Callable[[str], str | None]:
        """A lookup that records values as secret if their names are those of credentials."""

        def noted(name: str) -> str | None:
            value = read(name)
            return None if value is None else self._note_secret(name, value).text

        return noted

    def _entry_name(self, name: str) -> str:
        """The value of a variable, which is used as the name of an environment variable.

        Raises `UsageError` for a value that a response or a script may have given: foreign data must not choose which
        environment variable is read.
        """
        found = self._look_up(name, "", ())
        if found is None and self._capturing(name) is None:
            raise UsageError(f"No variable '{name}'", hint=self._hint(name))
        if found is not None and found.is_open and self._is_from_user(name):
            raise Unanswered
        if found is None or self.fixed_value(name) != found.text:
            hint = f"write the name of the environment variable itself, or define: @{name} = NAME"
            raise UsageError(
                f"'%{name}' may come from a response, and such a value must not choose an environment variable",
                hint=hint,
            )
        return found.text

    def _is_from_user(self, name: str) -> bool:
        return next((layer.is_from_user for layer in self.resolution.above if name in layer.values), False)

    def fixed_value(self, name: str) -> str | None:
        """The value of a variable that the files or the user define; None if it may come from elsewhere."""
        return self._fixed_or_member(name, (), {})

    def _fixed_or_member(self, name: str, trail: tuple[str, ...], found: dict[str, str | None]) -> str | None:
        value = self._fixed_value(name, trail, found)
        if value is not None or ("." not in name and "[" not in name):
            return value
        objects = ((self._fixed_value(head, trail, found), path) for head, path in _heads(name))
        return next((member_of(text, path) for text, path in objects if text is not None), None)

    def _fixed_value(self, name: str, trail: tuple[str, ...], found: dict[str, str | None]) -> str | None:
        """The fixed value of a variable. `found` caches values, so that each is computed once."""
        if name not in found:
            value = self._fixed_text(name, trail, found) if name not in trail and len(trail) < MAX_DEPTH else None
            found[name] = value if value is None or len(value) <= MAX_VALUE else None
        return found[name]

    def _fixed_text(self, name: str, trail: tuple[str, ...], found: dict[str, str | None]) -> str | None:
        for layer in self.resolution.above:
            if name in layer.values:
                value = layer.values[name]
                return value if layer.is_from_user and isinstance(value, str) else None
        variable = self.definitions.at(name, self.step.number)
        template = variable.value if variable is not None else None
        if template is None:
            below = next((layer.values[name] for layer in self.resolution.below if name in layer.values), None)
            template = escape_backslashes(below) if isinstance(below, Template) else None
        if template is None:
            return None
        parts = [
            unescaped(piece)
            if isinstance(piece, str)
            else self._fixed_or_member(piece.expression, (*trail, name), found)
            for piece in split(template.text)
        ]
        texts = [part for part in parts if part is not None]
        return "".join(texts) if len(texts) == len(parts) else None

    def _reference_value(self, reference: Reference, null: str) -> str | None:
        self._is_fixed = False
        self.add_need(reference.step)
        if self.record_of is None:
            if reference.round != -1:
                check_path(reference.path)
            return None
        if reference.round == -1:
            return self._note_secret(reference.path, self._list_of_bodies(reference, null)).text
        record = self._record_of(reference)
        if record is None:
            raise UsageError(
                f"'{reference.name}' has no response to refer to", hint="this request was not sent, or it failed"
            )
        if reference.step.number in self.resolution.failed_steps and is_error_page(reference.path, record):
            status = record.response.status
            raise UsageError(f"'{reference.name}' has a response with the error status {status}")
        value = value_of(reference, record)
        if value is None and not null:
            self._note_null(f"{reference.name}.{reference.path}")
        return null if value is None else self._note_secret(reference.path, format_value(value)).text

    def _note_null(self, expression: str) -> None:
        self._is_fixed = False  # so that the run looks the value up again, and shows the note
        self.note(f"{{{{{expression}}}}} is null: nothing is sent in its place")

    def _record_of(self, reference: Reference) -> Record | None:
        if reference.round is None:
            return self.record_of(reference.step) if self.record_of is not None else None
        sent = self.resolution.rounds.get(reference.step.number, ())
        return sent[reference.round] if reference.round < len(sent) else None

    def _list_of_bodies(self, reference: Reference, null: str) -> str:
        """The bodies of all rounds of a loop as a JSON array, or the value at a path in that array, such as
        `[0].id`.
        """
        sent = self.resolution.rounds.get(reference.step.number, ())
        bodies = (format_value(select(record, "body.$")) for record in sent)
        text = f"[{', '.join(bodies)}]"
        found = member_of(text, reference.path, null) if reference.path else text
        if found is None:
            rounds = f"{len(sent)} round{'s' * (len(sent) != 1)}"
            raise UsageError(
                f"Nothing at '{reference.path}' in the list of bodies of '{reference.name}', whose loop sent {rounds}"
            )
        return found

    def _unknown(self, hole: Hole, text: Template, null: str, trail: tuple[Variable, ...]) -> Expanded:
        self._is_fixed = False
        if (member := self._member(hole, text, null)) is not None:
            return member
        if (member := self._written_member(hole, text, null, trail)) is not None:
            return member
        capturing = self._capturing(hole.expression)
        if capturing is not None:
            self.add_need(capturing)
            if self.is_preflight:
                return self._unresolved(hole, text)
            why = f"'{capturing.label}' was not sent, it failed, or it gave no value"
            raise UsageError(f"'{hole.expression}' was not captured: {why}")
        if self.is_preflight and _NAME.fullmatch(hole.expression) and self._may_be_computed():
            return self._unresolved(hole, text)
        policy = self.resolution.undefined
        if policy == "error":
            if hole.expression in self.resolution.withheld_names:
                raise _withheld_error(hole.expression)
            self._refuse_stored(hole.expression)
            raise _explain_undefined(hole.expression) or UsageError(
                f"No variable '{hole.expression}'", hint=self._hint(hole.expression)
            )
        if policy == "empty":
            return Expanded("")
        return self._unresolved(hole, text) if policy == "open" else Expanded(text.text[hole.start : hole.end])

    def _unresolved(self, hole: Hole, text: Text) -> Expanded:
        """The `{{...}}` as it is written, marked as open: its value is not known yet."""
        return self._noted_open(Expanded(text.text[hole.start : hole.end], is_open=True))

    def _noted_open(self, value: Expanded) -> Expanded:
        if value.is_open:
            self._open_parts[value.text] = None
        return value

    def _refuse_stored(self, name: str) -> None:
        """Raise `UsageError` if an environment takes this variable from a secret store of Visual Studio."""
        for layer in self.resolution.below:
            if isinstance(layer, TemplateLayer) and name in layer.stored:
                raise UsageError(
                    f"'{name}' is in {layer.stored[name]}, and callbox does not read secrets from a store",
                    hint=f"give the value: --var {name}=...",
                )

    def _member(self, hole: Hole, text: Template, null: str) -> Expanded | None:
        """The member `{{o.name}}` or `{{o.list[0]}}` of an object that a script or a capture has set."""
        head = _HEAD.match(hole.expression)
        if head is None:
            return None
        found = self._computed(head[0])
        if isinstance(found, str):
            value = member_of(found, hole.expression[head.end() :], null)
            return self._note_secret(hole.expression, value) if value is not None else None
        capturing = self._capturing(head[0]) if found is None else None
        if capturing is not None:
            self.add_need(capturing)
        is_left_open = self.is_preflight and (found is not None or capturing is not None)
        return self._unresolved(hole, text) if is_left_open else None

    def _written_member(self, hole: Hole, text: Template, null: str, trail: tuple[Variable, ...]) -> Expanded | None:
        """The member of a JSON value that the environment, the file or the user defines, as in `{{user['name']}}`."""
        for name, path in _heads(hole.expression):
            found = self._look_up(name, null, trail)
            if found is None:
                continue
            if found.is_open:
                return self._unresolved(hole, text)
            value = member_of(found.text, path, null)
            if value is not None:
                self._note_secret(name, value)
                return self._note_secret(hole.expression, value)
        return None

    def _computed(self, name: str) -> str | Expanded | Template | None:
        """The value that a script or a capture has set for a name; None if neither has."""
        layers = (*self.resolution.above, *self.resolution.below)
        return next((layer.values[name] for layer in layers if _is_computed(layer) and name in layer.values), None)

    def _capturing(self, name: str) -> Step | None:
        """The step that captures this name: the last such step before this step, else the first such step after it."""
        capturing = self.resolution.capturing
        if capturing is None:
            capturing = capturing_steps_of(self.resolution.script.steps)
        steps = capturing.get(name, ())
        above = bisect_left(steps, self.step.number, key=attrgetter("number"))
        return steps[max(above - 1, 0)] if steps else None

    def _may_be_computed(self) -> bool:
        """Whether earlier steps must run first, because their scripts may set any name."""
        steps = (self.resolution.capturing or {}).get(ANY, ())
        above = [step for step in steps if step.number < self.step.number]
        for step in above:
            self.add_need(step)
        return bool(above)

    def _hint(self, name: str) -> str:
        if name.startswith(("response.", "request.")):
            return "to use another response: # @name login above its request, and {{login.response.body.$.id}}"
        if (of_system := _PROCESS_ENV.fullmatch(name)) is not None:
            return f"for a variable of the system: {{{{$processEnv {of_system[1]}}}}}"
        if (hint := self._hint_of_member(name)) is not None:
            return hint
        for layer in self.resolution.below:
            unchosen = layer.unchosen if isinstance(layer, TemplateLayer) else {}
            if known := next((one for one in (name, *(head for head, _ in _heads(name))) if one in unchosen), ""):
                return " or ".join(f"-e {one}" for one in unchosen[known][:MAX_NAMED]) + " has it"
        if any(blank in name for blank in " \t'\"()"):
            return "for two literal braces, write \\{\\{"
        if name.startswith("$."):
            return "to send a request for each item of a list: # @loop for x of NAME, and {{x.id}}"
        if name.rstrip(".") in self.resolution.names:
            return f"that is a request: name a part of its response, {{{{{name.rstrip('.')}.response.body.$.id}}}}"
        near = self.nearest(name, self._names())
        stem = name.partition(".")[0]
        if near:
            return suggestion(near)
        # a credential's value is redacted up to its end, so nothing may follow it
        return f"define it: @{stem}{'' if is_credential_name(stem) else ' = ...'}, or --var {stem}=..."

    def _hint_of_member(self, name: str) -> str | None:
        """The hint for a member if the variable is not an object, or has no such member; None for other names."""
        for head, _ in _heads(name):
            found = self._computed(head)
            value = found if isinstance(found, str) else self.fixed_value(head)
            if value is None:
                continue
            if value.lstrip().startswith("["):
                return f"the value is a list, and {{{{{head}[0]}}}} is its first item"
            return f"'{head}' has no such member"
        return None

    def nearest(self, name: str, names: Iterable[str]) -> str:
        """The known name most similar to this one.

        Empty if none is similar, or if too many names have been searched already.
        """
        if self.definitions.hints_left <= 0:
            return ""
        self.definitions.hints_left -= 1
        return closest(name, names)

    def _names(self) -> Iterator[str]:
        for layer in (*self.resolution.above, *self.resolution.below):
            yield from layer.values
        yield from self.definitions
        yield from (name for name in self.resolution.capturing or () if name != ANY)
        yield from (name for name in self.resolution.names if " " not in name)


def _is_kept(value: Expanded, hole: Hole, text: Text) -> bool:
    """Whether `--undefined keep` has left this `{{...}}` as the file has it."""
    return not value.is_open and value.text == text.text[hole.start : hole.end]


def is_error_page(path: str, record: Record) -> bool:
    """Whether a path refers to the whole body of a response with an error status."""
    return record.response.status >= 400 and _WHOLE_BODY.match(path) is not None


def _is_computed(layer: Layer | TemplateLayer) -> bool:
    return layer.name in ("script", "captured")


CUT_PARAMETERS = re.compile(r"(?:\A|#)[^#?]*+\?[^#]*+#[^#&?/\s]*+&[^#=\s]++=")
"""A `#` in a URL that cuts off parameters: `?a=#f00&b=2`."""
_WHOLE_BODY = re.compile(r"(?:(?:response\.)?body(?:\.[$*])?|\$)\Z")
_HEAD = re.compile(r"[\w-]++(?=[.\[])")
_SHARED = re.compile(r"\$shared\s++(\S.*)\Z")
_MEMBER = re.compile(r"\.([^.\[\]]++)|\[(\d{1,9}+)\]|\['([^']*+)'\]|\[\"([^\"]*+)\"\]")
_MAX_HEADS = 20
"""The most names that are tried as the object of a member."""


def _heads(expression: str) -> Iterator[tuple[str, str]]:
    """The names that may be the object of a member, the longest first, each with the path to the member.

    >>> list(_heads("a.b[0]"))
    [('a.b', '[0]'), ('a', '.b[0]')]
    """
    ends = [at for at, char in enumerate(expression[:MAX_NAME]) if char in ".[" and at]
    for end in reversed(ends[:_MAX_HEADS]):
        yield expression[:end], expression[end:]


def member_of(text: str, path: str, null: str = "") -> str | None:
    """The text at a path in a JSON text; None if the text is not JSON or has no value at the path.

    `null` is the text for a JSON null.

    >>> member_of('{"list": [{"an id": 1.10}]}', ".list[0]['an id']")
    '1.10'
    """
    try:
        found = _read_json(text)
    except (ValueError, RecursionError):
        return None
    at = 0
    while at < len(path):
        part = _MEMBER.match(path, at)
        if part is None:
            return None
        at = part.end()
        key = next((name for name in part.group(1, 3, 4) if name is not None), None)
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and part[2] is not None and int(part[2]) < len(found):
            found = found[int(part[2])]
        else:
            return None
    return null if found is None else format_value(found)


@lru_cache(maxsize=4)
def _read_json(text: str) -> Value:
    document: Value = json.loads(text, parse_float=Number)
    return document


def escape_backslashes(value: Template) -> Template:
    """Escape a value of an environment file, where a backslash is literal, so that a script reads the same value."""
    return value._replace(text=value.text.replace("\\", "\\\\")) if "\\" in value.text else value


def _withheld_error(name: str) -> UsageError:
    return UsageError(
        f"No variable '{name}' in the file; the shell has a secret of this name, but does not give it to files",
        hint=f"to give it to this file: --var {name}={{{{{name}}}}}",
    )


def _explain_undefined(expression: str) -> UsageError | None:
    """The error for an expression that cannot be the name of a variable; None if it can."""
    if _WORDS.match(expression):
        return UsageError(f"'{expression}' is not a reference: the name has blanks", hint="name the request: # @name x")
    is_filter = "|" in expression.replace("||", "")
    if _JAVASCRIPT.search(expression) and not is_filter and expression[0] != ".":
        hint = 'compute the value above the request: < {% request.variables.set("x", ...) %}'
        return UsageError(f"'{expression}' is JavaScript, but {{{{ }}}} may contain only a name", hint=hint)
    return None
