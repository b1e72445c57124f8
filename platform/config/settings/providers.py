"""Google and Apple as allauth's settings name them, at their own addresses."""

from typing import Any

from config.env import SignIn


def providers(sign_in: SignIn) -> dict[str, Any]:
    """`SOCIALACCOUNT_PROVIDERS`; a provider without a client id has no app, so it is off."""
    return {
        "google": {
            "provider_class": "apps.users.signin.providers.Google",
            "APPS": _google_apps(sign_in),
            **_google_addresses(sign_in.issuer_url),
        },
        "apple": {
            "provider_class": "apps.users.signin.providers.Apple",
            "APPS": _apple_apps(sign_in),
            **_apple_addresses(sign_in.issuer_url),
        },
    }


def _google_apps(sign_in: SignIn) -> list[dict[str, Any]]:
    if not sign_in.google_client_id:
        return []
    web = {"client_id": sign_in.google_client_id, "secret": sign_in.google_client_secret}
    return [web, *_hidden(web, sign_in.google_native_client_ids)]


def _apple_apps(sign_in: SignIn) -> list[dict[str, Any]]:
    if not sign_in.apple_client_id:
        return []
    web = {
        "client_id": sign_in.apple_client_id,
        "secret": sign_in.apple_key_id,
        "key": sign_in.apple_team_id,
        "settings": {"certificate_key": sign_in.apple_private_key},
    }
    return [web, *_hidden(web, sign_in.apple_native_client_ids)]


def _hidden(web: dict[str, Any], client_ids: tuple[str, ...]) -> list[dict[str, Any]]:
    """Native apps: their ID tokens have audiences of their own; nobody is redirected for them."""
    settings = {**web.get("settings", {}), "hidden": True}
    return [{**web, "client_id": client_id, "settings": settings} for client_id in client_ids]


def _google_addresses(local: str) -> dict[str, Any]:
    if local:
        return _local(f"{local}/google")
    return {
        "ISSUERS": ["https://accounts.google.com", "accounts.google.com"],
        "AUTHORIZE_URL": "https://accounts.google.com/o/oauth2/v2/auth",
        "TOKEN_URL": "https://oauth2.googleapis.com/token",
        "JWKS_URL": "https://www.googleapis.com/oauth2/v3/certs",
    }


def _apple_addresses(local: str) -> dict[str, Any]:
    if local:
        return _local(f"{local}/apple")
    return {
        "ISSUERS": ["https://appleid.apple.com"],
        "AUTHORIZE_URL": "https://appleid.apple.com/auth/authorize",
        "TOKEN_URL": "https://appleid.apple.com/auth/token",
        "JWKS_URL": "https://appleid.apple.com/auth/keys",
        "REVOKE_URL": "https://appleid.apple.com/auth/revoke",
    }


def _local(issuer: str) -> dict[str, Any]:
    return {
        "ISSUERS": [issuer],
        "AUTHORIZE_URL": f"{issuer}/authorize",
        "TOKEN_URL": f"{issuer}/token",
        "JWKS_URL": f"{issuer}/keys",
        "REVOKE_URL": f"{issuer}/revoke",
    }
