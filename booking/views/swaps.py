"""Pages on which somebody else comes: a place changed, a session missed, a booking moved, a day when nobody can."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, person_required
from accounts.colleagues import show_as_typed
from accounts.models import User
from booking.actions import catchups, parts, swaps, transfers
from booking.actions.swaps import coming_of_school
from booking.beside import chairs_elsewhere, parallel_groups
from booking.forms.places import ReachedForm
from booking.forms.swaps import (
    AsPartForm,
    ColleagueForm,
    NobodyComesForm,
    ReasonForm,
    SendForm,
    TakeOverPlaceForm,
    TransferForm,
)
from booking.models import Attendance, Booking, Mark, Place, Session
from booking.models.places import Status
from booking.reports.colleagues import colleagues_for

# What can be done with a place on its page: each is a form of its own.
FORMS = ("take_over", "send", "give_up")


@person_required
def place_change(request: PersonRequest, pk: int) -> HttpResponse:
    """One place of a booking: somebody else has it, somebody else comes to some sessions, or it is given up."""
    mine = Booking.objects.visible_to(request.user)
    places = Place.objects.live().named().filter(booking__in=mine)
    place = get_object_or_404(places.select_related("booking__school", "work_group", "session", "person"), pk=pk)
    school, act = place.booking.school, request.POST.get("act", "")
    others = [one for one in colleagues_for(request.user, school) if one.pk != place.person_id]
    rows = swaps.coming_of_place(place, timezone.now())
    show_as_typed(school.pk, [place.person, *(row.person for row in rows)])
    own = [row for row in rows if row.person_id == place.person_id]
    take_over = TakeOverPlaceForm(request.POST if act == "take_over" else None, colleagues=others, prefix="over")
    send = SendForm(request.POST if act == "send" else None, colleagues=others, rows=own, prefix="send")
    give_up = ReasonForm(request.POST if act == "give_up" else None, prefix="up")
    has_parts = place.work_group.has_parts
    as_part = AsPartForm(
        request.POST if act == "part" else None, work_group=place.work_group, initial={"part": place.part_id}
    )
    acts_for = not request.user.books_for(school)
    reached = {one: ReachedForm(request.POST if act == one else None, prefix=one) for one in FORMS if acts_for}
    form = {"take_over": take_over, "send": send, "give_up": give_up, "part": as_part}.get(act)
    if form is not None and form.is_valid() and (act not in reached or reached[act].is_valid()):
        how = reached[act].words if act in reached else ""
        try:
            if act == "take_over":
                swaps.take_over(place=place, to=take_over.named, by=request.user, reached=how)
                done = "Done. The sessions move from one calendar to the other."
            elif act == "send":
                sessions = send.cleaned_data["sessions"]
                swaps.send(place=place, sessions=sessions, to=send.named, by=request.user, reached=how)
                done = f"Done. Register and calendars follow; {place.person} keeps the place."
            elif act == "part":
                parts.change_part(place=place, part=as_part.cleaned_data["part"], by=request.user)
                done = "Done. The sessions in their calendar follow."
            else:
                swaps.withdraw_place(place=place, reason=give_up.cleaned_data["reason"], by=request.user, reached=how)
                done = "The place has been given up. Thank you for telling us."
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, done)
            return redirect(place.booking)
    stands_in = {row.session_id: row.person for row in rows if row.person_id != place.person_id}
    context = {
        "place": place,
        "booking": place.booking,
        "form": form,
        "take_over": take_over,
        "send": send if own else None,
        "may_swap": place.booking.status != Status.OFFERED and swaps.may_change(place, request.user),
        "give_up": give_up,
        "as_part": as_part if has_parts else None,
        "reached": reached,
        "sent": [(row.session, stands_in[row.session_id]) for row in own if row.session_id in stands_in],
    }
    return render(request, "booking/place_change.html", context)


@require_POST
@person_required
def place_come(request: PersonRequest, pk: int, session: int) -> HttpResponse:
    """Whoever has the place comes themselves after all."""
    mine = Booking.objects.visible_to(request.user)
    places = Place.objects.live().named().select_related("booking__school")
    own = places.filter(pk=pk, person=request.user).first()
    place = own or get_object_or_404(places.filter(booking__in=mine), pk=pk)
    meeting = get_object_or_404(Session, pk=session, work_group=place.work_group)
    try:
        swaps.come_after_all(place=place, session=meeting, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Done. Both calendars follow.")
    return redirect("my_sessions" if own else place.booking)


@person_required
def booking_transfer(request: PersonRequest, pk: int) -> HttpResponse:
    """Move a booking to a group that runs beside its own."""
    bookings = Booking.objects.visible_to(request.user).live().select_related("work_group", "school")
    booking = get_object_or_404(bookings, pk=pk, session=None)
    groups = parallel_groups(booking.work_group, timezone.now())
    form = TransferForm(request.POST or None, groups=groups)
    reached = None if request.user.books_for(booking.school) else ReachedForm(request.POST or None)
    if form.is_valid() and (reached is None or reached.is_valid()):
        how = reached.words if reached else ""
        try:
            new = transfers.transfer(booking=booking, to=form.cleaned_data["to"], by=request.user, reached=how)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"You are in {new.work_group} now. What you attended stays yours.")
            return redirect(new)
    context = {"booking": booking, "form": form, "groups": groups, "reached": reached}
    return render(request, "booking/booking_transfer.html", context)


@confirmed_lead_required
def nobody_comes(request: SchoolRequest) -> HttpResponse:
    """None of us can come: apologies for everybody on some days, whatever the group."""
    rows = coming_of_school(request.school, timezone.now())
    form = NobodyComesForm(request.POST or None, rows=rows)
    if form.is_valid():
        data = form.cleaned_data
        count = swaps.nobody_comes(school=request.school, days=data["days"], reason=data["reason"], by=request.user)
        who = f"{count} colleague{'s' if count != 1 else ''}"
        messages.success(request, f"Thank you for telling us: apologies for {who}. Your places stay yours.")
        return redirect("booking_list")
    return render(request, "booking/nobody_comes.html", {"form": form, "rows": rows, "school": request.school})


@person_required
def my_missed(request: PersonRequest, pk: int) -> HttpResponse:
    """I can't come to a session: send a colleague, catch up beside, or leave it at apologies."""
    now = timezone.now()
    mine = Attendance.objects.of_person(request.user).filter(session__in=Session.objects.coming(now))
    row = get_object_or_404(
        mine.select_related("session__work_group", "session__venue", "place__booking__school", "standing_mark"),
        session=pk,
        place__person=request.user,
    )
    assert row.place is not None
    school = row.place.booking.school
    colleagues = _sendable(row)
    form = ColleagueForm(request.POST if "who" in request.POST else None, colleagues=colleagues)
    try:
        if form.is_valid():
            swaps.send(place=row.place, sessions=[pk], to=int(form.cleaned_data["who"]), by=request.user)
            messages.success(request, "Done: your colleague goes in your place, and has the date in their calendar.")
            return redirect("my_sessions")
        if (chair := request.POST.get("chair", "")).isdecimal() and len(chair) < 15:
            session = get_object_or_404(Session, pk=chair)
            catchups.catch_up_at(row=row, session=session, by=request.user)
            messages.success(request, "Done: you are expected there, and it counts for your own group.")
            return redirect("my_sessions")
    except ValidationError as refusal:
        form.add_error(None, refusal) if form.is_bound else messages.error(request, " ".join(refusal.messages))
    sent = row.standing_mark is not None and row.standing_mark.what == Mark.What.SUBSTITUTE
    context = {
        "row": row,
        "session": row.session,
        "school": school,
        "form": form if colleagues else None,
        "chairs": chairs_elsewhere(row, now),
        "guest": mine.filter(credited_to=pk).select_related("session__work_group", "session__venue").first(),
        "sent": sent,
    }
    return render(request, "booking/my_missed.html", context)


@require_POST
@person_required
def my_chair(request: PersonRequest, pk: int) -> HttpResponse:
    """I do not come to the group beside mine after all."""
    guest = get_object_or_404(Attendance.objects.of_person(request.user).filter(credited_to__isnull=False), session=pk)
    try:
        catchups.give_chair_up(guest=guest, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Your chair there is free again.")
    return redirect("my_sessions")


def _sendable(row: Attendance) -> list[User]:
    """Colleagues who have said yes to the school and are not expected at the session already."""
    assert row.place is not None
    there = Attendance.objects.filter(session=row.session).values("person")
    belong = row.place.booking.school.memberships.active().values("person")
    live = Place.objects.live().named().filter(work_group=row.place.work_group, session=row.place.session)
    people = User.objects.filter(pk__in=belong, is_active=True)
    return list(people.exclude(pk__in=there).exclude(pk__in=live.values("person")).order_by("name"))
