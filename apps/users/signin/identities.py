"""When an identity of Google or Apple joins an account, and how an account is made from one."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.db import transaction
from django.http import HttpRequest

from apps.users import actions
from apps.users.errors import EmailTaken
from apps.users.models import User

MAX_NAME = User._meta.get_field("display_name").max_length


class SocialAdapter(DefaultSocialAccountAdapter):
    """An identity is provider and subject; an address joins only when both sides verified it."""

    def list_providers(self, request: HttpRequest) -> list[Any]:
        """Each provider once: the audiences of native apps are no providers of their own."""
        providers = super().list_providers(request)
        return [provider for provider in providers if not provider.app.settings.get("hidden")]

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """None for an app's id that Postgres would refuse to look for."""
        if client_id and "\x00" in client_id:
            return []
        apps: list[SocialApp] = super().list_apps(request, provider, client_id)
        return apps

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The member whose verified address the provider vouches for."""
        for address in sociallogin.email_addresses:
            if address.verified and _vouches(sociallogin, address.email):
                ours = EmailAddress.objects.filter(
                    email__iexact=address.email, verified=True, user__is_active=True
                )
                for known in ours.select_related("user"):
                    return known.user, known.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Nobody holds an address that is another's by wishing to change to it."""
        vouched = [address.email for address in sociallogin.email_addresses if address.verified]
        waiting = EmailAddress.objects.filter(email__in=vouched, verified=False, primary=False)
        waiting.delete()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        """The address, and the name as the display name; never a username."""
        user: User = super().populate_user(request, sociallogin, {**data, "username": ""})
        user.display_name = str(data.get("name") or "").replace("\x00", "")[:MAX_NAME]
        return user

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Register the member as any other, with the identity."""
        if form:
            user: User = super().save_user(request, sociallogin, form)
            return user
        member: User = sociallogin.user
        member.set_unusable_password()
        member.username = actions.neutral_username()
        try:
            actions.register_user(user=member)
        except EmailTaken as error:
            name = sociallogin.account.provider.title()
            raise self.validation_error("email_taken", name) from error
        sociallogin.save(request)
        return member


def _vouches(sociallogin: SocialLogin, email: str) -> bool:
    """Whether the provider is the authority of an address today, not only when it was given.

    Google is for its own mailboxes and for those of its organisations (`hd`), as its documentation
    says; Apple confirms every address of an Apple account.
    """
    if sociallogin.account.provider != "google":
        return True
    return email.lower().endswith("@gmail.com") or bool(sociallogin.account.extra_data.get("hd"))
