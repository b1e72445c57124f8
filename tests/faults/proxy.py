"""A TCP proxy in front of a store that misbehaves as it is told, also on connections that exist."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

DRIP_SECONDS = 0.05
"""How long a dripping proxy waits after each byte."""

_CHUNK = 65_536

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class Mode(StrEnum):
    """What happens to bytes, in both directions, until the mode changes."""

    PASS = "pass"
    BLACKHOLE = "blackhole"
    """Connections are accepted and read; nothing is passed on, and what was read is lost."""
    RESET = "reset"
    """Every connection is ended by RST, new ones as soon as they are made."""
    HALF_CLOSE = "half_close"
    """The client reads that the store is done; what it still says is passed on."""
    DRIP = "drip"
    """Answers come one byte at a time."""


class Proxy:
    """Listens on a port of its own, in a thread of its own, and speaks to `target` for clients.

    `target` is host and port, or the path of a unix socket. Connections that lost bytes are reset
    when a blackhole or a half-close ends, as no protocol could go on.
    """

    def __init__(self, target: tuple[str, int] | str) -> None:
        self.target = target
        self.port = 0
        self._mode, self._latency = Mode.PASS, 0.0
        self._clients: set[Writer] = set()
        self._stores: set[Writer] = set()
        self._robbed: set[Writer] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, mode: Mode, *, latency: float = 0.0) -> None:
        """Change the mode, and the seconds by which bytes are late; in force when it returns."""
        self._run(self._set(mode, latency))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _set(self, mode: Mode, latency: float) -> None:
        self._mode, self._latency = mode, latency
        for client in list(self._clients if mode == Mode.RESET else ()):
            _reset(client)
        for client in list(self._robbed if mode != Mode.BLACKHOLE else ()):
            _reset(client)
        for client in list(self._clients if mode == Mode.HALF_CLOSE else ()):
            self._half_close(client)

    async def _shut(self) -> None:
        self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for side in self._clients | self._stores:
                side.transport.abort()
            await asyncio.wait(others, timeout=DRIP_SECONDS)  # new ones may have come meanwhile

    async def _serve(self, reader: Reader, client: Writer) -> None:
        self._clients.add(client)
        store: Writer | None = None
        try:
            if self._mode == Mode.RESET:
                _reset(client)
                return
            if self._mode == Mode.HALF_CLOSE:
                self._half_close(client)
            answers, store = await self._connect()
            self._stores.add(store)
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._carry(reader, store, client))
                both_ways.create_task(self._carry(answers, client, client))
        except* OSError:
            pass  # one side is gone, so the other goes too
        finally:
            self._clients.discard(client)
            self._robbed.discard(client)
            client.transport.abort()
            if store:
                self._stores.discard(store)
                store.transport.abort()

    async def _connect(self) -> tuple[Reader, Writer]:
        if isinstance(self.target, str):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _carry(self, source: Reader, sink: Writer, client: Writer) -> None:
        """Carry bytes one way until that way ends; `client` is whose connection it is."""
        while data := await source.read(_CHUNK):
            await asyncio.sleep(self._latency)
            if self._mode == Mode.BLACKHOLE or (sink is client and client in self._robbed):
                self._robbed.add(client)
            elif self._mode == Mode.DRIP and sink is client:
                await self._drip(sink, data)
            else:
                sink.write(data)
                await sink.drain()
        if self._mode == Mode.BLACKHOLE:
            self._robbed.add(client)
        elif client not in self._robbed:
            sink.write_eof()

    async def _drip(self, sink: Writer, data: bytes) -> None:
        for position in range(len(data)):
            if self._mode != Mode.DRIP:
                sink.write(data[position:])
                return
            sink.write(data[position : position + 1])
            await asyncio.sleep(DRIP_SECONDS)

    def _half_close(self, client: Writer) -> None:
        client.write_eof()
        self._robbed.add(client)


def _reset(client: Writer) -> None:
    """With nothing to linger for, closing sends RST. Who is gone already needs none."""
    if client.transport.is_closing():
        return
    linger = struct.pack("ii", 1, 0)
    client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.transport.abort()
