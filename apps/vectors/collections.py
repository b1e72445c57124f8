"""The schema of a generation: its two collections and their payload indexes, and the aliases.

Indexes are made before anything is stored: HNSW gets the edges that filters need only while it is
built. The aliases `films` and `tastes` are for people outside; our code asks the collections.
"""

from django.db import connection, transaction
from qdrant_client import QdrantClient, models

from apps.outbox.generations import new_name
from apps.outbox.models import Generation
from apps.vectors import client, embedding, factors, generations
from apps.vectors.errors import OtherModel, VectorsRefused
from apps.vectors.identity import Described
from apps.vectors.writes import COLLABORATIVE, CONTENT

_KIND = models.PayloadSchemaType
FILM_INDEXES = {
    "year": _KIND.INTEGER,
    "genres": _KIND.KEYWORD,
    "people": _KIND.INTEGER,
    "origin": _KIND.KEYWORD,
    "deleted": _KIND.BOOL,
    "fence": _KIND.INTEGER,
}
TASTE_INDEXES = {"user_id": _KIND.INTEGER, "deleted": _KIND.BOOL, "fence": _KIND.INTEGER}
HNSW = models.HnswConfigDiff(m=16, ef_construct=100)
BYTES = models.ScalarQuantization(
    scalar=models.ScalarQuantizationConfig(
        type=models.ScalarType.INT8, quantile=0.99, always_ram=True
    )
)
"""Each number of a vector as one byte, beside the whole vectors: HNSW is built in a third of the
time and searched in half (99,799 films and passages); `searches.RESCORED` keeps the recall."""

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('vectors.ensure_schema'))"


def ensure_schema() -> None:
    """Make the first generation live if there is none, and what the live one's collections lack.

    Changes nothing that is there; two processes may run it at once. OtherModel when the live
    collections hold the vectors of another model than theirs.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        _ensure_live_generation()
        live = generations.Pointer().resolve()
        ensure_collections(live, embedding.model_of(live), rank_of(live))
        point_aliases(live)
    generations.pointer.forget()


def ensure_collections(generation: str, made_by: Described, rank: int = 0) -> None:
    """Make the collections and indexes of a generation that are missing, for a model's vectors.

    `rank` is how many factors a film has, 0 for a generation without any.
    """
    wanted = {
        generations.films(generation): FILM_INDEXES,
        generations.tastes(generation): TASTE_INDEXES,
    }
    with client.unhurried() as qdrant:
        for collection, indexes in wanted.items():
            wide = rank if indexes is FILM_INDEXES else 0
            _ensure_collection(qdrant, collection, made_by, wide)
            there = qdrant.get_collection(collection).payload_schema
            for field, kind in indexes.items():
                if field not in there:
                    qdrant.create_payload_index(collection, field, field_schema=kind)


def rank_of(generation: str) -> int:
    """How many factors a film of a generation has; 0 where there was no training yet."""
    rank: int = generations.made_with(generation).get("rank", 0)
    return rank


def are_films_indexed() -> bool:
    """Whether all films of the live generation are in the index; until then Qdrant builds it."""
    films = generations.films(generations.pointer.resolve())
    with client.unhurried() as qdrant:
        return qdrant.get_collection(films).status == models.CollectionStatus.GREEN


def ours() -> list[str]:
    """The collections of all generations, living or not, that are there."""
    with client.unhurried() as qdrant:
        names = [one.name for one in qdrant.get_collections().collections]
    prefixes = (f"{generations.FILMS}-", f"{generations.TASTES}-")
    return sorted(name for name in names if name.startswith(prefixes))


def _ensure_live_generation() -> None:
    mine = Generation.objects.filter(destination=generations.DESTINATION)
    if not mine.filter(state=Generation.State.LIVE).exists():
        Generation.objects.create(
            destination=generations.DESTINATION,
            name=new_name(generations.DESTINATION),
            state=Generation.State.LIVE,
            made_with=embedding.known_model().as_json() | factors.newest(),
        )


def _ensure_collection(
    qdrant: QdrantClient, collection: str, made_by: Described, rank: int
) -> None:
    model = made_by.identity
    if not qdrant.collection_exists(collection):
        vectors = {
            CONTENT: models.VectorParams(
                size=made_by.dimensions,
                distance=models.Distance.COSINE,
                hnsw_config=HNSW,
                quantization_config=BYTES,
            )
        }
        if rank:
            vectors[COLLABORATIVE] = models.VectorParams(
                size=rank, distance=models.Distance.DOT, hnsw_config=HNSW
            )
        try:
            with client.translated():
                qdrant.create_collection(
                    collection, vectors_config=vectors, metadata={"model": str(model)}
                )
        except VectorsRefused:
            if not qdrant.collection_exists(collection):
                raise
    held = (qdrant.get_collection(collection).config.metadata or {}).get("model")
    if held != str(model):
        raise OtherModel(f"{collection} holds the vectors of {held}, not of {model}.")


def point_aliases(generation: str) -> None:
    """Let the aliases name the collections of a generation, in one step."""
    wanted = {
        generations.FILMS: generations.films(generation),
        generations.TASTES: generations.tastes(generation),
    }
    with client.unhurried() as qdrant:
        held = {alias.alias_name: alias.collection_name for alias in qdrant.get_aliases().aliases}
        changes: list[models.AliasOperations] = []
        for alias, collection in wanted.items():
            if held.get(alias) == collection:
                continue
            if alias in held:
                changes.append(
                    models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
                )
            made = models.CreateAlias(collection_name=collection, alias_name=alias)
            changes.append(models.CreateAliasOperation(create_alias=made))
        if changes:
            qdrant.update_collection_aliases(change_aliases_operations=changes)
