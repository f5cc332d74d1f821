"""Have Prism answer as real descriptions say, right and wrong, each with callbox's verdict, as lines of JSON.

    python -m tests.verdicts.prism FILE PRISM [DESCRIPTIONS]

PRISM is its command (`npm install @stoplight/prism-cli`). It mocks each description of a sample of those of
`make corpus`. Each of ten operations is requested for its first three statuses, with examples and then with values that
Prism makes up. A response is judged as it came, and once more with a part of its body taken out or replaced; without a
required parameter or a credential Prism answers with errors of its own. `judge.py` asks schemathesis for its verdict on
the same responses.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.corpus.run import fetch
from tests.verdicts.cases import changed

from callbox import Session
from callbox.convert.openapi_to_scripts import path_text, query_text
from callbox.exceptions import RequestException
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.example_bodies import make_body, sample_of
from callbox.openapi.json_and_yaml_reader import DescriptionError
from callbox.openapi.operations_parameters_and_security import Api, Entry, Operation, Parameter, is_json_type
from callbox.openapi.response_validator import Contract

SEED = 7
DESCRIPTIONS = 50
MAX_SIZE = 200_000
MAX_OPERATIONS = 10
MAX_STATUSES = 3
START_S = 120


@contextmanager
def mock(prism: str, file: Path) -> Iterator[str]:
    """Prism with a description on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [prism, "mock", "--host", "127.0.0.1", "--port", str(port), str(file)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            ends = time.monotonic() + START_S
            while time.monotonic() < ends and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def requested(session: Session, base: str, operation: Operation, status: str, *, is_made: bool, is_whole: bool) -> Any:
    """The response of Prism to a request as described; without parameters and body unless `is_whole`."""
    path, query = operation.path, []
    for one in operation.parameters:
        value = sample_of(one)
        if one.location == "path":
            path = path.replace(f"{{{one.name}}}", path_text(one, value) or "x")
        elif one.location == "query" and one.is_required and is_whole:
            query.append(query_text(one, value))
    headers = {"Prefer": f"code={status}{', dynamic=true' if is_made else ''}", "Accept": "application/json, */*;q=0.5"}
    if is_whole:
        headers |= {"Authorization": "Bearer x"}
        headers |= {one.name: "x" for one in operation.parameters if is_sent_header(one)}
    media = operation.body.media[0] if operation.body is not None and operation.body.media and is_whole else None
    data = json.dumps(make_body(media).value) if media is not None and is_json_type(media.media_type) else None
    if data is not None and media is not None:
        headers["Content-Type"] = media.media_type
    url = f"{base}{quote(path, safe='/%:@!$&()*+,;=~')}{'?' if query else ''}{'&'.join(query)}"
    return session.request(operation.method, url, headers=headers, data=data, timeout=20, allow_redirects=False)


def is_sent_header(one: Parameter) -> bool:
    """Whether to send the header. OpenAPI ignores these three as parameters, and Prism ends at `Accept: x`."""
    is_ignored = one.name.lower() in {"accept", "content-type", "authorization"}
    return one.location == "header" and one.is_required and bool(one.name) and not is_ignored


def requestable(api: Api) -> list[Entry]:
    """The operations with a URL of their own: a server never sees what is after `#`, and Prism no query of a path."""
    entries = (entry for node in api.walk() for entry in api.entries(node))
    return [entry for entry in entries if not {"#", "?"} & set(entry.path) and entry.method != "HEAD"]


def record_of(operation: Operation, status: int, content_type: str, body: bytes) -> Record:
    head = ResponseHead(status, "", Headers([("Content-Type", content_type)] if content_type else []))
    outgoing = Outgoing(operation.method, parse("http://h/"), ())
    return Record(Draft(operation.method, "http://h/"), outgoing, head, body, len(body))


def cases_of(name: str, api: Api, base: str, choose: random.Random) -> Iterator[dict[str, Any]]:
    contract = Contract(api)
    entries = requestable(api)
    with Session() as session:
        session.trust_env = False
        for entry in choose.sample(entries, min(len(entries), MAX_OPERATIONS)):
            operation = api.operation_of(entry)
            statuses = [one.status for one in operation.responses if one.status.isdecimal()][:MAX_STATUSES]
            ways = [(status, is_made, True) for status in statuses for is_made in (False, True)]
            for status, is_made, is_whole in [*ways, *((status, False, False) for status in statuses[:1])]:
                try:
                    found = requested(session, base, operation, status, is_made=is_made, is_whole=is_whole)
                except RequestException:
                    continue
                yield from judged(name, contract, operation, found, choose)
    contract.close()


def judged(
    name: str, contract: Contract, operation: Operation, found: Any, choose: random.Random
) -> Iterator[dict[str, Any]]:
    """The verdicts on a response as it came, and with a part of its body changed."""
    sent = found.headers.get("Content-Type", "")
    texts = [found.content]
    if is_json_type(sent.partition(";")[0]) and found.content:
        texts.append(json.dumps(changed(found.json(), choose)).encode())
    for text in texts:
        verdict = contract.check_as(operation, record_of(operation, found.status_code, sent, text))
        told = [[one.what, one.expected, one.actual] for one in verdict.failures]
        case = {"file": name, "path": operation.path, "method": operation.method, "status": found.status_code}
        yield {**case, "type": sent, "text": text.decode("utf-8", "replace"), "is_ok": verdict.is_ok, "told": told}


def main() -> None:
    choose = random.Random(SEED)
    files = sorted(one for one in fetch().rglob("*.json") if one.stat().st_size < MAX_SIZE)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else DESCRIPTIONS
    with open(sys.argv[1], "w") as lines:
        mocked = 0
        for file in choose.sample(files, len(files)):
            if mocked == count:
                break
            try:
                api = Api(compile_text(file.read_text(encoding="utf-8"), str(file)))
            except DescriptionError:
                continue
            if not requestable(api):
                print(f"{file.name}: no operation with a URL of its own", flush=True)
                continue
            mocked += 1
            with mock(sys.argv[2], file) as base:
                found = list(cases_of(str(file), api, base, choose))
            lines.writelines(json.dumps(case) + "\n" for case in found)
            lines.flush()
            print(f"{file.name}: {len(found)} responses", flush=True)


if __name__ == "__main__":
    main()
