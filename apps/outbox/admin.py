"""The ledger for operators, to look at. Only dead letters can be acted on."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from apps.outbox.dead_letters import discard_dead_letters, replay_dead_letters
from apps.outbox.models import Circuit, Decision, Failure, Generation, Lane, Message
from apps.outbox.topics import all_topics, destinations

MAX_DISCARDED = 500
"""What one form can carry: Django refuses one with more than 1,000 fields."""


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
        "applied",
        "coalesced",
    )
    list_filter = (DestinationFilter,)
    ordering = ("destination", "number")


class DiscardForm(forms.Form):
    """Why dead letters are given up."""

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(Failure)
class FailureAdmin(ReadOnly):
    """Keys that a store refused, the latest first; `parked_at` is set on dead letters.

    Who may add decisions may replay and discard; of the chosen rows only dead letters count.
    """

    actions = ("replay", "discard")
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

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Who may add rows to the decisions."""
        return request.user.has_perm("outbox.add_decision")

    @admin.action(permissions=["decide"], description="Replay: try again, with fresh attempts")
    def replay(self, request: HttpRequest, queryset: QuerySet[Failure]) -> None:
        """Try the chosen dead letters again."""
        done = replay_dead_letters(ids=_ids(queryset), by=_who(request))
        self.message_user(request, f"{done} dead letters are tried again.")

    @admin.action(permissions=["decide"], description="Discard: give up, with a reason")
    def discard(self, request: HttpRequest, queryset: QuerySet[Failure]) -> TemplateResponse | None:
        """Ask for the reason, then give the chosen dead letters up."""
        if queryset.count() > MAX_DISCARDED:
            text = f"Choose at most {MAX_DISCARDED}; `manage.py dead_letters discard` takes more."
            self.message_user(request, text, messages.ERROR)
            return None
        ids = _ids(queryset)
        form = DiscardForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            done = discard_dead_letters(
                ids=ids, by=_who(request), reason=form.cleaned_data["reason"]
            )
            self.message_user(request, f"{done} dead letters are discarded.", messages.WARNING)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Discard dead letters",
            "opts": self.opts,
            "form": form,
            "chosen": queryset,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/outbox/failure/discard.html", context)


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """What was decided about dead letters, the latest first."""

    list_display = (
        "decided_at",
        "decided_by",
        "action",
        "destination",
        "topic",
        "key",
        "error_class",
        "reason",
        "superseded_at",
    )
    list_filter = ("action", DestinationFilter, TopicFilter)
    search_fields = ("=key", "error_class", "reason", "=decided_by")
    ordering = ("-id",)


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


def _ids(chosen: QuerySet[Failure]) -> list[int]:
    return list(chosen.values_list("pk", flat=True))


def _who(request: HttpRequest) -> str:
    return f"member {request.user.pk}"
