"""Make responses of real descriptions, right and wrong ones, each with callbox's verdict, as lines of JSON.

    python -m tests.verdicts.cases FILE [SAMPLE]

Descriptions are those of `make corpus`. A right body is an example made of the schema; wrong ones are it with a field
taken out or replaced. `judge.py` asks schemathesis for its verdict on the same responses.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

from tests.corpus.run import fetch

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.example_bodies import MISSING, make_value
from callbox.openapi.json_and_yaml_reader import DescriptionError
from callbox.openapi.operations_parameters_and_security import Api, Operation, is_json_type
from callbox.openapi.response_validator import Contract

SEED = 5
SAMPLE = 60
MAX_SIZE = 200_000
"""Bytes of a description: the other side takes seconds for a large one."""
MAX_OPERATIONS = 15
OTHERS: list[Any] = [{"zz": 1}, 12345, "text", None, [1], True]


def changed(value: Any, choose: random.Random) -> Any:
    """The value with one part of it taken out or replaced."""
    if isinstance(value, dict) and value:
        name = choose.choice(list(value))
        if choose.random() < 0.4:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: changed(value[name], choose)}
    if isinstance(value, list) and value:
        return [changed(value[0], choose), *value[1:]]
    return choose.choice(OTHERS)


def record_of(operation: Operation, url: str, status: int, media_type: str, value: Any) -> Record:
    body = json.dumps(value).encode()
    head = ResponseHead(status, "", Headers([("Content-Type", media_type)]))
    outgoing = Outgoing(operation.method, parse(url), ())
    return Record(Draft(operation.method, url), outgoing, head, body, len(body))


def cases_of(name: str, api: Api, contract: Contract, choose: random.Random) -> list[dict[str, Any]]:
    entries = [entry for node in api.walk() for entry in api.entries(node) if not {"#", "?"} & set(entry.path)]
    found = []
    for entry in choose.sample(entries, min(len(entries), MAX_OPERATIONS)):
        operation = api.operation_of(entry)
        for response in operation.responses[:3]:
            status = 200 if response.status == "default" else int(response.status.replace("X", "0"))
            media = response.media[0] if response.media else None
            if media is None or not is_json_type(media.media_type) or status in (204, 304) or entry.method == "HEAD":
                continue
            sent = media.media_type.partition(";")[0]
            made = make_value(media.schema)
            right = None if made is MISSING else made
            for value in (right, changed(right, choose), changed(right, choose)):
                verdict = contract.check_as(operation, record_of(operation, "http://h/", status, sent, value))
                case = {"file": name, "path": entry.path, "method": entry.method, "status": status, "type": sent}
                told = [[one.what, one.expected, one.actual] for one in verdict.failures]
                found.append({**case, "body": value, "is_ok": verdict.is_ok, "told": told})
    return found


def main() -> None:
    choose = random.Random(SEED)
    files = sorted(one for one in fetch().rglob("*.json") if one.stat().st_size < MAX_SIZE)
    sample = int(sys.argv[2]) if len(sys.argv) > 2 else SAMPLE
    with open(sys.argv[1], "w") as lines:
        for file in choose.sample(files, min(len(files), sample)):
            try:
                api = Api(compile_text(file.read_text(encoding="utf-8"), str(file)))
            except DescriptionError:
                continue
            contract = Contract(api)
            lines.writelines(json.dumps(case) + "\n" for case in cases_of(str(file), api, contract, choose))
            contract.close()


if __name__ == "__main__":
    main()
