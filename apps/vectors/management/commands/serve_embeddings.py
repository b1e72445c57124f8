"""`manage.py serve_embeddings`: the one process that runs the embedding model."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from apps.vectors import configuration
from apps.vectors.embedding_server import EmbeddingServer, Model
from apps.vectors.errors import UnusableModel, WrongWeights

LAST_ANSWERS_SECONDS = 10.0


class Command(BaseCommand):
    """Embed texts for the other processes until SIGTERM or SIGINT."""

    help = "Run the embedding model and serve it on the address of EMBEDDING_URL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen; by default only this machine is answered."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=_port())

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen, load, serve; requests under way are answered before the end."""
        try:
            server = EmbeddingServer(options["host"], options["port"], _loaded)
        except OSError as error:
            raise CommandError(f"{options['host']}:{options['port']}: {error.strerror}") from error
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        answering = threading.Thread(target=server.serve_forever, name="embeddings")
        answering.start()
        try:
            self._load_into(server)
            stopping.wait()
        finally:
            server.shutdown()
            answering.join()
            server.wait_until_quiet(LAST_ANSWERS_SECONDS)
            server.server_close()

    def _load_into(self, server: EmbeddingServer) -> None:
        from apps.vectors.sentence_model import load_model

        try:
            server.model = load_model()
        except (WrongWeights, UnusableModel) as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{server.model.identity} on port {server.server_port}")
        self.stdout.flush()


def _loaded(name: str) -> Model:
    from apps.vectors.sentence_model import load_model

    return load_model(name)


def _port() -> int:
    return urlsplit(configuration.embedding().url).port or 8006
