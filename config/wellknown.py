"""What programs look for at agreed addresses: where to report a weakness, and where a password is changed."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone


@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116); it must say until when it holds."""
    expires = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: mailto:{settings.HUB_EMAIL}",
        f"Expires: {expires}",
        "Preferred-Languages: en",
        f"Canonical: {settings.HUB_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Password managers ask here (W3C, A Well-Known URL for Changing Passwords)."""
    return redirect("account_change_password")


@login_not_required
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Search engines may read the catalogue. Feeds are not named: a path that is forbidden here is a path told."""
    return HttpResponse("User-agent: *\nDisallow: /accounts/\nDisallow: /office/\n", content_type="text/plain")
