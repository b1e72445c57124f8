"""Finding films and people: search, one film, one person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Length, Ln, NullIf, Substr
from django.db.models.lookups import Regex

from apps.common import prepared
from apps.common.compiled import Compiled, compiled, given
from apps.common.errors import InvalidInput
from apps.movies.errors import UnknownMovie, UnknownPerson
from apps.movies.models import LEAST_TOLD, Credit, Genre, Movie, MovieGenre, Person, Rating


class Ordering(NamedTuple):
    """A column to sort by, whether it descends, and Postgres's type of it."""

    column: str
    descends: bool
    kind: str


ORDERINGS: Mapping[str, Ordering] = {
    "-ratings": Ordering("statistics__told", descends=True, kind="int"),
    "-score": Ordering("statistics__score", descends=True, kind="float8"),
    "-year": Ordering("year", descends=True, kind="int"),
    "year": Ordering("year", descends=False, kind="int"),
    "title": Ordering("search_title", descends=False, kind="text"),
}
"""What `?ordering=` may be."""

KINDS: Mapping[str, str] = {
    "q": "text",
    "genre": "text",
    "person": "bigint",
    "director": "bigint",
    "actor": "bigint",
    "year_min": "int",
    "year_max": "int",
    "origin": "text",
    "rating_min": "float8",
}
"""What a search may be given, by Postgres's type of it."""

UNSET: Sequence[Any] = ("", None)

SPELLINGS = "genres"
"""Where the recent cache has how they are spelled."""

LISTED = (
    *("pk", "title", "year", "origin", "added_at", "genre_names", "my_half_stars"),
    *("ratings_", "sum_", "score_", "position"),
)
"""The fields of `ListedFilm`."""

TITLED = ("id", "title", "year")

MOVIE = "SELECT id, title, year FROM movies_movie WHERE id = %(movie_id)s"
"""Most writes begin with it, and Django takes several times as long to compose it as to run it."""

SAME_TITLE = 20

BEGINS_SO = 2.5
"""The least position of a title that begins with what is looked for; all others have less."""

Matches = Callable[[str | RawSQL], Q]


@dataclass(frozen=True)
class MovieQuery:
    """What a search asks for; everything is optional."""

    q: str = ""
    genre: str = ""
    person: int | None = None
    director: int | None = None
    actor: int | None = None
    year_min: int | None = None
    year_max: int | None = None
    origin: str = ""
    rating_min: float | None = None
    seen: bool | None = None
    ordering: str = "-ratings"


class ListedFilm(NamedTuple):
    """A film as listings and slates show it; `score` is 0 while nobody rated it.

    `position` is its sort key in a listing.
    """

    pk: int
    title: str
    year: int | None
    origin: str
    added_at: datetime
    genre_names: Sequence[str]
    my_half_stars: int | None
    ratings: int
    half_stars_sum: int
    score: float
    position: Any = None

    @property
    def told(self) -> int:
        """As `MovieStatistics` has it."""
        return self.ratings if self.ratings >= LEAST_TOLD else 0

    @property
    def mean_stars(self) -> float | None:
        """The plain mean in stars, if it may be told."""
        return self.half_stars_sum / 2 / self.told if self.told else None

    @property
    def statistics(self) -> Self:
        """How it is rated, where a film of the catalogue has it."""
        return self


def movies_page(
    query: MovieQuery, viewer_id: int | None, *, after: Sequence[Any] | None, limit: int
) -> list[ListedFilm]:
    """Films that match, one more than `limit`; each has `position`, its sort key.

    With `q`, exact titles come first, then those that begin with it, then the similar ones: they
    are looked for only where the others do not fill the page.
    """
    values = {name: one for name, one in vars(query).items() if name in KINDS and one not in UNSET}
    values |= {"viewer_id": viewer_id} if viewer_id is not None else {}
    if after:
        values["position"], values["pk"] = after
    may_begin_so = query.q and (not after or values["position"] >= BEGINS_SO)
    rows: list[tuple[Any, ...]] = []
    for matches in (_begin_so, _matches) if may_begin_so else (_matches,):
        page = _page(query.ordering, query.seen, frozenset(values), limit + 1, matches)
        rows = page.rows(**values)
        if len(rows) > limit:
            break
    return [ListedFilm(*row) for row in rows]


