"""How allauth behaves here: mail through the outbox, where a new person goes first, and who needs a second step."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.names import clean_name
from accounts.schoolyear import school_year_begins, school_year_of

TRUST_COOKIE = "mfa_trusted"


class AccountAdapter(DefaultAccountAdapter):
    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """A new person first finds their school, and then comes back to what they were about to do."""
        wanted = request.POST.get("next") or request.GET.get("next") or ""
        find = reverse("school_find")
        return f"{find}?next={wanted}" if wanted and self.is_safe_url(wanted) else find

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return self.get_signup_redirect_url(self.request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: never another host, whatever the Host header says."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """A phone that was trusted last school year is asked again."""
        if _trusted_at(request) < school_year_begins(school_year_of(timezone.localdate())):
            request.COOKIES.pop(TRUST_COOKIE, None)
        response: HttpResponse | None = super().pre_login(request, user, **options)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context |= {"hub_name": settings.HUB_NAME, "hub_url": settings.HUB_URL}
        super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        return subject


class SecondStepAdapter(DefaultMFAAdapter):
    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who needs a second step for what they see keeps the last one they have."""
        others = Authenticator.objects.filter(
            user=authenticator.user_id, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        ).exclude(pk=authenticator.pk)
        return others.exists() or not authenticator.user.hub_role


class OtherDoorAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """The name as the other house gives it, where it can be one."""
        user: User = super().populate_user(request, sociallogin, data)
        words = data.get("name") or " ".join(filter(None, [data.get("first_name"), data.get("last_name")]))
        try:
            user.name = clean_name(str(words or ""))[:100]
        except ValidationError:
            user.name = ""
        return user

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Without a name that can be shown, the person is asked for one."""
        return bool(sociallogin.user.name) and bool(super().is_auto_signup_allowed(request, sociallogin))


def has_second_step(user: User) -> bool:
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def _trusted_at(request: HttpRequest) -> datetime:
    """When this browser was last trusted; long ago where it never was, or where somebody has touched the cookie."""
    try:
        issued = [at for _, at in Signer().unsign_object(request.COOKIES.get(TRUST_COOKIE, ""))]
    except (BadSignature, ValueError, TypeError):
        issued = []
    return datetime.fromtimestamp(max(issued, default=0), tz=timezone.get_default_timezone())
