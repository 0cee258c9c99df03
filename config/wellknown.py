"""What programs look for at agreed addresses: where to report a weakness, and what a phone keeps of the hub."""

import json
from datetime import timedelta

from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from config.logo import logo
from config.look import stylesheet


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


@login_not_required
def hub_look(request: HttpRequest) -> HttpResponse:
    """The hub's own colour, laid over the stylesheet; its address changes with it, so that it is kept for long."""
    if settings.HUB_HUE is None:
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(stylesheet(settings.HUB_SHADES), content_type="text/css; charset=utf-8", headers=headers)


@login_not_required
def hub_logo(request: HttpRequest) -> HttpResponse:
    """The hub's logo, as a picture and nothing else: opened by itself it can neither run nor load anything."""
    found = logo()
    if found is None:
        raise Http404
    headers = {"Cache-Control": "public, max-age=86400", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return HttpResponse(found.content, content_type=found.kind, headers=headers)


@login_not_required
def manifest(request: HttpRequest) -> HttpResponse:
    """By this a phone puts the hub among its programs (W3C, Web Application Manifest); it opens at the registers."""
    return JsonResponse(
        {
            "name": settings.HUB_NAME,
            "short_name": settings.HUB_SHORT_NAME,
            "id": "/",
            "start_url": reverse("register_list"),
            "scope": "/",
            "display": "standalone",
            "lang": "en-GB",
            "background_color": "#fbfaf6",
            "theme_color": "#fbfaf6",
            "icons": [
                {"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
                {"src": static("img/icon-full.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
            ],
        },
        content_type="application/manifest+json",
    )


@login_not_required
def service_worker(request: HttpRequest) -> HttpResponse:
    """What opens registers off line: one file at the root, since it may answer only for addresses below its own.

    Asked for anew each time, so that a deploy reaches phones at once.
    """
    script = render_to_string("sw.js", {"policy": json.dumps(build_policy())})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})