@lru_cache(maxsize=512)
def _page(
    ordering: str, seen: bool | None, names: frozenset[str], limit: int, matches: Matches
) -> Compiled:
    """The SQL of a search that brings values of these names; it depends on nothing else."""
    value = {name: given(name, KINDS[name]) for name in names & KINDS.keys()}
    viewer = given("viewer_id") if "viewer_id" in names else None
    query = MovieQuery(**value, seen=seen)
    wanted = _filtered(query, viewer)
    if query.q:
        wanted = wanted.filter(matches(query.q))
    rows = _with_details(wanted, viewer).annotate(
        ratings_=Coalesce("statistics__ratings", 0),
        sum_=Coalesce("statistics__half_stars_sum", 0),
        score_=Coalesce("statistics__score", 0.0),
    )
    if query.q:
        rows, descending, kind = rows.annotate(position=_relevance(query.q)), True, "float8"
    else:
        column, descending, kind = ORDERINGS[ordering]
        rows = rows.annotate(position=F(column)).filter(position__isnull=False)
    if "pk" in names:
        position, pk = given("position", kind), given("pk")
        beyond, beside = ("position__lt", "pk__lt") if descending else ("position__gt", "pk__gt")
        rows = rows.filter(Q(**{beyond: position}) | Q(**{"position": position, beside: pk}))
    order = ["-position", "-pk"] if descending else ["position", "pk"]
    return compiled(rows.order_by(*order).values_list(*LISTED)[:limit])


def movie_detail(movie_id: int, viewer_id: int | None) -> Movie:
    """A film with genres, statistics, credits and the viewer's rating; UnknownMovie otherwise."""
    rows = _with_details(Movie.objects.filter(pk=movie_id), viewer_id)
    movie = rows.prefetch_related(None).first()
    if movie is None:
        raise UnknownMovie
    movie.ordered_credits = _credits_of(movie)  # type: ignore[attr-defined]
    return movie


def movie_named(movie_id: int) -> Movie:
    """The film with this id, by its title and year; UnknownMovie otherwise."""
    for row in prepared.rows(MOVIE, {"movie_id": movie_id}):
        return Movie.from_db(DEFAULT_DB_ALIAS, TITLED, row)
    raise UnknownMovie


def people_by_role(movie: Movie) -> dict[str, list[Person]]:
    """Who is credited for a film, by role, in order."""
    found: dict[str, list[Person]] = {}
    for credit in _credits_of(movie):
        found.setdefault(credit.role, []).append(credit.person)
    return found


def movies_titled(text: str) -> list[int]:
    """The films with exactly this title, but for case and accents; the best known first."""
    rows = Movie.objects.filter(search_title=_plain(text))
    known = Coalesce("statistics__told", 0)
    return list(rows.order_by(known.desc(), "-pk").values_list("pk", flat=True)[:SAME_TITLE])


def autocomplete(q: str, *, limit: int) -> list[Movie]:
    """Films for what someone is typing: titles that begin so first, then similar ones."""
    rows: list[tuple[Any, ...]] = []
    for matches in (_begin_so, _matches):
        rows = _completions(limit, matches).rows(q=q)
        if len(rows) == limit:
            break
    return [Movie.from_db(DEFAULT_DB_ALIAS, TITLED, row) for row in rows]


@lru_cache(maxsize=64)
def _completions(limit: int, matches: Matches) -> Compiled:
    q = given("q", "text")
    rows = Movie.objects.filter(matches(q)).annotate(position=_relevance(q))
    return compiled(rows.order_by("-position", "-pk").values_list(*TITLED)[:limit])


def person_detail(person_id: int) -> Person:
    """A person with their `ordered_credits`, newest film first; UnknownPerson otherwise."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise UnknownPerson
    credits_of = Credit.objects.filter(person=person).select_related("movie")
    person.ordered_credits = list(  # type: ignore[attr-defined]
        credits_of.order_by(F("movie__year").desc(nulls_last=True), "-movie_id")
    )
    return person


def person_exists(person_id: int) -> bool:
    """Whether there is a person with this id."""
    return Person.objects.filter(pk=person_id).exists()


def people_page(q: str, *, after: Sequence[Any] | None, limit: int) -> list[Person]:
    """People whose name is like `q`, the most alike first, one more than `limit`."""
    rows = Person.objects.filter(search_name__trigram_word_similar=_plain(q)).annotate(
        position=_likeness(q, "search_name")
    )
    if after:
        position, pk = after
        rows = rows.filter(Q(position__lt=position) | Q(position=position, pk__gt=pk))
    return list(rows.order_by("-position", "pk")[: limit + 1])


def spelled(genres: Sequence[str], *, field: str) -> list[str]:
    """These genres as the catalogue spells them; InvalidInput for `field` if there is not one."""
    return _spelled(genres, _spellings(), field)


def genre_spelled(genre: str, *, field: str) -> str:
    """The same of one, for a search: as the catalogue spelled it within the last minute."""
    names = caches["recent"].get(SPELLINGS, {})
    if genre.lower() not in names:
        names = _spellings()
        caches["recent"].set(SPELLINGS, names)
    return _spelled([genre], names, field)[0]


def origin_spelled(origin: str) -> str:
    """An origin as films of the catalogue spell it; as it is given when none is from there."""
    if Movie.objects.filter(origin=origin).exists():
        return origin
    spelled = Movie.objects.filter(origin__iexact=origin).values_list("origin", flat=True)
    return spelled.first() or origin


def _spellings() -> dict[str, str]:
    return {name.lower(): name for name in Genre.objects.values_list("name", flat=True)}


def _spelled(genres: Sequence[str], names: Mapping[str, str], field: str) -> list[str]:
    if not {genre.lower() for genre in genres} <= names.keys():
        known = ", ".join(sorted(names.values()))
        raise InvalidInput(fields={field: f"There is no such genre. Known: {known}."})
    return [names[genre.lower()] for genre in genres]


def _credits_of(movie: Movie) -> list[Credit]:
    rows = Credit.objects.filter(movie=movie).select_related("person")
    return list(rows.order_by("role", "position"))


def _with_details(rows: QuerySet[Movie], viewer_id: int | None) -> QuerySet[Movie]:
    """One query for a whole listing: genres as an array, the viewer's rating, statistics joined."""
    genres = MovieGenre.objects.filter(movie=OuterRef("pk")).order_by("genre__name")
    mine = Rating.objects.filter(movie=OuterRef("pk"), user=viewer_id).values("half_stars")
    return rows.select_related("statistics").annotate(
        genre_names=ArraySubquery(genres.values("genre__name")),
        my_half_stars=Subquery(mine[:1]),
    )


