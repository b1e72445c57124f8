"""Where allauth asks whether somebody may sign in: whoever is leaving may, and stays then."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse

from apps.privacy import departures
from apps.users import adapter
from apps.users.models import User


class AccountAdapter(adapter.AccountAdapter):
    """The adapter of users, which knows of departures as well."""

    def pre_login(self, request: HttpRequest, user: User, **hooks: Any) -> HttpResponse | None:
        """Nothing in the way of whoever is leaving; a second factor is still asked for."""
        if not user.is_active and departures.is_leaving(user):
            return None
        answer: HttpResponse | None = super().pre_login(request, user, **hooks)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        """The end of every way in: here the departure is taken back."""
        if not user.is_active and not departures.come_back(user=user):
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)
