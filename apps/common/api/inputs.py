"""What comes in: bodies and query strings, with every unknown field refused."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from apps.common.errors import InvalidInput


class Input(serializers.Serializer[Any]):
    """A serializer that refuses fields which it does not know."""

    together: ClassVar[dict[str, Any]] = {}
    """Which fields need each other, as JSON Schema says it: what `validate` refuses."""

    def to_internal_value(self, data: Any) -> Any:
        """Validated values; unknown fields are named, each by its own error."""
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                known = ", ".join(sorted(self.fields)) or "none"
                message = f"This field is not known. Known: {known}."
                raise serializers.ValidationError(dict.fromkeys(unknown, [message]))
        return super().to_internal_value(data)


def parse_body(request: Request, input_class: type[Input]) -> dict[str, Any]:
    """The validated body of a request."""
    if not isinstance(request.data, Mapping):
        raise InvalidInput("The body must be a JSON object.")
    return dict(_serializer_of(input_class).run_validation(request.data))


def parse_query(request: Request, input_class: type[Input]) -> dict[str, Any]:
    """The validated query string; a repeated parameter is refused unless its field is a list."""
    params, serializer = request.query_params, _serializer_of(input_class)
    data: dict[str, Any] = params.dict()
    for name, values in params.lists():
        if isinstance(serializer.fields.get(name), serializers.ListField):
            data[name] = values
        elif len(values) > 1:
            raise InvalidInput(fields={name: "Give this parameter once."})
    return dict(serializer.run_validation(data))


@cache
def _serializer_of(input_class: type[Input]) -> Input:
    """One serializer for all requests: it keeps nothing of them.

    To make one copies each of its fields, which takes longer than to validate a body.
    """
    return input_class()


class NoInput(Input):
    """For views without a body or parameters."""
