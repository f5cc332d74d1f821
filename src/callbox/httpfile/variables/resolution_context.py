"""The input for the resolution of variables: layers, the definitions of a file, dynamic sources; open values.

`callbox.httpfile.variables.scope` resolves the variables of a step with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from operator import attrgetter
from typing import Literal, NamedTuple, NoReturn

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.request_content import FileBytes
from callbox.httpfile.model import Script, Step, Variable
from callbox.httpfile.source import Template
from callbox.httpfile.variables.dynamic_variables import DynamicSources
from callbox.httpfile.variables.references import StepIndex

_STEP = attrgetter("step")

MAX_HINTS = 50


class Definitions:
    """The variables of a file by name. It overrides `shared`, the variables of other files."""

    def __init__(self, variables: Iterable[Variable], shared: Mapping[str, Variable] | None = None) -> None:
        self.hints_left = MAX_HINTS
        """The number of undefined names for which a similar name is still searched.

        Each search takes time by the number of names.
        """
        self._shared = shared or {}
        self._definitions: dict[str, list[Variable]] = {}
        for variable in variables:
            self._definitions.setdefault(variable.name, []).append(variable)

    def __iter__(self) -> Iterator[str]:
        """Every name, once."""
        return iter({**self._shared, **self._definitions})

    def at(self, name: str, step: int) -> Variable | None:
        """The definition of a name at the step of this number: the last one before or in its block, else the first
        one after it.
        """
        found = self._definitions.get(name)
        if found is None:
            return self._shared.get(name)
        above = bisect_right(found, step, key=_STEP) if len(found) > 1 else 0
        return found[max(above - 1, 0)]


class Expanded(NamedTuple):
    """A text with its variables filled. From then on it is plain text, whatever it contains."""

    text: str
    is_open: bool = False
    """Whether a part of the text is not known yet, so that the preflight leaves it as written."""

    def strip(self) -> Expanded:
        """The text without blanks at both ends."""
        return Expanded(self.text.strip(), self.is_open)


def unknown_variable(name: str) -> Expanded:
    """The placeholder of a variable that is known only when the request is sent: its name in braces, marked as open."""
    return Expanded(f"{{{{{name}}}}}", is_open=True)


class UnknownVariables(Mapping[str, Expanded]):
    """The variables that are known only in a run: those with these names, or all."""

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
    """The environments that were not chosen, by the names that they define."""
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
    """What to do with an undefined variable: `error`, `keep` (unchanged), `empty`, or `open` (it is known when it is
    sent).
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
    """The steps of the script itself, to choose one of several with the same name. None chooses the last."""
    dynamic_values: MutableMapping[tuple[str, int], str] | None = None
    """The dynamic values of the current request, by their text and place, so that a script signs the values that are
    sent.
    """
    steps: Mapping[int, Step] = {}
    """The steps of all linked scripts, by their numbers."""
    rounds: Mapping[int, Sequence[Record]] = {}
    """The exchanges of each round of `# @loop`, by the numbers of their steps."""
    failed_steps: Container[int] = ()
    """The failed steps. A reference to the whole body of such a step's response is an error."""
    definitions: Definitions | None = None
    """The variables of the script and the shared ones, made once for all steps. If None, each scope makes them."""

    def is_secret(self, name: str) -> bool:
        """Whether the value of this name is redacted, because the user declared it secret or the name is that of a
        credential.
        """
        return name in self.secret_names or is_credential_name(name.rpartition(".")[2])


ANY = "*"
"""Among the names that steps capture, this stands for all names that their scripts compute."""


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
    """The input without responses, captures, files, prompts, the clock and random numbers.

    A value that depends on one of them is an error or stays as written.
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
