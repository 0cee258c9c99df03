"""All addresses of the hub."""

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as socialaccount
from django.urls import include, path

from accounts.access import asks_who_has_no_proof
from config import health, wellknown

handler500 = "config.busy.server_error"

urlpatterns = [
    path("", include("booking.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    # What changes how somebody comes in: allauth asks for a password or a second step, and we who has neither.
    path("accounts/email/", asks_who_has_no_proof(account.email, to_read=False), name="account_email"),
    path("accounts/password/set/", asks_who_has_no_proof(account.password_set), name="account_set_password"),
    path("accounts/2fa/totp/activate/", asks_who_has_no_proof(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", asks_who_has_no_proof(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "accounts/3rdparty/",
        asks_who_has_no_proof(socialaccount.connections, to_read=False),
        name="socialaccount_connections",
    ),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(".well-known/security.txt", wellknown.security_txt, name="security_txt"),
    path(".well-known/change-password", wellknown.change_password, name="change_password"),
    path("look.css", wellknown.hub_look, name="hub_look"),
    path("logo", wellknown.hub_logo, name="hub_logo"),
    path("manifest.webmanifest", wellknown.manifest, name="manifest"),
    path("sw.js", wellknown.service_worker, name="service_worker"),
    path("robots.txt", wellknown.robots_txt, name="robots_txt"),
]
