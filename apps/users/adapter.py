"""Where allauth hands over: accounts are made by our action, names never come from an address."""

import secrets
from ipaddress import IPv6Address, ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal import flows
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.internal.restkit.response import ErrorResponse
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from apps.users import actions, security
from apps.users.errors import EmailTaken, InvalidUsername, UsernameTaken
from apps.users.models import User
from apps.users.selectors import is_username_taken
from apps.users.signin import lockout
from apps.users.signin.recent import is_recent

MAX_EMAIL = User._meta.get_field("email").max_length


class AccountAdapter(DefaultAccountAdapter):
    """allauth's flows with Cinemesh's rules for usernames, addresses, creation and mail."""

    error_messages = {  # noqa: RUF012 - allauth reads it from the class
        **DefaultAccountAdapter.error_messages,
        "invalid_username": InvalidUsername.__doc__,
        "username_taken": UsernameTaken.__doc__,
        "invalid_email": f"An address has at most {MAX_EMAIL} characters, all of them ASCII.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address; one of IPv4 as that, also where a proxy writes it as of IPv6.

        All of those are in one /64, for which limits count together.
        """
        address = ip_address(super().get_client_ip(request))
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """A neutral name where none was given; allauth would derive one from the address."""
        user.username = user.username or actions.neutral_username()

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The platform's rule; `shallow` leaves the question whether it is taken."""
        try:
            name = actions.valid_username(username)
        except InvalidUsername as error:
            raise self.validation_error("invalid_username") from error
        if not shallow and is_username_taken(name):
            raise self.validation_error("username_taken")
        return name

    def clean_email(self, email: str) -> str:
        """An address that Python and Postgres put in lower case alike, uncut."""
        if not email.isascii() or len(email) > (MAX_EMAIL or 0):
            raise self.validation_error("invalid_email")
        return email

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Fill the user from the form, then register it as any other member.

        Someone else may take the name or the address after the form was checked: the answer is
        then the one that the check would have given.
        """
        super().save_user(request, user, form, commit=False)
        if not commit:
            return user
        try:
            return actions.register_user(user=user)
        except UsernameTaken:
            form.add_error("username", self.validation_error("username_taken"))
            raise ImmediateHttpResponse(ErrorResponse(request, input=form)) from None
        except EmailTaken:
            answer = flows.signup.prevent_enumeration(request, email=user.email)
            raise ImmediateHttpResponse(
                AuthenticationResponse.from_response(request, answer)
            ) from None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever failed too often waits. allauth would count by the account alone."""
        self._attempt = lockout.begin(request, credentials.get("email", ""))
        if self._attempt is None:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The member of this address and password; a right password does not count."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and self._attempt is not None:
            self._attempt.take_back()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write it down for the member whose address it was; a wrong address is nobody's."""
        for user in User.objects.filter(email=credentials.get("email", "").lower()):
            security.record(security.Kind.SIGN_IN_FAILED, user=user)

    def is_reauthentication_required(self, *, app: str, **others: Any) -> bool:
        """As the settings say. Whoever has neither password nor factor must sign in anew."""
        self._refuse_old_sign_in(self.request.user)
        return bool(super().is_reauthentication_required(app=app, **others))

    def _refuse_old_sign_in(self, user: User) -> None:
        """allauth would let whoever comes by a provider alone do everything, at any time."""
        can_be_asked = flows.reauthentication.get_reauthentication_flows(user)
        if not can_be_asked and not is_recent(self.request, user):
            raise ReauthenticationRequired

    def set_password(self, user: User, password: str) -> None:
        """Whoever sets a password owns the account: addresses that wait to be verified go."""
        path = self.request.resolver_match if self.request else None
        if path and path.url_name == "change_password":  # and not a reset, with a mail's key
            self._refuse_old_sign_in(user)
        super().set_password(user, password)
        EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).delete()

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """An address that someone would like to change to resets nothing until it is verified."""
        if EmailAddress.objects.filter(user=user, email=email, verified=False).exclude(
            email=user.email
        ):
            flows.signup.send_unknown_account_mail(self.request, email)
        else:
            super().send_password_reset_mail(user, email, context)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Takes as long as a new account, whose password is hashed: time must not tell either."""
        make_password(secrets.token_hex())
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail names the site by its configured address, never by the request's Host header."""
        named = {**context, "web_url": settings.WEB_URL}  # type: ignore[misc]
        super().send_mail(template_prefix, email, named)
