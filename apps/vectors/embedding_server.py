"""The small HTTP service over one model: `POST /embed` and `GET /readyz`.

One request at a time: torch takes all cores for each. Knows nothing of torch, nor imports it.
"""

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

import orjson

from apps.vectors.embedding_client import MOST_CHARACTERS, MOST_TEXTS
from apps.vectors.identity import ModelIdentity
from apps.vectors.points import Vector

logger = logging.getLogger(__name__)

MOST_BYTES = 16_000_000
IDLE_SECONDS = 60


class Model(Protocol):
    """What can be served."""

    @property
    def identity(self) -> ModelIdentity:
        """What it is."""

    @property
    def dimensions(self) -> int:
        """How long its vectors are."""

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of texts, of length 1."""


class Refused(Exception):
    """A request that is answered with this status and sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        """Both go into the answer."""
        super().__init__(sentence)
        self.status = status


class EmbeddingServer(ThreadingHTTPServer):
    """Answers 503 until it is given a model, so that its port tells that it is on its way.

    A request may name another model: it is loaded when it is first asked for, and kept.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, load: Callable[[str], Model] | None = None) -> None:
        """Listens at once; `serve_forever` answers. `load` makes a model that is not there yet."""
        super().__init__((host, port), Handler)
        self.model: Model | None = None
        self._load = load
        self._others: dict[str, Model | None] = {}
        self._one_at_a_time = threading.Lock()
        self._under_way = 0
        self._quiet = threading.Condition()

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request under way, until its answer is written."""
        with self._quiet:
            self._under_way += 1
        try:
            yield
        finally:
            with self._quiet:
                self._under_way -= 1
                self._quiet.notify_all()

    def wait_until_quiet(self, seconds: float) -> None:
        """Let requests that are under way be answered; idle connections are nobody's request."""
        with self._quiet:
            self._quiet.wait_for(lambda: not self._under_way, timeout=seconds)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who left before the answer is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def embed(self, texts: list[str], name: str) -> dict[str, Any]:
        """The answer to `POST /embed`."""
        model = self.ready_model(name)
        with self._one_at_a_time:
            vectors = model.embed(texts)
        return {"identity": model.identity.as_json(), "vectors": vectors}

    def ready_model(self, name: str) -> Model:
        """The model of this name, or the first one; Refused while it loads."""
        model = self.model
        if model is not None and name not in ("", model.identity.model):
            model = self._other(name)
        if model is None:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The model is being loaded.")
        return model

    def _other(self, name: str) -> Model | None:
        with self._quiet:
            if name not in self._others and self._load is not None:
                self._others[name] = None
                threading.Thread(target=self._bring, args=(self._load, name), daemon=True).start()
            return self._others.get(name)

    def _bring(self, load: Callable[[str], Model], name: str) -> None:
        try:
            self._others[name] = load(name)
        except Exception:
            del self._others[name]  # the next request tries again
            logger.exception("The model %s cannot be loaded", name)


class Handler(BaseHTTPRequestHandler):
    """One connection; it may carry several requests."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """`/readyz`: which model answers."""
        with self._serving.request():
            self._answer(self._describe)

    def do_POST(self) -> None:
        """`/embed`: vectors of texts."""
        with self._serving.request():
            self._answer(self._embed)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: texts and their number are nobody's business."""

    def _answer(self, work: Callable[[], dict[str, Any]]) -> None:
        try:
            status, content = HTTPStatus.OK, work()
        except Refused as refused:
            status, content = refused.status, {"error": str(refused)}
        body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _describe(self) -> dict[str, Any]:
        asked = urlsplit(self.path)
        if asked.path != "/readyz":
            raise Refused(HTTPStatus.NOT_FOUND, "There are POST /embed and GET /readyz.")
        (name,) = parse_qs(asked.query).get("model", [""])[:1]
        model = self._serving.ready_model(name)
        return {"identity": model.identity.as_json(), "dimensions": model.dimensions}

    def _embed(self) -> dict[str, Any]:
        body = self._body()
        if self.path != "/embed":
            raise Refused(HTTPStatus.NOT_FOUND, "There are POST /embed and GET /readyz.")
        given = _read(body)
        return self._serving.embed(_texts(given), str(given.get("model", "")))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "Content-Length is missing.")
        if int(length) > MOST_BYTES:
            self.close_connection = True
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {MOST_BYTES} bytes are taken."
            )
        return self.rfile.read(int(length))

    @property
    def _serving(self) -> EmbeddingServer:
        return cast(EmbeddingServer, self.server)


def _read(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}") from error
    return given if isinstance(given, dict) else {}


def _texts(given: dict[str, Any]) -> list[str]:
    texts = given.get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(HTTPStatus.BAD_REQUEST, 'The body must be {"texts": [strings]}.')
    if len(texts) > MOST_TEXTS or any(len(text) > MOST_CHARACTERS for text in texts):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            f"At most {MOST_TEXTS} texts of {MOST_CHARACTERS} characters are taken.",
        )
    return texts
