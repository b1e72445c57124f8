"""Every table that leads to a member is in the export or left out for a reason, and is erased."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import CASCADE, Field

from apps.privacy.tables import OUTLIVES, TABLES, WITHHELD, Given
from apps.users.models import User

MODELS = apps.get_models(include_auto_created=True)
NUMBERS = {"user_id", "member_id", "follower_id", "followee_id", "actor_id", "owner_id"}


def ways_to_members() -> dict[str, Field]:
    """Every way from a row to a member, over other rows too, and the field by which it begins."""
    found: dict[str, Field] = {}
    onwards = {User: [""]}
    while True:
        before = len(found)
        for model in MODELS:
            for field in model._meta.concrete_fields:
                for rest in onwards.get(field.related_model, ()):
                    path = f"{field.name}{rest}"
                    if f"{model._meta.label}.{path}" not in found:
                        found[f"{model._meta.label}.{path}"] = field
                        onwards.setdefault(model, []).append(f"__{path}")
        if len(found) == before:
            return found


def given() -> Iterator[tuple[str, str, Given]]:
    """Model, way and files of what is exported."""
    for key, entry in TABLES.items():
        if isinstance(entry, Given):
            label, path = key.rsplit(".", 1)
            yield label, path, entry


def test_every_table_is_given_or_left_out_for_a_reason() -> None:
    assert set(TABLES) == set(ways_to_members()) | {"users.User.id"}
    assert all(TABLES.values())


def test_every_column_is_given_or_withheld_for_a_reason() -> None:
    missing = []
    for label, path, entry in given():
        for field in apps.get_model(label)._meta.concrete_fields:
            names = {field.name, field.attname}
            told = any(column.split("__")[0] in names for column in entry.columns)
            towards_the_member = field.name == path.split("__")[0]
            if not (told or towards_the_member or f"{label}.{field.name}" in WITHHELD):
                missing.append(f"{label}.{field.name}")
    assert missing == []


def test_what_is_withheld_exists() -> None:
    for key in (*WITHHELD, *OUTLIVES):
        label, name = key.rsplit(".", 1)
        assert apps.get_model(label)._meta.get_field(name)


def test_no_two_files_have_one_name() -> None:
    names = [entry.name for _, _, entry in given()]
    assert len(names) == len(set(names))


def test_what_leads_to_a_member_goes_with_them_or_outlives_them_for_a_reason() -> None:
    staying = {
        key
        for key, field in ways_to_members().items()
        if field.remote_field.on_delete is not CASCADE
    }
    numbers = {
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if field.name in NUMBERS and not field.is_relation
    }
    assert staying | numbers == set(OUTLIVES)
