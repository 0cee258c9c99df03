"""Does our school carry on? The same people, others, or not this year: said on one page by who books for the school."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import ACTING_FOR, PersonRequest, person_required
from accounts.places_near import Point
from booking.actions import carrying, places
from booking.allocation import has_room, somebody_waits
from booking.carrying import Proposed, booked_since, proposed_in
from booking.clashes import clashes
from booking.eligibility import blocks_school
from booking.forms.places import Draft
from booking.models import Proposal, WorkGroup
from booking.reports import programme
from booking.views.drafts import keep_draft
from booking.views.looks import booking_in_the_way


@person_required
def carry_on(request: PersonRequest, pk: int) -> HttpResponse:
    """The next group, the people proposed, and three buttons. Nothing is kept until one of them is pressed."""
    schools = request.user.memberships.active().leads().values("school")
    mine = Proposal.objects.filter(school__in=schools)
    proposal = get_object_or_404(mine.select_related("work_group__project", "school", "before__work_group"), pk=pk)
    booking, who = booked_since(proposal), proposed_in(proposal)
    act = request.POST.get("answer", "")
    if act and booking is not None:
        messages.info(request, "Your school has answered already: this is the booking.")
        return redirect(booking)
    if act in ("same", "others"):
        return _yes(request, proposal, who, act)
    if act == "no":
        return _no(request, proposal)
    work_group, school = proposal.work_group, proposal.school
    named = who.named(work_group)
    refusal = None if booking else _refusal(proposal)
    context = {
        "proposal": proposal,
        "work_group": work_group,
        "school": school,
        "booking": booking,
        "who": who,
        "to_follow": len(named) - len(who.people),
        "too_many": len(named) > work_group.people_to,
        "refusal": refusal,
        "clashes": [] if booking or refusal else clashes(list(who.people), school, work_group, None),
        "full": somebody_waits(work_group, None) or not has_room(work_group, None, len(named)),
        "applies": work_group.recruitment == WorkGroup.Recruitment.APPLICATION,
        "page": programme.group_page(work_group, near=Point.of(school), school=school),
    }
    return render(request, "booking/carry_on.html", context)


def _yes(request: PersonRequest, proposal: Proposal, who: Proposed, act: str) -> HttpResponse:
    """Book at once with the same people; or go on to the form, with them in it, to choose others or answer more."""
    work_group, key = proposal.work_group, str(proposal.key)
    draft = Draft(work_group.slug, work_group.pk, proposal.school_id, who.named(work_group), key=key)
    draft = replace(draft, cover_email=proposal.before.cover_email)
    if act == "others" or work_group.has_parts or work_group.has_questions:
        request.session[ACTING_FOR] = proposal.school_id
        keep_draft(request, draft)
        asks = act == "same" and not work_group.has_parts
        return redirect("booking_questions" if asks else "booking_create", slug=work_group.slug)
    try:
        booking = places.book(
            work_group=work_group.pk,
            school=proposal.school_id,
            people=draft.who,
            by=request.user,
            key=proposal.key,
            cover_email=draft.cover_email,
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(["This could not be booked.", *refusal.messages]))
        there = booking_in_the_way(refusal, request.user)
        return redirect(there or proposal)
    return redirect(f"{booking.get_absolute_url()}?new=1")


def _no(request: PersonRequest, proposal: Proposal) -> HttpResponse:
    try:
        carrying.decline(proposal=proposal, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Thank you for telling us. The hub knows, and asks no more this year.")
    return redirect(proposal)


def _refusal(proposal: Proposal) -> str:
    """Why the school cannot book, though it was asked: closed meanwhile, not open yet, or a rule in the way."""
    work_group = proposal.work_group
    try:
        work_group.check_takes_bookings(proposal.school_id, work_group.people_from, timezone.now())
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return " ".join(blocks_school(work_group, proposal.school))
