"""Pages about one session that somebody misses: by themselves, by the signed link, or by whoever books for them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, by_link, person_required
from accounts.colleagues import show_as_typed
from accounts.models import User
from accounts.typed import number_in
from booking.actions import apologies, catchups, swaps
from booking.forms.places import ReachedForm
from booking.forms.swaps import ApologiesForm, ColleagueForm
from booking.models import Attendance, Booking, CalendarEntry, Place, Session
from booking.passing import may_change
from booking.reports.missed import Missed, look_at, rows_to_miss
from booking.views.my import person_by_link


@person_required
def my_missed(request: PersonRequest, pk: int) -> HttpResponse:
    """I can't come to a session: send a colleague, catch up beside, or leave it at apologies."""
    return _missed(request, request.user, pk, reverse("my_sessions"))


@by_link
def person_missed(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by the signed link in a mail, without an account: among colleagues who have said yes to the school."""
    return _missed(request, person_by_link(token), pk, reverse("person_dates", args=[token]))


def _missed(request: HttpRequest, person: User, pk: int, back: str) -> HttpResponse:
    missed = look_at(_row(rows_to_miss(person, timezone.now()), pk), timezone.now())
    row = missed.row
    assert row.place is not None
    colleagues = _sendable(row) if _is_before_the_cut_off(row) else []
    form = ColleagueForm(request.POST if "who" in request.POST else None, colleagues=colleagues)
    try:
        if form.is_valid():
            goes = swaps.send(place=row.place, sessions=[pk], to=int(form.cleaned_data["who"]), by=person)
            told = (
                f"{goes.name} has the date in their calendar, and whoever books for {row.place.booking.school} is told."
            )
            messages.success(request, f"Done: {goes.name} goes in your place. {told}")
            return redirect(back)
        if "after_all" in request.POST:
            swaps.come_after_all(place=row.place, session=row.session, by=person)
            messages.success(request, "Done. Both calendars follow.")
            return redirect(back)
        if _chair(request, missed, person):
            return redirect(back)
    except ValidationError as refusal:
        form.add_error(None, refusal) if form.is_bound else messages.error(request, " ".join(refusal.messages))
    context = {
        "missed": missed,
        "row": row,
        "session": row.session,
        "school": row.place.booking.school,
        "form": form if colleagues and missed.is_coming else None,
        "too_late": missed.is_coming and not _is_before_the_cut_off(row),
        "back": back,
    }
    return render(request, "booking/my_missed.html", context)


@person_required
def place_missed(request: PersonRequest, pk: int, session: int) -> HttpResponse:
    """Somebody of a school misses a session: apologies for them, or a chair in the group beside, said by who knows."""
    mine, now = Booking.objects.visible_to(request.user), timezone.now()
    places = Place.objects.live().named().filter(booking__in=mine)
    place = get_object_or_404(places.select_related("booking__school", "work_group", "person"), pk=pk)
    if not may_change(place, request.user):
        raise Http404
    missed = look_at(_row(rows_to_miss(place.person, now, place), session), now)
    show_as_typed(place.booking.school_id, [place.person])
    act = next((one for one in ("apologies", "comes", "chair", "no_chair") if one in request.POST), "")
    form = ApologiesForm(request.POST if act == "apologies" else None)
    acts_for = not request.user.books_for(place.booking.school)
    reached = ReachedForm(request.POST if act else None) if acts_for else None
    if act and (act != "apologies" or form.is_valid()) and (reached is None or reached.is_valid()):
        how = reached.words if reached else ""
        try:
            if act == "apologies":
                reason = form.cleaned_data["reason"]
                apologies.say_for(place=place, session=missed.session, by=request.user, reason=reason, reached=how)
                messages.success(request, f"Apologies for {place.person} are on the register. The place stays theirs.")
            elif act == "comes":
                apologies.take_back_for(place=place, session=missed.session, by=request.user, reached=how)
                messages.success(request, f"{place.person} is expected again.")
            else:
                _chair(request, missed, request.user, how)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return redirect("place_missed", pk=place.pk, session=session)
    opens_at = missed.session.opens_at
    context = {
        "place": place,
        "booking": place.booking,
        "missed": missed,
        "session": missed.session,
        "form": form,
        "reached": reached,
        "reads_reasons": not acts_for or request.user.is_hub_staff,
        "may_excuse": missed.is_coming and opens_at is not None and opens_at > now,
    }
    return render(request, "booking/place_missed.html", context)


def _row(rows: list[Attendance], session: int) -> Attendance:
    for row in rows:
        if row.session_id == session:
            return row
    raise Http404


def _chair(request: HttpRequest, missed: Missed, by: User, reached: str = "") -> bool:
    """Take a chair in the group beside, or give it up, as the button says. Was there such a button?"""
    if chair := number_in(request.POST.get("chair", "")):
        session = get_object_or_404(Session, pk=chair)
        catchups.catch_up_at(row=missed.row, session=session, by=by, reached=reached)
        own = "Done: you are expected there, and it counts for your own group."
        messages.success(request, own if by.pk == missed.row.person_id else "Done: a chair is kept there.")
        return True
    if "no_chair" in request.POST and missed.guest is not None:
        catchups.give_chair_up(guest=missed.guest, by=by, reached=reached)
        messages.success(request, "The chair there is free again.")
        return True
    return False


def _is_before_the_cut_off(row: Attendance) -> bool:
    starts = row.session.starts_at
    return starts is not None and starts > timezone.now() + row.session.work_group.cut_off


def _sendable(row: Attendance) -> list[User]:
    """Colleagues who have said yes to the school, have no place in the group, and are nowhere else at that time.

    Where they are is not said: a colleague does not read another's calendar.
    """
    assert row.place is not None
    starts, ends = row.session.starts_at, row.session.ends_at
    busy = CalendarEntry.objects.wanted().filter(session__starts_at__lt=ends, session__ends_at__gt=starts)
    there = Attendance.objects.filter(session=row.session).values("person")
    belong = row.place.booking.school.memberships.active().values("person")
    live = Place.objects.live().named().filter(work_group=row.place.work_group, session=row.place.session)
    people = User.objects.filter(pk__in=belong, is_active=True)
    people = people.exclude(pk__in=busy.filter(session__status=Session.Status.PLANNED).values("person"))
    return list(people.exclude(pk__in=there).exclude(pk__in=live.values("person")).order_by("name"))
