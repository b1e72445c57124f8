"""Run the vector service: `python -m infra.embedded.vector_service --port N --data DIR`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from .application import Application
from .caretaker import Caretaker
from .catalog import Catalog
from .files import DataFolderTaken


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="vector_service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--api-key-file", type=Path, help="file with the key that callers send")
    return parser.parse_args()


async def serve(application: Application, host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT."""
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def main() -> None:
    """Open the data folder, serve, and leave everything flushed."""
    options = arguments()
    key = options.api_key_file.read_text().strip() if options.api_key_file else None
    if options.api_key_file and not key:
        sys.exit(f"{options.api_key_file} holds no key")
    try:
        catalog = Catalog(options.data)
    except DataFolderTaken as error:
        sys.exit(str(error))
    sys.setswitchinterval(0.001)
    caretaker = Caretaker(catalog)
    application = Application(catalog, key)
    caretaker.start()
    try:
        asyncio.run(serve(application, options.host, options.port))
    finally:
        caretaker.stop()
        application.close()
        catalog.close()


if __name__ == "__main__":
    main()
