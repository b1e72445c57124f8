"""Filters: every condition against the same films."""

import pytest
from qdrant_client import QdrantClient, models

FILMS: dict[int, dict[str, object]] = {
    1: {"year": 1972, "genre": ["crime", "drama"], "deleted": False, "title": "The Godfather"},
    2: {"year": 1995, "genre": ["crime"], "deleted": True, "at": "1995-12-15T00:00:00Z"},
    3: {"year": 2001, "genre": [], "stars": 4.5, "at": "2001-07-20T10:00:00+02:00"},
    4: {"genre": "drama", "deleted": 1, "note": None},
    5: {"cast": [{"name": "Ann", "lead": True}, {"name": "Bo", "lead": False}], "year": 2001},
}
VECTOR = [1.0, 0.0, 0.0, 0.0]


def key(name: str, **condition: object) -> models.FieldCondition:
    return models.FieldCondition(key=name, **condition)  # type: ignore[arg-type]


def nested(**wanted: object) -> models.NestedCondition:
    inner = [key(name, match=models.MatchValue(value=value)) for name, value in wanted.items()]
    return models.NestedCondition(
        nested=models.Nested(key="cast", filter=models.Filter(must=inner))
    )


CASES: list[tuple[object, set[int]]] = [
    (key("year", match=models.MatchValue(value=2001)), {3, 5}),
    (key("genre", match=models.MatchValue(value="drama")), {1, 4}),
    (key("deleted", match=models.MatchValue(value=True)), {2}),
    (key("deleted", match=models.MatchValue(value=False)), {1}),
    (key("deleted", match=models.MatchValue(value=1)), {4}),
    (key("genre", match=models.MatchAny(any=["crime", "western"])), {1, 2}),
    (key("year", match=models.MatchAny(any=[1972, 1995])), {1, 2}),
    (key("genre", match=models.MatchExcept(**{"except": ["crime"]})), {1, 4}),
    (key("title", match=models.MatchText(text="Godfather")), {1}),
    (key("year", range=models.Range(gt=1972, lte=2001)), {2, 3, 5}),
    (key("stars", range=models.Range(gte=4.5)), {3}),
    (key("at", range=models.DatetimeRange(gte="2001-07-20T08:00:00Z")), {3}),
    (key("at", range=models.DatetimeRange(lt="2000-01-01T00:00:00Z")), {2}),
    (key("genre", values_count=models.ValuesCount(gte=2)), {1}),
    (models.IsEmptyCondition(is_empty=models.PayloadField(key="genre")), {3, 5}),
    (models.IsNullCondition(is_null=models.PayloadField(key="note")), {4}),
    (models.HasIdCondition(has_id=[1, 3, 99]), {1, 3}),
    (models.HasVectorCondition(has_vector=""), {1, 2, 3, 4, 5}),
    (nested(name="Ann", lead=True), {5}),
    (nested(name="Ann", lead=False), set()),
    (key("cast[].name", match=models.MatchValue(value="Bo")), {5}),
    (models.Filter(should=[models.HasIdCondition(has_id=[1, 2])]), {1, 2}),
]


@pytest.fixture
def five(client: QdrantClient, films: str) -> str:
    """The five films above."""
    client.upsert(
        films,
        [
            models.PointStruct(id=number, vector=VECTOR, payload=film)
            for number, film in FILMS.items()
        ],
    )
    return films


def matching(client: QdrantClient, name: str, given: models.Filter) -> set[int | str]:
    found = {point.id for point in client.scroll(name, scroll_filter=given, limit=100)[0]}
    assert client.count(name, count_filter=given).count == len(found)
    queried = client.query_points(name, query=VECTOR, query_filter=given, limit=100).points
    assert {point.id for point in queried} == found
    return found


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "bare"])
def test_each_condition(client: QdrantClient, five: str, indexed: bool) -> None:
    """Alone, negated, and the same with and without payload indexes."""
    if not indexed:
        for name in ("year", "genre", "deleted", "fence"):
            client.delete_payload_index(five, name)
    for condition, expected in CASES:
        assert matching(client, five, models.Filter(must=[condition])) == expected, condition
        inverse = models.Filter(must_not=[condition])
        assert matching(client, five, inverse) == set(FILMS) - expected, condition


def test_clauses_together(client: QdrantClient, five: str) -> None:
    year, crime = (
        key("year", range=models.Range(gte=1990)),
        key("genre", match=models.MatchValue(value="crime")),
    )
    ids = models.HasIdCondition(has_id=[1, 4])
    assert matching(client, five, models.Filter(must=[year], must_not=[crime])) == {3, 5}
    assert matching(client, five, models.Filter(should=[crime, ids])) == {1, 2, 4}
    assert matching(client, five, models.Filter(must=[year], should=[crime, ids])) == {2}
    two = models.MinShould(conditions=[year, crime, ids], min_count=2)
    assert matching(client, five, models.Filter(min_should=two)) == {1, 2}


def test_text_index(client: QdrantClient, five: str) -> None:
    params = models.TextIndexParams(
        type="text", tokenizer=models.TokenizerType.WORD, lowercase=True
    )
    client.create_payload_index(five, "title", field_schema=params)
    for text, expected in (("godfather", {1}), ("the god", set())):
        given = models.Filter(must=[key("title", match=models.MatchText(text=text))])
        assert matching(client, five, given) == expected
