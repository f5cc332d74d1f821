"""`Practice`: the two listeners and the threads that serve their connections."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from types import TracebackType

from callbox.practice.connection_and_messages import (
    ClientGone,
    ClientSocket,
    Problem,
    RequestBody,
    format_head,
    length_field,
    parse,
    problem_response,
    send_response,
)
from callbox.practice.library_data_logins_and_nonces import PracticeState
from callbox.practice.route_table_and_openapi_document import all_routes
from callbox.practice.router import HandlerCall, Router, handle_call
from callbox.system.threads import start_with_stack


def serve(client: ClientSocket, router: Router, state: PracticeState) -> None:
    """Serve requests until the client, the server or a fault ends the connection. Does not close the socket."""
    # The kernel also raises OSError if a client was idle for too long.
    with contextlib.suppress(ClientGone, OSError):
        while _serve_one(client, router, state):
            pass


def _serve_one(client: ClientSocket, router: Router, state: PracticeState) -> bool:
    """Serve one request. Returns whether another may follow."""
    try:
        head = client.read_head()
        if head is None:
            return False
        client.requests += 1
        request = parse(head)
        body = RequestBody(client, request)
    except Problem as problem:
        response = problem_response(problem)
        client.send(format_head(response, 1, False, length_field(response.body)) + response.body)
        client.linger()
        return False
    response = handle_call(router, HandlerCall(request, body, client, state))
    keeps_alive = (
        not (response.closes_connection or response.is_truncated or request.wants_close()) and body.is_cheap_to_drain()
    )
    keeps_alive = send_response(client, request, response, keeps_alive=keeps_alive)
    if keeps_alive:
        with contextlib.suppress(Problem):
            return body.finish()
    if not body.is_done() and not response.is_truncated:
        client.linger()
    return False


_BACKLOG = 1024
# Enough for a JSON parser at its depth limit, and small enough for hundreds of connections.
_STACK_BYTES = 524_288
_JOIN_S = 10.0


class Practice:
    """The practice API on two loopback ports, with its own data. It serves in threads from its creation on.

    >>> with Practice() as api:
    ...     api.url == f"http://127.0.0.1:{api.port}"
    True

    Args:
        host: an address of this machine; the API trusts everyone, so use loopback.
        port, other_port: the ports; 0 means a free one. The second serves the same API as another origin.

    Raises:
        OSError: a port is not available.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, other_port: int = 0) -> None:
        self._listeners = _listen(host, port, other_port)
        self.port, self.other_port = (listener.getsockname()[1] for listener in self._listeners)
        shown = f"[{host}]" if ":" in host else host
        self.url, self.other_url = f"http://{shown}:{self.port}", f"http://{shown}:{self.other_port}"
        self._state = PracticeState(urls=(self.url, self.other_url))
        self._router = Router(all_routes())
        self._lock = threading.Lock()
        self._clients: set[ClientSocket] = set()
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._waker, self._wakened = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name="practice-listener", daemon=True)
        self._acceptor.start()

    def serve_forever(self) -> None:
        """Serve until Ctrl-C or until another thread calls `close`; then close everything."""
        try:
            self._closed.wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Stop listening, end every connection, and wait for the threads; a second call does nothing."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
        self._waker.send(b"x")
        self._acceptor.join(_JOIN_S)
        for each in (*self._listeners, self._waker, self._wakened):
            each.close()
        with self._lock:
            for client in self._clients:
                client.cut()
        end = time.monotonic() + _JOIN_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def __enter__(self) -> Practice:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for each in (*self._listeners, self._wakened):
                selector.register(each, selectors.EVENT_READ)
            number = 0
            while not self._closed.is_set():
                for key, _ in selector.select():
                    if key.fileobj is not self._wakened and isinstance(key.fileobj, socket.socket):
                        number = self._take(key.fileobj, number)

    def _take(self, listener: socket.socket, number: int) -> int:
        """Accept the waiting connections of a listener. Returns the number of the last one."""
        while not self._closed.is_set():
            try:
                sock, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return number
            except OSError:
                # Most likely no descriptors are free, so some connections must end.
                time.sleep(0.05)
                return number
            number += 1
            sock.setblocking(True)  # some systems let the socket inherit the listener's mode
            self._begin(sock, number, address[1], listener.getsockname()[1])
        return number

    def _begin(self, sock: socket.socket, number: int, peer_port: int, port: int) -> None:
        try:
            client = ClientSocket(sock, number, peer_port, port)
        except OSError:
            sock.close()  # the client has already closed the connection
            return
        with self._lock:
            self._clients.add(client)
        thread = threading.Thread(target=self._run, args=(client,), name="practice-connection", daemon=True)
        try:
            start_with_stack(thread, _STACK_BYTES)
        except RuntimeError:
            self._end(client)  # no more threads can be started, and the client sees a closed connection
            return
        self._threads.append(thread)
        # Ended threads are removed now and then. At each connection, this would take quadratic time.
        if number % 256 == 0:
            self._threads = [each for each in self._threads if each.is_alive()]

    def _run(self, client: ClientSocket) -> None:
        try:
            serve(client, self._router, self._state)
        finally:
            self._end(client)

    def _end(self, client: ClientSocket) -> None:
        # The lock is held, so that `close` never cuts a descriptor that already belongs to another file.
        with self._lock:
            self._clients.discard(client)
            client.close()


def _listen(host: str, *ports: int) -> list[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listeners: list[socket.socket] = []
    try:
        for port in ports:
            listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
            listener.setblocking(False)
            listeners.append(listener)
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners
