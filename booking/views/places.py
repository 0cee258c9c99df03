"""A school's pages: book in three steps, see what is booked, name, give up."""

import uuid
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, SchoolRequest, memberships_of, person_required, school_lead_required
from accounts.colleagues import show_as_typed
from accounts.models import School
from accounts.places_near import Point
from accounts.typed import page_in
from booking.actions import places
from booking.agreeing import head_is_to_agree, hub_is_to_confirm
from booking.allocation import has_room, somebody_waits
from booking.asking import asked_of
from booking.avoiding import against_coming
from booking.beside import runs_beside_another
from booking.clashes import clashes
from booking.eligibility import blocks_school, findings, named_by
from booking.emails import written_to
from booking.forms.places import Draft, NameForm, ReachedForm, WhoForm, slots_of
from booking.forms.selection import InterestForm
from booking.forms.swaps import ReasonForm
from booking.models import Booking, Place, WorkGroup
from booking.models.places import Status
from booking.naming import unnamed
from booking.reports import happened, people, programme
from booking.reports.colleagues import colleagues_for, colleagues_of
from booking.reports.missed import reasons_kept
from booking.views.drafts import any_draft_of, draft_of, draft_questions, drop_draft, keep_draft
from booking.views.kept import kept_for_person
from booking.views.looks import against_place, booking_in_the_way, must_say_why, second_look

# Ways to recruit in which nobody books, and so nobody waits, before the hub has chosen.
CHOSEN = (WorkGroup.Recruitment.APPLICATION, WorkGroup.Recruitment.INTEREST)
# What somebody reads who has given up what they had, by where it stood.
LEFT = {
    Status.WAITING: "You have left the waiting list. Thank you for telling us.",
    Status.APPLIED: "You no longer ask for places. Thank you for telling us.",
}


@school_lead_required
def booking_create(request: SchoolRequest, slug: str) -> HttpResponse:
    """Step one: who comes."""
    work_group = get_object_or_404(WorkGroup.objects.published().select_related("project"), slug=slug)
    draft = draft_of(request, slug)
    if work_group.recruitment == WorkGroup.Recruitment.INTEREST:
        return _interest(request, work_group, draft)
    form = WhoForm(
        request.POST or None,
        initial=draft.initial(slots_of(work_group)) if draft else _first_answers(request),
        work_group=work_group,
        colleagues=colleagues_of(request.school, request.membership),
    )
    if form.is_valid():
        keep_draft(request, form.draft(request.school, draft))
        return redirect("booking_questions" if work_group.has_questions else "booking_check", slug=slug)
    refusal = None if request.method == "POST" else _refusal(work_group, request.school)
    return render(
        request,
        "booking/booking_create.html",
        {"work_group": work_group, "form": form, "refusal": refusal, "page": _page(work_group, request.school)},
    )


def _interest(request: SchoolRequest, work_group: WorkGroup, draft: Draft | None) -> HttpResponse:
    """We are interested: how many, and no names yet."""
    form = InterestForm(request.POST or None, work_group=work_group)
    if form.is_valid():
        keep_draft(request, form.draft(request.school, draft))
        return redirect("booking_check", slug=work_group.slug)
    refusal = None if request.method == "POST" else _refusal(work_group, request.school)
    context = {"work_group": work_group, "form": form, "refusal": refusal, "page": _page(work_group, request.school)}
    return render(request, "booking/booking_interest.html", context)


