"""`manage.py build_embedding_cache`: embed what the cache lacks of the films in the database."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.movies import selectors
from apps.movies.models import Movie
from apps.vectors import configuration
from apps.vectors.embedding import cache_path
from apps.vectors.embedding_cache import EmbeddingCache, text_digest
from apps.vectors.embedding_server import Model
from apps.vectors.errors import UnusableModel, WrongWeights
from apps.vectors.identity import pinned_identity
from apps.vectors.projectors import text_of

FILMS = 1000
TEXTS = 2048
"""Texts after which the file is written, so that an interrupted run goes on from there."""


class Command(BaseCommand):
    """Write the vectors of all film texts into the cache file."""

    help = "Embed every film text that the cache lacks. Keeps what it holds; may be interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Embed and write, in parts; when nothing lacks, the model is not even loaded."""
        pinned = pinned_identity(configuration.embedding().model)
        texts = set(film_texts())
        if pinned is not None:
            cache = EmbeddingCache(cache_path(), pinned)
            texts = {text for text in texts if cache.get(text) is None}
        if texts:
            self._embed(texts)
        self.stdout.write(f"{len(texts)} texts embedded into {cache_path()}")

    def _embed(self, texts: set[str]) -> None:
        from apps.vectors.sentence_model import load_model

        try:
            model = load_model()
        except (WrongWeights, UnusableModel) as error:
            raise CommandError(error.detail) from error
        fill(EmbeddingCache(cache_path(), model.identity), texts, model)


def fill(cache: EmbeddingCache, texts: Iterable[str], model: Model) -> None:
    """Embed those of these texts that the cache lacks, short ones first, and write in parts."""
    missing = sorted((text for text in texts if cache.get(text) is None), key=len)
    with tqdm(total=len(missing), desc="texts", unit="") as bar:
        for start in range(0, len(missing), TEXTS):
            part = missing[start : start + TEXTS]
            digests = [text_digest(text) for text in part]
            cache.add(dict(zip(digests, model.embed(part), strict=True)))
            bar.update(len(part))


def film_texts() -> Iterator[str]:
    """The text of every film, in the order of ids."""
    ids = list(Movie.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), FILMS):
        for film in selectors.films(ids[start : start + FILMS]).values():
            yield text_of(film)
