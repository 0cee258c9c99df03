"""How allauth behaves here: mail through the outbox, and where a new person goes first."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


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

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context |= {"hub_name": settings.HUB_NAME, "hub_url": settings.HUB_URL}
        super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        return subject