@school_lead_required
def booking_check(request: SchoolRequest, slug: str) -> HttpResponse:
    """Step two: check your answers."""
    work_group = get_object_or_404(WorkGroup.objects.published().select_related("project"), slug=slug)
    draft = draft_of(request, slug)
    if draft is None:
        return redirect("booking_create", slug=slug)
    if work_group.has_questions and not draft.is_answered:
        return redirect("booking_questions", slug=slug)
    chosen = [one for one in draft.who if isinstance(one, int)]
    colleagues = {one.pk: one for one in colleagues_of(request.school, request.membership) if one.pk in chosen}
    session = work_group.sessions.coming(timezone.now()).filter(pk=draft.session).first() if draft.session else None
    if colleagues.keys() != set(chosen) or (draft.session and session is None):
        return redirect("booking_create", slug=slug)  # somebody has left, or the meeting is not to come any more
    found = findings(work_group, request.school, named_by(request.school, chosen)) if work_group.has_rules else []
    parts = {part.pk: part for part in work_group.parts.all()} if work_group.has_parts else {}
    context = {
        "work_group": work_group,
        "seen": draft.seen,
        "cover_email": draft.cover_email,
        "head_email": draft.head_email,
        "people": [
            (colleagues[one] if isinstance(one, int) else one, part and parts.get(part))
            for one, part in zip_longest(draft.who, draft.parts)
        ],
        "asked": draft_questions(request, work_group, draft) if work_group.has_questions else [],
        "session": session,
        "page": _page(work_group, request.school).of_meeting(session),
        "findings": found,
        "stopped": any(one.blocks for one in found),
        "clashes": clashes(list(colleagues.values()), request.school, work_group, session),
        "interested": work_group.recruitment == WorkGroup.Recruitment.INTEREST,
        "full": work_group.recruitment not in CHOSEN
        and (somebody_waits(work_group, session) or not has_room(work_group, session, len(draft.who))),
    }
    return render(request, "booking/booking_check.html", context)


@person_required
def booking_place(request: PersonRequest, slug: str) -> HttpResponse:
    """Book what was checked. Whether this person books for the school is asked by the action, under its locks."""
    draft = any_draft_of(request, slug)
    if draft is None:
        messages.info(request, "Your answers are no longer here: the booking is made, or you have been logged out.")
        return redirect("booking_create", slug=slug)
    if request.method != "POST":  # back from a log-in that was asked for meanwhile
        return redirect("booking_check", slug=slug)
    if request.POST.get("seen", draft.seen) != draft.seen:
        messages.warning(request, "This booking has been changed in another tab. Look at it again, and then book.")
        return redirect("booking_check", slug=slug)
    try:
        booking = places.book(
            work_group=draft.work_group,
            school=draft.school,
            people=draft.who,
            by=request.user,
            key=uuid.UUID(draft.key),
            session=draft.session,
            cover_email=draft.cover_email,
            parts=draft.parts,
            head_email=draft.head_email,
            answers=draft.answers_by_number,
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(["This could not be booked.", *refusal.messages]))
        there = booking_in_the_way(refusal, request.user)
        return redirect(there) if there else redirect("booking_check", slug=slug)
    return redirect(f"{booking.get_absolute_url()}?new=1")


