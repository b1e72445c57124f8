"""Films, people, genres and ratings for operators. Every change goes through an action."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Func, Model, Q, QuerySet, TextField, Value
from django.http import HttpRequest

from apps.movies import actions, curation
from apps.movies.models import Credit, Genre, Movie, MovieGenre, Person, Rating


class InOrder(AutocompleteSelectMultiple):
    """A multiple choice by typing that shows what is chosen in the order in which it was chosen."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        """The chosen options, read in one query; what can be no id is left to the field's error."""
        ids = [str(chosen) for chosen in value if str(chosen).isdecimal()]
        groups = super().optgroups(name, ids, attr)
        place = {chosen: number for number, chosen in enumerate(ids)}
        groups[0][1].sort(key=lambda option: place.get(str(option["value"]), len(place)))
        return groups


class OrderedChoices(forms.ModelMultipleChoiceField):
    """Objects as a list in the order of the form; another order is a change."""

    def clean(self, value: Any) -> Any:
        """The objects that were chosen."""
        found = {str(chosen.pk): chosen for chosen in super().clean(value)}
        return [found[str(key)] for key in value or () if str(key) in found]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other objects were chosen, or the same in another order."""
        return [str(key) for key in initial or ()] != [str(key) for key in data or ()]


def chosen_by_typing(model: type[Model], name: str, label: str) -> OrderedChoices:
    """A field for any number of what a foreign key of `model` can name."""
    key: Any = model._meta.get_field(name)
    return OrderedChoices(
        queryset=key.remote_field.model.objects.all(),
        widget=InOrder(key, admin.site),
        required=False,
        label=label,
    )


class MovieForm(forms.ModelForm):
    """A film with its genres and credits."""

    genre_choices = chosen_by_typing(MovieGenre, "genre", "Genres")
    directors = chosen_by_typing(Credit, "person", "Directors")
    actors = chosen_by_typing(Credit, "person", "Actors")

    class Meta:
        model = Movie
        fields = ("title", "year", "origin", "plot")

    def __init__(self, *args: Any, **options: Any) -> None:
        """What the film has now."""
        super().__init__(*args, **options)
        if self.instance.pk is None:
            return
        rows = Credit.objects.filter(movie=self.instance).order_by("position")
        credited = list(rows.values_list("role", "person_id"))
        genres = MovieGenre.objects.filter(movie=self.instance).order_by("genre__name")
        self.initial["genre_choices"] = list(genres.values_list("genre_id", flat=True))
        self.initial["directors"] = [who for role, who in credited if role == Credit.Role.DIRECTOR]
        self.initial["actors"] = [who for role, who in credited if role == Credit.Role.ACTOR]

    def facts(self) -> dict[str, Any]:
        """The arguments of the action; the cast only when it was changed."""
        given = self.cleaned_data
        facts = {name: given[name] for name in ("title", "year", "origin", "plot")}
        facts["genres"] = [genre.name for genre in given["genre_choices"]]
        if {"directors", "actors"} & set(self.changed_data):
            facts["cast"] = actions.Cast(directors=given["directors"], actors=given["actors"])
        return facts


class PlainSearch(admin.ModelAdmin):
    """Searches a generated column without accents and case, by its trigram index, or by id."""

    list_per_page = 50
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows that contain the text, and the one whose id it is."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        plain = Func(Value(term), function="cinemesh_plain", output_field=TextField())
        wanted = Q(**{f"{self.search_fields[0]}__contains": plain})
        if term.isdecimal() and len(term) < 19:
            wanted |= Q(pk=int(term))
        return queryset.filter(wanted), False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """The objects alone: what hangs on them goes with them, and may be very many."""
        names = [str(found) for found in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []


@admin.register(Movie)
class MovieAdmin(PlainSearch):
    """Films. Removing one removes every opinion of it, from every store."""

    form = MovieForm
    list_display = ("title", "year", "origin", "ratings_count")
    list_filter = ("genres",)
    list_select_related = ("statistics",)
    search_fields = ("search_title",)
    ordering = ("-id",)
    readonly_fields = ("plot_source", "source_url", "imdb_id", "tmdb_id", "added_at")

    @admin.display(description="ratings", ordering="statistics__ratings")
    def ratings_count(self, movie: Movie) -> int:
        """How many members rated it."""
        statistics = getattr(movie, "statistics", None)
        return statistics.ratings if statistics else 0

    def save_model(self, request: HttpRequest, obj: Movie, form: Any, change: bool) -> None:
        """Add or change a film with its genres and credits."""
        if change:
            actions.update_movie(movie=obj, **form.facts())
        else:
            obj.pk = actions.create_movie(**form.facts()).pk

    def delete_model(self, request: HttpRequest, obj: Movie) -> None:
        """Remove one film."""
        actions.delete_movie(movie=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        """Remove the chosen films."""
        for movie in queryset:
            actions.delete_movie(movie=movie)


@admin.register(Person)
class PersonAdmin(PlainSearch):
    """People who made films. Only someone without credits can be removed."""

    fields = ("name",)
    list_display = ("name", "source", "id")
    search_fields = ("search_name",)
    ordering = ("-id",)

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        """Not from the list, and not while a film credits them."""
        if obj is None or obj.credits.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        """Add someone, or rename them in every film."""
        if change:
            curation.rename_person(person=obj, name=obj.name)
        else:
            obj.pk = curation.add_person(name=obj.name).pk

    def delete_model(self, request: HttpRequest, obj: Person) -> None:
        """Remove someone."""
        curation.remove_person(person=obj)


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    """Genres. One that a film has cannot be removed: the database protects it."""

    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)

    def save_model(self, request: HttpRequest, obj: Genre, form: Any, change: bool) -> None:
        """Add a genre, which no film has yet, or rename it on every film."""
        if change:
            curation.rename_genre(genre=obj, name=obj.name)
        else:
            obj.save()

    def has_delete_permission(self, request: HttpRequest, obj: Genre | None = None) -> bool:
        """Not from the list, and not while a film has it."""
        if obj is None or MovieGenre.objects.filter(genre=obj).exists():
            return False
        return super().has_delete_permission(request, obj)


@admin.register(Rating)
class RatingAdmin(admin.ModelAdmin):
    """What members think of films. Operators read it, and may take one back; they never rate."""

    list_display = ("user", "movie", "stars", "rated_at", "changed_at")
    list_select_related = ("user", "movie")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=user__username",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No one: an opinion is its member's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No one; who may view sees each row."""
        return False

    def delete_model(self, request: HttpRequest, obj: Rating) -> None:
        """Take one rating back."""
        actions.unrate_movie(user=obj.user, movie=obj.movie)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rating]) -> None:
        """Take the chosen ratings back."""
        chosen: Sequence[Rating] = list(queryset.select_related("user", "movie"))
        for rating in chosen:
            actions.unrate_movie(user=rating.user, movie=rating.movie)
