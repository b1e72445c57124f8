"""How long ago somebody showed who they are."""

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.request import Request

from apps.users.models import User


def is_recent(request: HttpRequest | Request, user: User | AnonymousUser) -> bool:
    """Whether the session's last sign-in, or password or factor given again, was minutes ago."""
    last = max((step["at"] for step in get_authentication_records(request, user)), default=0)
    return bool(time.time() - last <= app_settings.REAUTHENTICATION_TIMEOUT)