@person_required
def booking_detail(request: PersonRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(
        Booking.objects.visible_to(request.user)
        .select_related("work_group__project", "school", "session", "made_by", "agreement")
        .select_related("follows__work_group", "followed_by__work_group")
        .annotate(runs_beside=runs_beside_another()),
        pk=pk,
    )
    if request.GET.get("new"):
        drop_draft(request)
    sessions = people.attendance_of_booking(booking)
    places_ = list(booking.places.select_related("person", "part"))
    found = happened.of_booking(booking, sessions, places_)
    acts_for = request.user.is_hub_staff or booking.work_group.is_led_by(request.user)
    if not acts_for:
        coming = [one for _, comers in sessions for one in comers]
        named = [one.row.person for one in coming] + [one.instead_of for one in coming]
        show_as_typed(booking.school_id, [*named, *(place.person for place in places_), *found.people])
    books = any(one.school_id == booking.school_id and one.role == "lead" for one in memberships_of(request))
    near, now = Point.of(booking.school), timezone.now()
    context = {
        "booking": booking,
        "work_group": booking.work_group,
        "places": places_,
        "sessions": [(session, comers, programme.metres_to(session, near)) for session, comers in sessions],
        "half_days": programme.half_days_words([session for session, _ in sessions]),
        "position": booking.position() if booking.status == Status.WAITING else None,
        "agreement": getattr(booking, "agreement", None),
        "nobody_is_told": acts_for and booking.is_live and not written_to(booking),
        "hub_is_to_confirm": booking.status == Status.HELD and hub_is_to_confirm(booking),
        "head_is_to_agree": booking.status == Status.HELD and head_is_to_agree(booking),
        "clashes": _clashes(booking, places_),
        "offer_is_over": booking.status == Status.OFFERED and booking.offer_ends_at and booking.offer_ends_at <= now,
        "reached": ReachedForm() if booking.status == Status.OFFERED and not books else None,
        "asked": (asked := asked_of(booking, places_, request.user) if booking.work_group.has_questions else []),
        "open_questions": sum(len(one.open) for one in asked),
        "unnamed": next(iter(unnamed(now, only=[booking.pk])), None)
        if any(not one.person for one in places_)
        else None,
        "is_over": sessions and all(session.ends_at and session.ends_at <= now for session, _ in sessions),
        "is_new": request.GET.get("new") == "1",
        "acts_for": not books,
        "books_here": books,
        "history": reasons_kept(found.acts(), booking.school, request.user),
    }
    return render(request, "booking/booking_detail.html", context)


@school_lead_required
def booking_list(request: SchoolRequest) -> HttpResponse:
    def make() -> HttpResponse:
        page = request.GET.get("page", "1")
        year = people.school_year(request.membership, page=page_in(page))
        context = {"year": year, "school": request.school, "membership": request.membership}
        return render(request, "booking/booking_list.html", context)

    return kept_for_person(request, people.school_version(request.membership), make)


@person_required
def place_name(request: PersonRequest, pk: int) -> HttpResponse:
    """Name the colleague for a place held for a name to follow."""
    mine = Booking.objects.visible_to(request.user)
    places_ = Place.objects.filter(booking__in=mine).select_related("booking__school", "work_group")
    place = get_object_or_404(places_, pk=pk)
    if not place.live or place.person_id:
        messages.info(request, "Somebody has been named for this place already, or it has been given up.")
        return redirect(place.booking)
    colleagues = colleagues_for(request.user, place.booking.school)
    form = NameForm(request.POST or None, colleagues=colleagues)
    overrides = request.user.is_hub_staff and place.work_group.has_rules
    acts_for = not request.user.books_for(place.booking.school)
    reached = ReachedForm(request.POST or None, overrides=overrides) if acts_for else None
    look = None
    if form.is_valid() and (reached is None or reached.is_valid()):
        how, why = (reached.words, reached.why) if reached else ("", "")
        look = second_look(request, against_place(place, form.named))
        waits = must_say_why(reached, form, place.work_group, place.booking.school, [form.named]) or look is not None
        try:
            if not waits:
                places.name_place(place=place, person=form.person, by=request.user, reached=how, all_the_same=why)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            if not waits:
                messages.success(request, f"{form.called} has the place.")
                return redirect(place.booking)
    context = {"form": form, "place": place, "booking": place.booking, "reached": reached, "look": look}
    return render(request, "booking/place_name.html", context)


@person_required
def booking_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(
        Booking.objects.visible_to(request.user).select_related("work_group", "school", "session"), pk=pk
    )
    if not booking.is_live:
        messages.info(request, "This booking has ended already. This is how it stands.")
        return redirect(booking)
    form = ReasonForm(request.POST or None)
    reached = None if request.user.books_for(booking.school) else ReachedForm(request.POST or None)
    if form.is_valid() and (reached is None or reached.is_valid()):
        how = reached.words if reached else ""
        try:
            places.withdraw(booking=booking, reason=form.cleaned_data["reason"], by=request.user, reached=how)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            left = LEFT.get(Status(booking.status), "Your places have been given up. Thank you for telling us.")
            messages.success(request, left)
            return redirect(booking)
    context = {"form": form, "booking": booking, "reached": reached}
    return render(request, "booking/booking_withdraw.html", context)


def _first_answers(request: HttpRequest) -> dict[str, Any]:
    """What the form opens with: the meeting that was clicked."""
    session = request.GET.get("session", "")
    return {"session": session} if session.isdecimal() else {}


def _refusal(work_group: WorkGroup, school: School) -> ValidationError | None:
    """Why this school cannot book at all, said before anybody fills a form in."""
    try:
        work_group.check_takes_bookings(school.pk, work_group.people_from, timezone.now())
    except ValidationError as refusal:
        return refusal
    against = blocks_school(work_group, school)
    return ValidationError(" ".join([*against, "Please ask the hub."])) if against else None


def _page(work_group: WorkGroup, school: School) -> programme.GroupPage:
    return programme.group_page(work_group, near=Point.of(school), school=school)


def _clashes(booking: Booking, places_: list[Place]) -> list[str]:
    """What speaks against taking an offer: where the people named are at the time, and the days of their school."""
    if booking.status != Status.OFFERED:
        return []
    named = [place.person for place in places_ if place.live and place.person]
    found = clashes(named, booking.school, booking.work_group, booking.session)
    return found + against_coming(booking.school, booking.work_group, booking.session, is_ours=True)
