"""The proxy does what each mode says, to connections that were there before as well."""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import DRIP_SECONDS, Mode, Proxy


class Echo(socketserver.StreamRequestHandler):
    """Says each line again."""

    def handle(self) -> None:
        """Until the client is done, or gone."""
        with contextlib.suppress(ConnectionError):
            for line in self.rfile:
                self.wfile.write(line)


class EchoServer(socketserver.ThreadingTCPServer):
    """A store, as far as the proxy can see."""

    daemon_threads = True
    block_on_close = False


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with EchoServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxy(("127.0.0.1", server.server_address[1])) as standing:
            yield standing
        server.shutdown()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    """A connection that was made, and used, before the mode changes."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.5) as connection:
        assert said(connection, b"hello\n") == b"hello\n"
        yield connection


def said(connection: socket.socket, line: bytes) -> bytes:
    """The answer to a line, or what there is of it when the store's side ends."""
    connection.sendall(line)
    answer = b""
    while len(answer) < len(line) and (more := connection.recv(100)):
        answer += more
    return answer


def test_a_blackhole_never_answers_and_afterwards_resets_whom_it_robbed(
    proxy: Proxy, client: socket.socket
) -> None:
    proxy.set(Mode.BLACKHOLE)
    with pytest.raises(TimeoutError):
        said(client, b"lost\n")
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.3) as newcomer:
        with pytest.raises(TimeoutError):
            said(newcomer, b"lost\n")
        proxy.set(Mode.PASS)
        with pytest.raises(ConnectionResetError):
            newcomer.recv(1)
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_who_was_robbed_and_left_is_not_reset(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.BLACKHOLE)
    client.sendall(b"lost\n")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    proxy.set(Mode.PASS)
    proxy.set(Mode.BLACKHOLE)
    proxy.set(Mode.PASS)


def test_a_connection_that_slept_through_a_blackhole_goes_on(
    proxy: Proxy, client: socket.socket
) -> None:
    proxy.set(Mode.BLACKHOLE)
    proxy.set(Mode.PASS)
    assert said(client, b"again\n") == b"again\n"


def test_resets_end_old_and_new_connections(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.RESET)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=1) as newcomer,
    ):
        newcomer.recv(1)


def test_a_half_closed_client_reads_the_end_and_may_still_speak(
    proxy: Proxy, client: socket.socket
) -> None:
    proxy.set(Mode.HALF_CLOSE)
    assert client.recv(1) == b""
    client.sendall(b"into the void\n")


def test_the_proxy_ends_quietly_when_a_client_left_with_answers_under_way() -> None:
    with EchoServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for _ in range(50):
            with (
                Proxy(("127.0.0.1", server.server_address[1])) as proxy,
                socket.create_connection(("127.0.0.1", proxy.port), timeout=0.5) as client,
            ):
                assert said(client, b"hello\n") == b"hello\n"
                client.sendall(b"gone before the answer\n" * 1000)
                client.close()
        server.shutdown()


def test_latency_is_added_each_way(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.PASS, latency=0.1)
    started = time.monotonic()
    assert said(client, b"slow\n") == b"slow\n"
    assert time.monotonic() - started >= 0.2


def test_a_drip_is_complete_and_slow(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.DRIP)
    started = time.monotonic()
    assert said(client, b"drop\n") == b"drop\n"
    assert time.monotonic() - started >= 4 * DRIP_SECONDS
