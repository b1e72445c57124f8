"""What a JSON value may be, and that OpenAPI says the same."""

import re
from typing import Any

import pytest
from rest_framework import serializers

from apps.common.api.fields import NumberField, StringField, TextField, WholeField
from tests.access.routes import rest_schema


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (WholeField(), "42"),
        (WholeField(), True),
        (WholeField(), 4.5),
        (NumberField(), "0.5"),
        (NumberField(), False),
        (NumberField(), 10**400),
        (StringField(max_length=3), "abc "),
        (StringField(), 42),
        (StringField(), ["x"]),
        (TextField(), 42),
    ],
)
def test_another_type_is_refused(field: serializers.Field[Any, Any, Any, Any], value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        field.run_validation(value)


@pytest.mark.parametrize(
    ("component", "name", "field"),
    [
        ("DiscardInputRequest", "reason", TextField()),
        ("PatchedProfileChangeInputRequest", "display_name", TextField(allow_blank=True)),
        ("PatchedProfileChangeInputRequest", "bio", TextField(allow_blank=True, lines=True)),
        ("MovieInputRequest", "title", StringField()),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "x",
        "",
        " ",
        "\u00a0",
        "a\nb",
        "a\tb",
        "a\u0000b",
        "a\u202eb",
        "\u0085",
        "\u001f",
        "x\u0007",
        "ü x",
    ],
)
def test_openapi_refuses_the_same_texts(
    component: str, name: str, field: StringField, text: str
) -> None:
    described = rest_schema()["components"]["schemas"][component]["properties"][name]
    fits = re.search(described["pattern"], text) and len(text) >= described.get("minLength", 0)
    assert bool(fits) == _is_taken(field, text)


def _is_taken(field: StringField, text: str) -> bool:
    try:
        field.run_validation(text)
    except serializers.ValidationError:
        return False
    return True
