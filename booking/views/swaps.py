"""Pages on which somebody else comes: a place changed, a booking moved, a day when nobody can."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, person_required
from accounts.colleagues import show_as_typed
from accounts.models import School
from booking.access import facilitator_required
from booking.actions import parts, swaps, transfers
from booking.actions.swaps import coming_of_place, coming_of_school
from booking.beside import parallel_groups
from booking.eligibility import named_by
from booking.forms.places import SAY_WHY, ReachedForm
from booking.forms.swaps import AsPartForm, NobodyComesForm, ReasonForm, SendForm, TakeOverPlaceForm, TransferForm
from booking.models import Attendance, Booking, Place, Session, WorkGroup
from booking.models.places import Status
from booking.moving import clashes_of, move_of
from booking.passing import acts_for_schools, may_change
from booking.reports import programme
from booking.reports.colleagues import colleagues_for
from booking.reports.missed import missed_of
from booking.views.looks import against_place, must_say_why, second_look

# What can be done with a place on its page: each is a form of its own.
FORMS = ("take_over", "send", "give_up")


@person_required
def place_change(request: PersonRequest, pk: int) -> HttpResponse:
    """One place of a booking: somebody else has it, somebody else comes to some sessions, or it is given up."""
    mine = Booking.objects.visible_to(request.user)
    places = Place.objects.live().named().filter(booking__in=mine)
    place = get_object_or_404(places.select_related("booking__school", "work_group", "session", "person"), pk=pk)
    school, act, now = place.booking.school, request.POST.get("act", ""), timezone.now()
    others = [one for one in colleagues_for(request.user, school) if one.pk != place.person_id]
    rows = coming_of_place(place, now)
    show_as_typed(school.pk, [place.person, *(row.person for row in rows)])
    own = [row for row in rows if row.person_id == place.person_id]
    open_rows = own if acts_for_schools(place, request.user) else _before_the_cut_off(own, place.work_group, now)
    take_over = TakeOverPlaceForm(
        request.POST if act == "take_over" else None, colleagues=others, rows=open_rows, prefix="over"
    )
    send = SendForm(request.POST if act == "send" else None, colleagues=others, rows=open_rows, prefix="send")
    give_up = ReasonForm(request.POST if act == "give_up" else None, prefix="up")
    as_part = AsPartForm(
        request.POST if act == "part" else None, work_group=place.work_group, initial={"part": place.part_id}
    )
    overrides = request.user.is_hub_staff and place.work_group.has_rules
    reached = {
        one: ReachedForm(request.POST if act == one else None, prefix=one, overrides=overrides and one != "give_up")
        for one in FORMS
        if not request.user.books_for(school)
    }
    form = {"take_over": take_over, "send": send, "give_up": give_up, "part": as_part}.get(act)
    look = None
    if form is not None and form.is_valid() and (act not in reached or reached[act].is_valid()):
        how, why = (reached[act].words, reached[act].why) if act in reached else ("", "")
        if act == "send":
            look = second_look(request, against_place(place, send.named, only=send.cleaned_data["sessions"]))
        elif act == "take_over":
            look = second_look(request, against_place(place, take_over.named))
        named = {"send": send, "take_over": take_over}.get(act)
        asked = named is not None and must_say_why(reached.get(act), named, place.work_group, school, [named.named])
        try:
            if look is not None or asked:
                done = ""
            elif act == "take_over":
                first = Session.objects.get(pk=take_over.since) if take_over.since else None
                swaps.take_over(
                    place=place, to=take_over.named, first=first, by=request.user, reached=how, all_the_same=why
                )
                done = "Done. The sessions move from one calendar to the other."
            elif act == "send":
                sessions = send.cleaned_data["sessions"]
                swaps.send(
                    place=place, sessions=sessions, to=send.named, by=request.user, reached=how, all_the_same=why
                )
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
            if done:
                messages.success(request, done)
                return redirect(place.booking)
    stands_in = {row.session_id: row.person for row in rows if row.person_id != place.person_id}
    context = {
        "place": place,
        "booking": place.booking,
        "form": form,
        "act": act,
        "look": look,
        "take_over": take_over,
        "send": send if open_rows else None,
        "cut_off": place.work_group.cut_off_hours,
        "may_swap": place.booking.status != Status.OFFERED and may_change(place, request.user),
        "give_up": give_up,
        "as_part": as_part if place.work_group.has_parts else None,
        "reached": reached,
        "sent": [(row.session, stands_in[row.session_id]) for row in own if row.session_id in stands_in],
        "own": [row for row in own if row.session_id not in stands_in],
        "missed": missed_of(place, now) if place.booking.is_standing else [],
    }
    return render(request, "booking/place_change.html", context)


def _before_the_cut_off(rows: Sequence[Attendance], work_group: WorkGroup, now: datetime) -> list[Attendance]:
    until = now + work_group.cut_off
    return [row for row in rows if row.session.starts_at and row.session.starts_at > until]


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
    """Move a booking to a group that runs beside its own; what speaks against each is shown before."""
    bookings = Booking.objects.visible_to(request.user).live().select_related("work_group", "school")
    booking = get_object_or_404(bookings, pk=pk, session=None)
    places = list(booking.places.live().order_by("pk"))
    people = named_by(booking.school, [place.person_id for place in places if place.person_id])
    moves = [move_of(booking, to, places) for to in parallel_groups(booking.work_group, timezone.now())]
    open_to = [move.to for move in moves if not move.stopped or move.may_be_done_by(request.user)]
    overrides = any(move.stopped and move.may_be_done_by(request.user) for move in moves)
    must = SAY_WHY if overrides and all(move.stopped for move in moves if move.to in open_to) else ""
    form = TransferForm(request.POST or None, groups=open_to)
    acts_for = not request.user.books_for(booking.school)
    reached = ReachedForm(request.POST or None, overrides=overrides, must=must) if acts_for else None
    if form.is_valid() and (reached is None or reached.is_valid()):
        how, why = (reached.words, reached.why) if reached else ("", "")
        to = form.cleaned_data["to"]
        try:
            new = transfers.transfer(booking=booking, to=to, by=request.user, reached=how, all_the_same=why)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            if reached and any(move.stopped for move in moves if move.to == to):
                reached.ask_why()
        else:
            messages.success(request, f"You are in {new.work_group} now. What you attended stays yours.")
            return redirect(new)
    context = {
        "booking": booking,
        "form": form,
        "moves": [
            (move, clashes_of(booking, move.to, people), programme.coming_with_miles(move.to, booking.school))
            for move in moves
        ],
        "open_to": open_to,
        "reached": reached,
    }
    return render(request, "booking/booking_transfer.html", context)


@confirmed_lead_required
def nobody_comes(request: SchoolRequest) -> HttpResponse:
    """None of us can come: apologies for everybody on some days, whatever the group."""
    return _nobody(request, request.school, None)


@facilitator_required
def school_nobody(request: PersonRequest, pk: int) -> HttpResponse:
    """A school rings that none of them can come: the hub for all their groups, who leads groups for these alone."""
    school = get_object_or_404(School, pk=pk)
    led = WorkGroup.objects.led_by(request.user, timezone.localdate())
    if not request.user.is_hub_staff and not Booking.objects.of_school(school).filter(work_group__in=led).exists():
        raise Http404
    return _nobody(request, school, ReachedForm(request.POST or None))


def _nobody(request: PersonRequest, school: School, reached: ReachedForm | None) -> HttpResponse:
    rows = coming_of_school(school, timezone.now(), request.user)
    form = NobodyComesForm(request.POST or None, rows=rows)
    back = "booking_list" if reached is None else "office_school" if request.user.is_hub_staff else "register_list"
    arguments = [school.pk] if back == "office_school" else []
    if form.is_valid() and (reached is None or reached.is_valid()):
        data = form.cleaned_data
        count = swaps.nobody_comes(
            school=school,
            days=data["days"],
            reason=data["reason"],
            by=request.user,
            reached=reached.words if reached else "",
        )
        who = f"{count} colleague{'s' if count != 1 else ''}"
        stay = "Your places stay yours." if reached is None else "They have been told."
        messages.success(request, f"Thank you for telling us: apologies for {who}. {stay}")
        return redirect(back, *arguments)
    context = {"form": form, "rows": rows, "school": school, "reached": reached}
    return render(request, "booking/nobody_comes.html", context | {"back": reverse(back, args=arguments)})