def _filtered(query: MovieQuery, viewer_id: int | None) -> QuerySet[Movie]:
    wanted = Q()
    if query.genre:
        genres = MovieGenre.objects.filter(movie=OuterRef("pk"), genre__name__iexact=query.genre)
        wanted &= Q(Exists(genres))
    if query.origin:
        wanted &= Q(origin__iexact=query.origin)
    if query.year_min is not None:
        wanted &= Q(year__gte=query.year_min)
    if query.year_max is not None:
        wanted &= Q(year__lte=query.year_max)
    if query.rating_min is not None:
        wanted &= Q(statistics__told__gt=0, statistics__score__gte=query.rating_min)
    if query.seen is not None:
        seen = Exists(Rating.objects.filter(movie=OuterRef("pk"), user=viewer_id))
        wanted &= Q(seen) if query.seen else ~Q(seen)
    return Movie.objects.filter(wanted & _made_by(query))


def _made_by(query: MovieQuery) -> Q:
    wanted = Q()
    for person_id, roles in (
        (query.person, Credit.Role.values),
        (query.director, [Credit.Role.DIRECTOR]),
        (query.actor, [Credit.Role.ACTOR]),
    ):
        if person_id is not None:
            made = Credit.objects.filter(movie=OuterRef("pk"), person=person_id, role__in=roles)
            wanted &= Q(Exists(made))
    return wanted


def _plain(q: str | RawSQL) -> Func:
    """The text as the generated search columns hold it; NULL, like nothing, if none is left."""
    text = q if isinstance(q, RawSQL) else Value(q)
    return _once(NullIf(Func(text, function="cinemesh_plain", output_field=TextField()), Value("")))


def _once(text: Func) -> Func:
    """What Postgres would otherwise make anew for each row."""
    return Func(text, template="(SELECT %(expressions)s)", output_field=TextField())


def _matches(q: str | RawSQL) -> Q:
    """Titles that begin so, or are like the text without its article: a quarter of all have one."""
    article, nothing = Value("^(the|an?) +(?=[^ ])"), Value("")
    core = _once(Func(_plain(q), article, nothing, function="regexp_replace"))
    return _begin_so(q) | Q(search_title__trigram_word_similar=core)


def _begin_so(q: str | RawSQL) -> Q:
    return Q(search_title__startswith=_plain(q))


def _relevance(q: str | RawSQL) -> Any:
    """Exact 4, begins with these words 3, begins so 2.5, else the likeness (0 to 1).

    And a touch of how well known the film is.
    """
    plain, title = _plain(q), F("search_title")
    begins = Func(title, plain, function="starts_with", output_field=BooleanField())
    word_ends = Regex(Substr(title, Length(plain) + 1, 1), "[ :,;!?]")  # not S. in S.W.A.T.
    alike = Case(
        When(search_title=plain, then=Value(4.0)),
        When(Q(begins) & Q(word_ends), then=Value(3.0)),
        When(begins, then=Value(BEGINS_SO)),
        default=_likeness(q, "search_title"),
    )
    known = Ln(Coalesce(F("statistics__told"), 0) + 1.0) / 50.0
    return alike + known


def _likeness(q: str | RawSQL, column: str) -> Cast:
    """How much of the text is in the column, 0 to 1.

    Postgres has it as a float4, and 4/5 of one is not 4/5 of the float8 that a cursor brings back.
    """
    plain: Any = _plain(q)  # the stubs know text alone
    return Cast(TrigramWordSimilarity(plain, column), FloatField())
