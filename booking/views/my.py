"""A person's own pages: their sessions, tasks and hours; and the same by a signed link, without an account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, by_link, person_required
from accounts.actions import schools
from accounts.models import User
from accounts.typed import number_in
from booking.actions import answers, needs
from booking.evaluation import open_to
from booking.forms.needs import NeedForm
from booking.links import address_of, person_of
from booking.models import Attendance, Need, Place, Session
from booking.models.needs import KEPT_FOR
from booking.reports import certificates, people, standing, tried
from booking.views.kept import kept_for_person


@person_required
def my_sessions(request: PersonRequest) -> HttpResponse:
    def make() -> HttpResponse:
        year = people.my_year(request.user)
        return render(
            request,
            "booking/my_sessions.html",
            {
                "year": year,
                "person": request.user,
                "given_up": people.given_up(request.user),
                "stands": standing.of_person(request.user, year.groups),
                "certificates": certificates.of_person(request.user),
                "askings": open_to(request.user, timezone.now()),
            },
        )

    return kept_for_person(request, people.my_version(request.user), make)


@require_POST
@person_required
def my_answer(request: PersonRequest) -> HttpResponse:
    """I am coming, or I can't come: the button that was pressed says which session."""
    missed = _answer(request, request.user)
    return redirect("my_missed", pk=missed) if missed else redirect("my_sessions")


@by_link
def person_dates(request: HttpRequest, token: str) -> HttpResponse:
    """A person's own dates by the signed link in their mail. Opening it changes nothing: mail scanners open links."""
    person = person_by_link(token)
    if request.method == "POST":
        missed = _answer(request, person)
        return redirect("person_missed", token, missed) if missed else redirect("person_dates", token=token)
    year = people.my_year(person)
    context = {
        "year": year,
        "person": person,
        "token": token,
        "certificates": certificates.of_person(person),
        "materials": tried.materials_of(person, timezone.now()),
        "askings": open_to(person, timezone.now()),
    }
    return render(request, "booking/person_dates.html", context)


@person_required
def my_need(request: PersonRequest, pk: int) -> HttpResponse:
    """What should we arrange for my place in a group?"""
    return _need(request, request.user, pk, reverse("my_sessions"), shown=True)


@by_link
def person_need(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by the signed link in a mail, without an account: to say or delete, never to read what was said.

    Mails to somebody without an address go to whoever books for their school.
    """
    return _need(request, person_by_link(token), pk, reverse("person_dates", args=[token]), shown=False)


def _need(request: HttpRequest, person: User, pk: int, back: str, *, shown: bool) -> HttpResponse:
    places = Place.objects.live().filter(person=person).select_related("work_group", "session")
    place = get_object_or_404(places, pk=pk)
    need = Need.objects.standing().filter(place=place).first()
    if "take_back" in request.POST:
        needs.take_back(place=place, by=person)
        messages.success(request, "Deleted.")
        return redirect(back)
    said = {"access": need.access, "food": need.food, "contact_me": need.contact_me} if need and shown else {}
    form = NeedForm(request.POST or None, initial=said)
    if form.is_valid():
        try:
            needs.say(place=place, by=person, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Thank you. Those who run your sessions see it, and nobody else.")
            return redirect(back)
    context = {"form": form, "place": place, "need": need, "shown": shown, "back": back, "kept_for": KEPT_FOR.days}
    return render(request, "booking/my_need.html", context)


@person_required
def address_confirm(request: PersonRequest, token: str) -> HttpResponse:
    """Say that a new address is mine, by the link that was mailed to it. Opening it changes nothing."""
    proposal = address_of(token, request.user)
    if proposal is None:
        raise Http404
    if request.method == "POST":
        try:
            schools.confirm_address(proposal=proposal, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"{proposal.email} is your address here. Coming sessions follow it.")
        return redirect("home")
    return render(request, "booking/address_confirm.html", {"proposal": proposal})


def person_by_link(token: str) -> User:
    """Whose signed link this is; an altered or former one is no page."""
    person = person_of(token)
    if person is None:
        raise Http404
    return person


def _answer(request: HttpRequest, person: User) -> int | None:
    """Answer as the button says. Returns the session that is missed, where something else could be offered for it."""
    given = next((name for name in (answers.COMING, answers.CANNOT) if name in request.POST), "")
    pk = request.POST.get(given, "")
    session = get_object_or_404(Session, pk=number_in(pk), attendances__person=person)
    try:
        entry = answers.answer(person=person, session=session, answer=given, by=person)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return None
    else:
        cannot = entry.answer == answers.CANNOT
        messages.success(
            request,
            "Thank you for telling us. Your place in the group stays yours." if cannot else "Good: see you there.",
        )
    has_place = Attendance.objects.filter(session=session, person=person, place__person=person).exists()
    return session.pk if cannot and has_place else None
