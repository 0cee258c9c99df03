"""Mails that ask a school whether it carries on in the next group. Pure functions."""

from dataclasses import replace

from django.utils import timezone

from booking.carrying import proposed_in
from booking.emails.letter import About, DateRow, Mail, and_, leads_of, when
from booking.links import absolute
from booking.models import Proposal
from booking.templatetags.words import day, day_short


def carry_on(proposal: Proposal, *, again: bool = False) -> list[Mail]:
    """To who books for the school: the next group, who is proposed, and one page on which it is answered."""
    group, school = proposal.work_group, proposal.school
    named = [person.name for person in proposed_in(proposal).people]
    who = f"We thought of {and_(named)} again." if named else "Who comes is for you to say."
    mail = Mail(
        kind="carry_on",
        subject=f"{'Still to answer: do' if again else 'Do'} you carry on? {group.title}, by "
        f"{day_short(proposal.due_on)}",
        heading=f"Does {school} carry on with {group.title}?",
        paragraphs=[
            f"You were in {proposal.before.work_group.title}. {group.title} is what comes next: {group.summary}",
            f"{who} One page lets you say yes with the same people, choose others, or say “not this year”.",
            f"Please answer by {day(proposal.due_on)}. No place is kept until you do: a yes takes the places that "
            "are free then, or joins the waiting list together.",
        ],
        dates=_dates(proposal),
        button=("Answer", absolute(proposal.get_absolute_url())),
        reason=f"You book for {school}, which was in {proposal.before.work_group.title}.",
        about=About(school.pk, group.pk),
    )
    return [replace(mail, to=lead.email or "", person=lead) for lead in leads_of(school)]


def _dates(proposal: Proposal) -> list[DateRow]:
    sessions = proposal.work_group.sessions.planned().select_related("venue").order_by("number")
    now = timezone.now()
    return [
        DateRow(when(one), f"{one.number}. {one.title}" if one.title else f"Session {one.number}", one.place_words)
        for one in sessions
        if one.starts_at is None or one.starts_at > now
    ]
