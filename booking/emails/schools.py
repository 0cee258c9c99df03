"""Mails about who books for a school. Pure functions, from things to words."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from accounts.models import Membership
from booking.emails.letter import Mail, and_
from booking.links import absolute
from booking.models import Booking


def school_confirmed(membership: Membership, bookings: Sequence[Booking]) -> list[Mail]:
    school, person = membership.school, membership.person
    held = f"What was held is booked: {and_([booking.work_group.title for booking in bookings])}." if bookings else ""
    return [
        Mail(
            kind="school_confirmed",
            to=person.email or settings.HUB_EMAIL,
            person=person,
            subject=f"You book for {school}",
            heading=f"You book for {school}",
            paragraphs=[text for text in (f"The hub has confirmed that you book for {school}.", held) if text],
            button=("Our bookings", absolute(reverse("booking_list"))),
            reason=f"You asked to book for {school}.",
        )
    ]


def school_refused(membership: Membership) -> list[Mail]:
    school, person = membership.school, membership.person
    return [
        Mail(
            kind="school_refused",
            to=person.email or settings.HUB_EMAIL,
            person=person,
            subject=f"About {school}",
            heading=f"We could not confirm that you book for {school}",
            paragraphs=[
                "What was held for you is free again.",
                f"If this is a mistake, please write to {settings.HUB_EMAIL}: we will put it right.",
            ],
            reason=f"You asked to book for {school}.",
        )
    ]


def school_to_confirm(membership: Membership) -> list[Mail]:
    school, person = membership.school, membership.person
    does = "book for" if membership.role == Membership.Role.LEAD else "take part for"
    return [
        Mail(
            kind="school_to_confirm",
            to=settings.HUB_EMAIL,
            subject=f"To confirm: {person.name}, {school}",
            heading=f"{person.name} asks to {does} {school}",
            paragraphs=[f"{person.email or 'No e-mail'} · {school.address_line}"],
            button=("Confirm or refuse", absolute(reverse("office_lead", args=[membership.pk]))),
            reason="The hub confirms who books for a school.",
        )
    ]
