"""Who sees many people proves twice who they are: the middleware that asks for a second step."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.adapter import has_second_step
from accounts.models import User
from accounts.schoolyear import school_year_begins, school_year_of
from booking.access import leads_groups


class SecondStepMiddleware:
    """Who runs the hub or leads groups logs in once without a second step; the next time they set one up first.

    Which of it holds is settled when a log-in is complete, and stands in the web session: no page asks again.
    """

    KEY = "second_step"
    FREE, GRACE, NEEDED = "free", "grace", "needed"
    # Where it is set up, and the way out.
    DOORS = ("/accounts/", "/privacy/", "/accessibility/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        standing = request.session.get(self.KEY, self.FREE) if known else self.FREE
        if standing != self.FREE and isinstance(request.user, User):
            if has_second_step(request.user):
                request.session[self.KEY] = self.FREE
            elif standing == self.NEEDED and not request.path.startswith(self.DOORS):
                messages.warning(request, "Please set up a second step first: what you see here is about many people.")
                return redirect("mfa_index")
        response = self.get_response(request)
        if (known or request.session.modified) and isinstance(request.user, User):
            if settings.SECOND_STEP_REQUIRED and self.KEY not in request.session:
                request.session[self.KEY] = self._standing(request, request.user)
            self._end_trust_with_the_year(response)
        return response

    def _standing(self, request: HttpRequest, person: User) -> str:
        needs = bool(person.hub_role) or leads_groups(request)
        if not needs or has_second_step(person):
            return self.FREE
        # Of two log-ins at once one is the first.
        first = User.objects.filter(pk=person.pk, second_step_asked_at=None).update(second_step_asked_at=timezone.now())
        return self.GRACE if first else self.NEEDED

    def _end_trust_with_the_year(self, response: HttpResponse) -> None:
        """A phone is trusted until 31 August, whenever it was told to be."""
        trust = response.cookies.get(settings.MFA_TRUST_COOKIE_NAME)
        if trust is not None and trust.value:
            now = timezone.localtime()
            ends = school_year_begins(school_year_of(now.date()) + 1)
            trust["max-age"] = int((ends - now).total_seconds())
            trust["expires"] = ""
