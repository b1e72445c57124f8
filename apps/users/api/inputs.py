"""What clients send about people."""

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.api.fields import FlagField, TextField
from apps.common.api.inputs import Input
from apps.users.models import Visibility


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]{3,30}$"})
class NameField(TextField):
    """3 to 30 of a-z, 0-9, _ and -, which the action checks."""


class ProfileChangeInput(Input):
    """Changes to your profile; what is left out stays."""

    username = NameField(required=False, help_text="3 to 30 of a-z, 0-9, _ and -. Can change once.")
    display_name = TextField(required=False, allow_blank=True, max_length=60)
    bio = TextField(required=False, allow_blank=True, max_length=500, lines=True)
    visibility = serializers.ChoiceField(
        Visibility.choices,
        required=False,
        help_text="Who sees what you do: everyone, those whom you let follow you, or nobody.",
    )
    ratings_visibility = serializers.ChoiceField(
        Visibility.choices,
        required=False,
        help_text="Who of those who see your profile sees your ratings too.",
    )
    used_for_others = FlagField(
        required=False, help_text="Whether what you like may lead others to films."
    )


class AvatarInput(Input):
    """A picture; its name and type are not looked at."""

    image = serializers.FileField(help_text="JPEG, PNG or WebP, at most 5 MB.")


VERIFIER = "^[A-Za-z0-9._~-]{43,128}$"
"""RFC 7636, 4.1."""


class SignInCodeInput(Input):
    """The code of a sign-in by redirect, and the verifier that the app has kept."""

    code = TextField(max_length=100)
    code_verifier = TextField(
        min_length=43, max_length=128, validators=[RegexValidator(VERIFIER, "No PKCE verifier.")]
    )
