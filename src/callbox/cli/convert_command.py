"""`callbox convert SOURCE [TARGET]`: make `.http` files from a description of an API, and keep the user's edits in
them.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from callbox.cli.argparse_parser import HELP_FORMAT, StrictParser
from callbox.cli.standard_streams import write_stdout
from callbox.convert.files_and_formats import (
    ENVIRONMENTS,
    FORMATS,
    ExistingFiles,
    Writing,
    plan_writing,
    read_format,
    read_target,
    write,
    write_format,
)
from callbox.convert.openapi_to_scripts import Converted, convert_description, environments_of, key_text
from callbox.convert.script_merge import MergeNote
from callbox.errors import Place, ScriptError, UsageError
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.unreadable_file_lines import redact_bad_line
from callbox.exchange.url import is_absolute
from callbox.httpfile.model import Step
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import place_of
from callbox.openapi.description_cache import MAX_BYTES, open_bytes, open_file
from callbox.openapi.json_and_yaml_reader import decode
from callbox.openapi.operations_parameters_and_security import Api, server_url
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.storage.file_read_write_and_list import literal_path, read_bytes

STREAM = "-"
MAX_NAMED = 20
"""How many operations or problems of one kind are listed. The rest is counted."""


def run_convert(words: Sequence[str]) -> int:
    """Run `callbox convert`. Returns the exit code, which is 1 if an edit by hand conflicts with the description."""
    found = make_parser().read(words)
    if not found.files:
        raise UsageError("Nothing to convert", hint="callbox convert openapi.json api.http")
    if len(found.files) > 2:
        raise UsageError(f"More than one target: '{found.files[2]}'", hint="callbox convert openapi.json api.http")
    source, target = (*(one if is_absolute(one) else literal_path(one) for one in found.files), STREAM)[:2]
    if is_absolute(target):
        raise UsageError(f"The target must be a file or a folder, not the URL {redact_shown_url(target)}")
    is_folder = target != STREAM and (target.endswith("/") or os.path.isdir(target))
    if target != STREAM and not is_folder:
        write_format(target, found.to)
        is_folder = "." not in os.path.basename(target)
    api = _read(source, found.source)
    if target == STREAM:
        converted = convert_description(api, has_environments=False)
        text = converted.scripts[0].text if converted.scripts else ""
        write_stdout(text)
        _tell(_assumed_base(api, [text]))
        _tell(_problems(api, converted))
        return 0
    return _convert_to(api, read_target(target.rstrip("/") or "/", _name_of(source), is_folder=is_folder))


def _read(source: str, chosen: str) -> Api:
    """Read the description of an API from a file, a URL or standard input. `chosen` is the format; if it is empty, the
    text decides.
    """
    if is_absolute(source):
        return _fetch(source, chosen)
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if source == STREAM else read_bytes(source, MAX_BYTES)
    name = "standard input" if source == STREAM else source
    read_format(decode(data, name), name, chosen)
    return open_bytes(data, name) if source == STREAM else open_file(source)


def _fetch(url: str, chosen: str) -> Api:
    """Fetch the description of an API from a URL, without credentials."""
    # The import takes a third of the start-up time, and only URLs need it.
    from callbox.openapi.description_discovery import open_without_credentials

    if chosen:
        read_format("", url, chosen)
    return open_without_credentials(url)


def _name_of(source: str) -> str:
    """The name of a description in messages and in the names of variables. For a URL, it is host and path."""
    return source.partition("://")[2].partition("?")[0].partition("#")[0] if is_absolute(source) else source


def _convert_to(api: Api, target: ExistingFiles) -> int:
    target = target.with_renamed_source(_operation_keys(api))
    api.location = api.location or target.location_of(api.servers[0].filled)
    has_environments = target.has_environments(environments_of(api))
    converted = convert_description(api, is_folder=target.is_folder, has_environments=has_environments)
    if not converted.scripts:
        raise UsageError(f"{target.source} has no operations", hint="callbox -c 'import openapi FILE' -c 'show api'")
    writing = plan_writing(target, converted)
    _check(writing)
    written = write(writing)
    if target.former_source:
        place = f"{target.source} has the same operations and takes its place"
        _tell([f"{target.path} was made from {target.former_source}; {place}"])
    _tell(_summary(writing, written))
    if written:
        _tell(_assumed_base(api, writing.merged.files.values()))
    if written and (not target.files or writing.merged.added):
        _tell(_changing_requests(writing, written))
    if not has_environments and environments_of(api):
        where = "another environment file of this folder" if target.has_other_base else ENVIRONMENTS
        _tell([f"{where} has the base of another API, so the script has its own @base"])
    _tell(_problems(api, converted))
    return 1 if any(note.kind == "conflict" for note in writing.merged.notes) else 0


def _operation_keys(api: Api) -> Iterator[str]:
    return (key_text(f"{entry.method} {entry.path}") for node in api.walk() for entry in api.entries(node))


def _check(writing: Writing) -> None:
    """Raise the first error that the merged files have and the files on disk do not have. Then nothing is written."""
    for name, text in writing.merged.files.items():
        path = writing.path_of(name)
        known = {error.code for error in parse(writing.target.files.get(name, ""), path).errors}
        script = parse(text, path)
        for error in script.errors:
            if error.code not in known:
                place: Place = place_of(script, error.at, error.length)
                message = f"Nothing is written, because the merged file would have an error: {error.message}"
                raise ScriptError(message, hint=error.hint, place=place)


def _summary(writing: Writing, written: Sequence[str]) -> Iterator[str]:
    merged = writing.merged
    if not written:
        yield f"{writing.target.path} is up to date: nothing to write"
    for name in written:
        count = sum(1 for _ in parse(merged.files[name], "").steps)
        yield f"wrote {writing.path_of(name)}: {count} request{'' if count == 1 else 's'}"
    if writing.environments != writing.target.environments:
        yield f"wrote {os.path.join(writing.target.folder, ENVIRONMENTS)}"
    if writing.target.files:
        yield from _changed_bases(writing)
        for label, keys in (("new", merged.added), ("changed", merged.changed), ("removed", merged.removed)):
            if keys:
                more = f", .. {len(keys) - MAX_NAMED} more" if len(keys) > MAX_NAMED else ""
                yield f"{label}: {', '.join(keys[:MAX_NAMED])}{more}"
    yield from (_note(writing, note) for note in merged.notes)


def _changed_bases(writing: Writing) -> Iterator[str]:
    """Yield a note for each file whose requests now go to another host, also those with edits by hand."""
    for name, text in writing.bases.items():
        old, new = (
            next((line for line in one.split("\n") if line.startswith("@base")), "")
            for one in (writing.target.bases.get(name, ""), text)
        )
        if old and old != new:
            yield f"{writing.path_of(name)}: the description has another server: {new or 'none'} (was {old})"


def _assumed_base(api: Api, texts: Iterable[str]) -> Iterator[str]:
    """Yield a note if the description names no host, so that the requests go to this machine."""
    server = api.servers[0]
    if "://" in server.filled or api.location or server.filled.startswith("//"):
        return
    base = f"@base = {server_url(server)}"
    if any(line == base for text in texts for line in text.split("\n")):
        yield f"the description has no host, so the requests go to this machine: {base}"


def _changing_requests(writing: Writing, written: Sequence[str]) -> Iterator[str]:
    """Yield a note about requests that change data, because a replay sends them all, with example ids."""
    methods = Counter(
        step.method for name in written for step in parse(writing.merged.files[name], "").steps if _is_sent(step)
    )
    counts = [f"{methods[method]} {method}" for method in ("POST", "PUT", "PATCH", "DELETE") if methods[method]]
    if counts:
        tip = "to leave a request out, write # @disabled above it"
        yield f"callbox replay sends all requests, also {', '.join(counts)}; {tip}"


def _is_sent(step: Step) -> bool:
    return step.directive("disabled") is None


def _note(writing: Writing, note: MergeNote) -> str:
    where = f"{writing.path_of(note.file)}:{note.line}"
    if note.kind == "conflict":
        return f"{where}: {_conflict(note)}"
    if note.kind == "used":
        return f"{where}: {note.text} is no longer in the description; another request uses it, so it stays"
    if note.kind == "name":
        return f"{where}: the description renames this request; other requests use '{note.text}', so this name stays"
    return f"{where}: {note.text} is no longer in the description; you edited it, so it stays"


def _conflict(note: MergeNote) -> str:
    where = f"conflict in {note.operation}" if note.operation else "conflict"
    if note.is_body and not note.described:
        return f"{where}: the description no longer has a body; yours stays"
    if note.is_body:
        return f"{where}: the description has another body now; yours stays, and the new one is above the request"
    own = redact_bad_line(note.text.rstrip(","))
    if not note.described:
        return f"{where}: the description no longer has this line; your {own} stays"
    return f"{where}: the description now has {redact_bad_line(note.described.rstrip(','))}; your {own} stays"


def _problems(api: Api, converted: Converted) -> Iterator[str]:
    for problem in converted.problems[:MAX_NAMED]:
        yield f"not written as described: {problem}"
    if len(converted.problems) > MAX_NAMED:
        yield f".. {len(converted.problems) - MAX_NAMED} more"
    if api.problem_count:
        count = api.problem_count
        yield f"{count} mistake{'' if count == 1 else 's'} in the description; to list them: import openapi, show api"


def _tell(lines: Iterator[str] | Sequence[str]) -> None:
    """Write notes to standard error. `Screen` is not used, because its import takes longer than most conversions."""
    for line in lines:
        sys.stderr.write(f"{visible_line(line)}\n")


def make_parser() -> StrictParser:
    """The parser of `callbox convert`; completion and the manual page read its options."""
    parser = StrictParser(
        prog="callbox convert",
        usage="callbox convert SOURCE [TARGET] [OPTION]..",
        description="Make .http files from a description of an API. Your edits stay when you convert again.",
        epilog="SOURCE is a file, a URL, or - for standard input. TARGET is a .http file, a folder (with a file for "
        "each tag), or - for standard output. The exit code is 1 if an edit and a change of the description conflict, "
        "else 0.",
        formatter_class=HELP_FORMAT,
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="the source and the target")
    read = [one.name for one in FORMATS if one.is_read]
    written = [one.name for one in FORMATS if one.is_written]
    parser.add_argument("--from", dest="source", default="", metavar="|".join(read), help="the format of the source")
    parser.add_argument("--to", default="", metavar="|".join(written), help="the format of the target")
    return parser
