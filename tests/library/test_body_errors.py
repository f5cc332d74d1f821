"""What a program's own body raises while it is sent reaches the program: it is not an error of the connection."""

from __future__ import annotations

import io

import pytest

import callbox
from callbox.adapters import HTTPAdapter

ERRORS = [
    ValueError("x"), UnicodeError("u"), KeyError("k"), EOFError("e"), OSError(5, "io"), TimeoutError("t"),
    ConnectionResetError("r"), BrokenPipeError(32, "b"), callbox.ChunkedEncodingError("of another response"),
    callbox.HTTPError("mine"),
]  # fmt: skip


def pieces(error: Exception):
    yield b"abc"
    raise error


class File(io.RawIOBase):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, size: int = -1) -> bytes:
        raise self.error


class Pool(HTTPAdapter):
    """Sends through urllib3's pools."""

    def init_poolmanager(self, connections, maxsize, block=False, **settings):
        super().init_poolmanager(connections, maxsize, block=True, **settings)


def send(session, url, form, body):
    if form == "plain":
        return session.post(url, data=body)
    if form == "stream":
        return session.post(url, data=body, stream=True)
    if form == "hook":
        return session.post(url, data=body, hooks={"response": lambda r, **_: None})
    if form == "prepared":
        return session.send(session.prepare_request(callbox.Request("POST", url, data=body)))
    if form == "short":
        return callbox.post(url, data=body)
    session.mount("http://", HTTPAdapter(max_retries=2) if form == "retries" else Pool())
    return session.post(url, data=body, timeout=0.5)  # urllib3's own pool waits for a response after a broken pipe


@pytest.mark.parametrize("form", ["plain", "stream", "hook", "prepared", "short", "retries", "pool"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_of_a_generator_is_that_very_error(s, recorder, form, error):
    with pytest.raises(type(error)) as caught:
        send(s, recorder().url, form, pieces(error))

    assert caught.value is error


@pytest.mark.parametrize("form", ["plain", "stream", "prepared", "pool"])
def test_an_error_of_a_file_is_that_very_error(s, recorder, form):
    error = OSError(5, "io")

    with pytest.raises(OSError, match="io") as caught:
        send(s, recorder().url, form, File(error))

    assert caught.value is error


@pytest.mark.parametrize("form", ["plain", "stream", "prepared", "short"])
def test_a_closed_file_is_told_as_such(s, recorder, form):
    body = io.BytesIO(b"x")
    body.close()

    with pytest.raises(ValueError, match="closed file"):
        send(s, recorder().url, form, body)


def test_the_session_goes_on_after_it(s, recorder):
    server = recorder()
    with pytest.raises(ValueError, match="x"):
        s.post(server.url, data=pieces(ValueError("x")))

    assert s.post(server.url, data=b"y").status_code == 200


def test_an_error_keeps_its_own_cause(s, recorder):
    def body():
        try:
            yield b"a"
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("then") from error

    with pytest.raises(ValueError, match="then") as caught:
        s.post(recorder().url, data=body())

    assert isinstance(caught.value.__cause__, KeyError)
