"""What can be wrong between people."""

from apps.common.errors import CinemeshError, Conflict, Forbidden, InvalidInput, NotFound


class UnknownUser(NotFound):
    """There is no member with this name."""

    code = "unknown_user"


class PrivateProfile(Forbidden):
    """This profile is not open to you."""

    code = "private_profile"


class CannotFollowSelf(InvalidInput):
    """You cannot follow yourself."""

    code = "cannot_follow_self"


class CannotBlockSelf(InvalidInput):
    """You cannot block yourself."""

    code = "cannot_block_self"


class CannotMuteSelf(InvalidInput):
    """You cannot mute yourself."""

    code = "cannot_mute_self"


class BlockedByYou(Conflict):
    """You have blocked this member. Unblock them first."""

    code = "blocked_by_you"


class NoFollowRequest(NotFound):
    """This member has not asked to follow you, or no longer does."""

    code = "no_follow_request"


class InvalidUsername(InvalidInput):
    """A username has 3 to 30 of the characters a-z, 0-9, _ and -, and is not reserved."""

    code = "invalid_username"


class UsernameTaken(Conflict):
    """This username is taken."""

    code = "username_taken"


class UsernameAlreadyChanged(Conflict):
    """A username can be changed once, and yours has been."""

    code = "username_already_changed"


class EmailTaken(Conflict):
    """An account with this e-mail address exists."""

    code = "email_taken"


class NotAPicture(InvalidInput):
    """This is no still picture as JPEG, PNG or WebP, or it has too many pixels."""

    code = "not_a_picture"


class InvalidSignInCode(InvalidInput):
    """This code is spent, has run out, or belongs to another verifier. Sign in again."""

    code = "invalid_sign_in_code"


class SignInAgain(CinemeshError):
    """Sign in again, or `POST /_allauth/app/v1/auth/reauthenticate` (`auth/2fa/reauthenticate`)."""

    code = "sign_in_again"
    status = 401
    auth_header = 'Bearer error="insufficient_user_authentication", max_age="300"'
