"""Doors of other houses, each open only where the hub has registered with it (client id and secret)."""

from typing import Any
from urllib.parse import urlsplit

from environ import Env


def other_doors(env: Env) -> tuple[dict[str, Any], list[str]]:
    """(allauth's SOCIALACCOUNT_PROVIDERS, the origins that a form may lead to), as the environment says."""
    providers: dict[str, Any] = {}
    origins: list[str] = []
    if env.str("HUB_GOOGLE_CLIENT_ID", default=""):
        providers["google"] = {
            "APPS": [{"client_id": env.str("HUB_GOOGLE_CLIENT_ID"), "secret": env.str("HUB_GOOGLE_CLIENT_SECRET")}],
            "SCOPE": ["profile", "email"],
        }
        origins.append("https://accounts.google.com")
    if env.str("HUB_MICROSOFT_CLIENT_ID", default=""):
        # Whoever runs a Microsoft tenant writes what they like into its addresses, so none of them counts as proved.
        providers["microsoft"] = {
            "APPS": [
                {
                    "client_id": env.str("HUB_MICROSOFT_CLIENT_ID"),
                    "secret": env.str("HUB_MICROSOFT_CLIENT_SECRET"),
                    "settings": {"tenant": env.str("HUB_MICROSOFT_TENANT", default="organizations")},
                }
            ],
            "VERIFIED_EMAIL": False,
        }
        origins.append("https://login.microsoftonline.com")
    if env.str("HUB_OIDC_URL", default=""):
        providers["openid_connect"] = {
            "APPS": [
                {
                    "provider_id": "single-sign-on",
                    "name": env.str("HUB_OIDC_NAME", default="Single sign-on"),
                    "client_id": env.str("HUB_OIDC_CLIENT_ID"),
                    "secret": env.str("HUB_OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": env.str("HUB_OIDC_URL")},
                }
            ],
        }
        house = urlsplit(env.str("HUB_OIDC_URL"))
        origins.append(f"{house.scheme}://{house.netloc}")
    return providers, origins
