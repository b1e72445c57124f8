"""Whether a member whose erasure has a receipt left a trace: every store is searched for the id.

The stores are read by the checker's own eyes, old generations of the vectors too; where Postgres
may name a member is told by the models of today, not by what the erasure knew.
"""

from collections.abc import Iterator
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage, storages
from redis import Redis

from apps.consistency.kinds import Kind, all_kinds
from apps.consistency.owners import EVERYONE, Owners
from apps.outbox.models import Generation

MEMBERS_IN = {
    "members": (0,),
    "follows": (0, 1),
    "likes": (0,),
    "taste vectors": (0,),
    "timelines": (0, 2, 3),
}
"""The parts of a kind's keys that are members; the last of a timeline's, where it is a follow."""


def traces(receipt: UUID) -> dict[str, int] | None:
    """How often each place still names the member of a receipt; None when there is no such one."""
    rows = apps.get_model("privacy", "Departure")._base_manager
    departure = rows.filter(pk=receipt, erased_at__isnull=False).values().first()
    if departure is None:
        return None
    member_id, names = departure["member_id"], departure["removed"].get("files", [])
    kept = [
        storage.exists(name) for name in names for storage in (default_storage, storages["exports"])
    ]
    return {**_in_postgres(member_id), **_in_stores(member_id), "files": sum(kept)}


def _in_postgres(member_id: int) -> dict[str, int]:
    """By every key to a member that some model has."""
    user = get_user_model()
    found = {user._meta.label: user._base_manager.filter(pk=member_id).count()}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is user:
                rows = model._base_manager.filter(**{field.attname: member_id})
                found[f"{model._meta.label}.{field.name}"] = rows.count()
    return found


def _in_stores(member_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    kept = Generation.objects.filter(destination="vectors").exclude(state=Generation.State.RETIRED)
    for generation in kept.values_list("name", flat=True):
        with all_kinds(generation) as kinds:
            for kind in kinds:
                name = f"{kind.name} {generation}" if kind.destination == "vectors" else kind.name
                if kind.name in MEMBERS_IN and name not in found:
                    found[name] = sum(_naming(kind, member_id))
    environment = settings.ENVIRONMENT  # type: ignore[misc]  # typed in config.env
    with Redis.from_url(environment.redis.url) as valkey:
        found["timeline keys"] = sum(1 for _ in valkey.scan_iter(f"feed:{member_id}:*"))
    return found


def _naming(kind: Kind, member_id: int) -> Iterator[bool]:
    """For each fact of a kind whether it names the member."""
    places = MEMBERS_IN[kind.name]
    owners = Owners(member_id, member_id) if places == (0,) else EVERYONE
    for key, _ in kind.stored(owners):
        parts = key.split(":")
        is_rating = kind.name == "timelines" and parts[1] != "follow"
        yield any(parts[place] == str(member_id) for place in places[: 2 if is_rating else None])
