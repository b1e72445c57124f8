"""The ledger for operators, to look at. What changes it is the relay, `rebuild` and `ops/`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.outbox.models import Circuit, Failure, Generation, Lane, Message
from apps.outbox.topics import all_topics, destinations


class ReadOnly(admin.ModelAdmin):
    """Rows that are only shown."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No one; who may view sees each row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No one: a message that is deleted here would be a change that a store never sees."""
        return False


class DestinationFilter(admin.SimpleListFilter):
    """By destination; the choices come from the topics, not from a pass over the table."""

    title = "destination"
    parameter_name = "destination"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every destination that some topic names."""
        return [(name, name) for name in destinations()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the chosen one."""
        return queryset.filter(destination=self.value()) if self.value() else queryset


class TopicFilter(admin.SimpleListFilter):
    """By topic."""

    title = "topic"
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every topic that is declared."""
        return [(topic.name, topic.name) for topic in all_topics()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the chosen one."""
        return queryset.filter(topic=self.value()) if self.value() else queryset


class ParkedFilter(admin.SimpleListFilter):
    """Dead letters, or keys that wait for their next attempt."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("parked", "dead letter"), ("waiting", "waiting for the next attempt")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows in the chosen state."""
        if self.value() is None:
            return queryset
        return queryset.filter(parked_at__isnull=self.value() == "waiting")


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """What waits, the oldest first."""

    list_display = ("id", "destination", "lane", "topic", "key", "published_at")
    list_filter = (DestinationFilter, TopicFilter)
    search_fields = ("=key",)
    ordering = ("id",)


@admin.register(Lane)
class LaneAdmin(ReadOnly):
    """Who delivers what, and which lanes go on cautiously."""

    list_display = (
        "destination",
        "number",
        "claimed_at",
        "leased_until",
        "in_flight",
        "fence",
        "cautious_limit",
        "cautious_through",
    )
    list_filter = (DestinationFilter,)
    ordering = ("destination", "number")


@admin.register(Failure)
class FailureAdmin(ReadOnly):
    """Keys that a store refused, the latest first; `parked_at` is set on dead letters."""

    list_display = (
        "destination",
        "topic",
        "key",
        "attempts",
        "crashes",
        "error_class",
        "last_failed_at",
        "next_at",
        "parked_at",
    )
    list_filter = (ParkedFilter, DestinationFilter, TopicFilter)
    search_fields = ("=key", "error_class", "error")
    ordering = ("-last_failed_at", "-id")


@admin.register(Circuit)
class CircuitAdmin(ReadOnly):
    """Destinations whose store was last seen not to answer."""

    list_display = ("destination", "failures", "open_until", "reason")
    ordering = ("destination",)


@admin.register(Generation)
class GenerationAdmin(ReadOnly):
    """Versions of whole projections, the newest first."""

    list_display = ("destination", "name", "state", "created_at")
    list_filter = (DestinationFilter, "state")
    ordering = ("-id",)
