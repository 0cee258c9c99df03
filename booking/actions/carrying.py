"""Carrying a cohort on: schools are asked whether they go on in the next group, and say that they do not.

That they do is a booking like any other: it takes its places then, or waits, and nothing is kept for it before.
"""

from collections.abc import Collection, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.carrying import bookings_to_carry_on, places_of, why_not_asked
from booking.eligibility import keep_list, put_on_list
from booking.models import Booking, Proposal, ProposedPerson, SchoolRule, WorkGroup


@transaction.atomic(durable=True)
def ask(
    *, work_group: WorkGroup, before: WorkGroup, people: Mapping[int, Collection[int]], due_on: date, by: User
) -> list[Proposal]:
    """Ask schools of `before` whether they carry on in this group: by the ids of their bookings, who is proposed.

    Each is put on the list of a group that has one, so that it can book. Raises ValidationError, in words, where a
    school cannot be asked; then nobody is.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    _check(work_group, before, due_on)
    bookings = {one.pk: one for one in bookings_to_carry_on(before)}
    if not people:
        raise ValidationError("Tick at least one school.")
    if not set(people) <= set(bookings):
        raise ValidationError(f"A school that you ticked is no longer in {before}. Look at the list again.")
    known, found = places_of(before), []
    against = why_not_asked(work_group, [bookings[pk].school for pk in people])
    for pk in sorted(people):
        booking = bookings[pk]
        _check_school(booking, work_group, against, [(pk, person) for person in people[pk]], known)
        proposal = Proposal.objects.create(
            work_group=work_group, school=booking.school, before=booking, due_on=due_on, made_at=now, made_by=by
        )
        ProposedPerson.objects.bulk_create(ProposedPerson(proposal=proposal, person_id=one) for one in people[pk])
        details = {"proposal": proposal.pk, "school": booking.school_id, "work_group": work_group.pk}
        history.write("carry_on_asked", about=[work_group, booking.school], by=by, at=now, details=details)
        found.append(proposal)
    _let_book(work_group, [one.school_id for one in found])
    return found


@transaction.atomic(durable=True)
def decline(*, proposal: Proposal, by: User) -> Proposal:
    """Not this year: the school says so, or the hub for it. It can still book as long as the group takes bookings."""
    now = timezone.now()
    if not by.leads(proposal.school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    work_group = WorkGroup.objects.get_locked(proposal.work_group_id)
    proposal = Proposal.objects.select_related("school").get(pk=proposal.pk)
    if Booking.objects.live().filter(work_group=work_group, school=proposal.school).exists():
        raise ValidationError("Your school has booked this group. Give the places up on the page of that booking.")
    if proposal.declined_at is None:
        proposal.declined_at, proposal.declined_by = now, by
        proposal.save(update_fields=["declined_at", "declined_by"])
        about, details = [work_group, proposal.school], {"proposal": proposal.pk}
        history.write("carry_on_declined", about=about, by=by, at=now, details=details, tells=False)
    return proposal


@transaction.atomic(durable=True)
def take_back(*, proposal: Proposal, by: User) -> None:
    """The hub no longer asks: what nobody has answered goes. A school that is on the group's list stays there."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(proposal.work_group_id)
    if not Proposal.objects.open().filter(pk=proposal.pk).exists():
        raise ValidationError("The school has answered meanwhile.")
    about, details = [work_group, proposal.school], {"proposal": proposal.pk}
    history.write("carry_on_taken_back", about=about, by=by, at=now, details=details, tells=False)
    proposal.delete()


def _check(work_group: WorkGroup, before: WorkGroup, due_on: date) -> None:
    if work_group.status != WorkGroup.Status.PUBLISHED:
        raise ValidationError(f"Publish {work_group} first, so that schools can see what they are asked about.")
    if work_group.is_network or work_group.recruitment == WorkGroup.Recruitment.INTEREST:
        raise ValidationError(f"Nobody is named in a booking of {work_group}, so nobody can be carried on into it.")
    if before.pk == work_group.pk:
        raise ValidationError("Choose the group they come from.")
    if due_on < timezone.localdate():
        raise ValidationError({"due_on": "That day is over."})


def _check_school(
    booking: Booking,
    work_group: WorkGroup,
    against: Mapping[int, str],
    people: Collection[tuple[int, int]],
    known: Collection[tuple[int, int]],
) -> None:
    school = booking.school
    if school.pk in against:
        raise ValidationError(f"{school} {against[school.pk]}.")
    if not set(people) <= set(known):
        raise ValidationError(f"Somebody you ticked no longer has a place for {school}. Look at the list again.")
    if len(people) > work_group.people_to:
        raise ValidationError(f"{work_group} takes at most {work_group.people_to} people from {school}.")


def _let_book(work_group: WorkGroup, schools: Collection[int]) -> None:
    """Where only listed schools can book, these are; elsewhere a list would shut all others out."""
    only = work_group.school_rules.filter(kind=SchoolRule.Kind.ONLY)
    if work_group.recruitment == WorkGroup.Recruitment.INVITATION or only.exists():
        put_on_list(work_group, schools, SchoolRule.Kind.ONLY, "Carries on")
    keep_list(work_group)
