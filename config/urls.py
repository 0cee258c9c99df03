"""All addresses of the hub."""

from django.urls import include, path

from config import health, wellknown

urlpatterns = [
    path("", include("booking.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(".well-known/security.txt", wellknown.security_txt, name="security_txt"),
    path(".well-known/change-password", wellknown.change_password, name="change_password"),
    path("robots.txt", wellknown.robots_txt, name="robots_txt"),
]
