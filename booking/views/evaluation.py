"""What people are asked after a session, at the end and a term later: on their own pages, or by the link in a mail."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, by_link, person_required
from accounts.models import User
from booking.actions import evaluation as actions
from booking.evaluation import EVALUATION, IMPACT, PULSE, find, is_put_to, whom
from booking.forms.evaluation import SayForm
from booking.models import Answered, Session, WorkGroup
from booking.reports.evaluation import questions_for
from booking.views.my import person_by_link

THANKS = "Thank you. It is kept without your name."


@person_required
def my_pulse(request: PersonRequest, pk: int) -> HttpResponse:
    """One minute about a session I came to."""
    return _say(request, request.user, PULSE, pk, reverse("my_sessions"))


@person_required
def my_evaluation(request: PersonRequest, pk: int) -> HttpResponse:
    """What the whole group was worth to me."""
    return _say(request, request.user, EVALUATION, pk, reverse("my_sessions"))


@person_required
def my_impact(request: PersonRequest, pk: int) -> HttpResponse:
    """What has lasted, a term later."""
    return _say(request, request.user, IMPACT, pk, reverse("my_sessions"))


@by_link
def person_pulse(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by the signed link in a mail, without an account. Opening it changes nothing."""
    return _say(request, person_by_link(token), PULSE, pk, reverse("person_dates", args=[token]))


@by_link
def person_evaluation(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    return _say(request, person_by_link(token), EVALUATION, pk, reverse("person_dates", args=[token]))


@by_link
def person_impact(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    return _say(request, person_by_link(token), IMPACT, pk, reverse("person_dates", args=[token]))


def _say(request: HttpRequest, person: User, kind: str, pk: int, back: str) -> HttpResponse:
    """The questions; or, where there are none to answer any more, why. Who did not come sees no page."""
    session, now = None, timezone.now()
    if kind == PULSE:
        session = get_object_or_404(Session.objects.select_related("work_group"), pk=pk)
        group = session.work_group
    else:
        group = get_object_or_404(WorkGroup, pk=pk)
    asking = find(kind, group, session, now)
    people = whom(asking) if asking else set()
    if asking is None or person.pk not in people:
        raise Http404
    rounds = {"round__kind": kind, "round__work_group": group, "round__session": session}
    state = ""
    if Answered.objects.filter(person=person, **rounds).exists():
        state = "answered"
    elif not asking.is_open(now):
        state = "late"
    elif not is_put_to(people):
        state = "few"
    form = SayForm(request.POST or None, questions=questions_for(asking))
    if not state and form.is_valid():
        try:
            actions.answer(asking=asking, given=form.given, person=person)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, THANKS)
            return redirect(back)
    context = {"asking": asking, "group": group, "session": session, "form": form, "state": state, "back": back}
    return render(request, "booking/say.html", context)
