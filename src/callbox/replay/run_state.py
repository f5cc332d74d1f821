"""The responses, captures, failures and values of scripts that a run has collected so far.

Several runs can use the same `RunState`: the pytest plugin runs one request at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence, Set

from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import format_value
from callbox.httpfile.model import Step
from callbox.replay.javascript.script_input_and_result import Json


class RunState:
    """The data that a run collects.

    If a later run of the same script gets this object, it does not send requests again whose responses are here.

    All modules may read the data, but only the methods of this class change it. There are two exceptions: the
    resolution of variables fills `frozen`, and the ports of the run fill `written`.
    """

    def __init__(self, captures: MutableMapping[str, str] | None = None, written: set[str] | None = None) -> None:
        """`captures` come from earlier runs, and `written` has the files that other scripts of this run write."""
        self._captures: MutableMapping[str, str] = captures if captures is not None else {}
        self._records: dict[int, Record] = {}
        self._rounds: dict[int, list[Record]] = {}
        self._failed_steps: dict[int, str] = {}
        self._unset_names: set[str] = set()
        self._new_names: set[str] = set()
        self._globals: dict[str, Json] = {}
        self._headers: dict[str, str] = {}
        self.frozen: dict[tuple[str, int, int], str] = {}
        """The random values and times of the file's variables, so that each is computed once."""
        self.written: set[str] = set() if written is None else written
        """The real paths of files with data of a server. Such files are not templates."""
        self.file_jar: Jar | None = None
        """The cookies of requests whose route the file sets; None before the first run."""

    @property
    def captures(self) -> Mapping[str, str]:
        """The captured values by name, including values that may not be used any more."""
        return self._captures

    @property
    def records(self) -> Mapping[int, Record]:
        """The responses that other steps refer to, and the response of the running step, by the numbers of the
        steps.
        """
        return self._records

    @property
    def rounds(self) -> Mapping[int, Sequence[Record]]:
        """The responses of all rounds of loops that other steps refer to, by the numbers of the steps."""
        return self._rounds

    @property
    def failed_steps(self) -> Mapping[int, str]:
        """The steps whose responses other steps cannot use, each with the reason."""
        return self._failed_steps

    @property
    def unset_names(self) -> Collection[str]:
        """The captures that a request should have set and did not. Their former values may not be used."""
        return self._unset_names

    @property
    def new_names(self) -> Collection[str]:
        """The names that requests and scripts of this run have set. Their values override the file's variables."""
        return self._new_names

    @property
    def globals(self) -> Mapping[str, Json]:
        """The values that scripts have set in `client.global`."""
        return self._globals

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that scripts have set in `client.global.headers`."""
        return self._headers

    def note_response(self, step: Step, record: Record | None) -> None:
        """Store the response of a step in place of an earlier one. None removes the earlier one."""
        if record is None:
            self._records.pop(step.number, None)
        else:
            self._records[step.number] = record

    def begin_rounds(self, step: Step) -> None:
        """Forget the rounds of an earlier `# @loop` of this step."""
        self._rounds[step.number] = []

    def add_round(self, step: Step, record: Record) -> None:
        """Add the response of one round of a `# @loop`."""
        self._rounds[step.number].append(record)

    def note_outcomes(self, step: Step, outcomes: Set[str]) -> None:
        """Record whether other steps can use the responses of a step.

        They cannot use them if a request failed or none was sent.
        """
        if outcomes == {"skipped"}:
            self._failed_steps[step.number] = "was skipped"
        elif outcomes <= {"ok", "skipped"}:
            self._failed_steps.pop(step.number, None)
        else:
            self._failed_steps[step.number] = "failed"

    def add_captures(self, captures: Iterable[tuple[str, str]]) -> None:
        """Add captured values."""
        added = dict(captures)
        self._captures.update(added)
        self._new_names.update(added)

    def note_names(self, given: Set[str], wanted: Set[str]) -> None:
        """Record which of the `wanted` names a step did not set. Values of names that it did set may be used again."""
        self._unset_names.difference_update(given)
        self._unset_names.update(wanted - given)

    def store_globals(self, values: Mapping[str, Json], removed: Iterable[str]) -> None:
        """Store the values that a script has set in `client.global`, and drop the values that it removed.

        Both changes are also made in the captures.
        """
        for name in removed:
            self._globals.pop(name, None)
            self._captures.pop(name, None)
            self._new_names.discard(name)
        self._globals.update(values)
        self._new_names.update(values)
        self._captures.update({name: format_value(value) for name, value in values.items()})

    def store_headers(self, headers: Mapping[str, str]) -> None:
        """Store the headers that scripts have set. They replace the earlier ones."""
        self._headers = dict(headers)

    def start_pass(self) -> None:
        """Begin a pass of `--repeat`: forget the responses and random values of the last one. Captures and globals
        stay.
        """
        self._records.clear()
        self._rounds.clear()
        self._failed_steps.clear()
        self._unset_names.clear()
        self.frozen.clear()
