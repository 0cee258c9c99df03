"""Mails about one register that a named colleague takes by a link. Pure functions."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.said import said
from booking.emails.letter import TODAY, About, Mail, when
from booking.links import absolute, register_url
from booking.models import RegisterLink
from booking.templatetags.words import clock, day


def register_link(link: RegisterLink, *, is_today: bool) -> list[Mail]:
    """To who takes the register once, for somebody who cannot: what, where, when, and the link."""
    session, group = link.session, link.session.work_group
    asked = link.made_by.name if link.made_by else settings.HUB_NAME
    venue = session.host_venue
    where = ", ".join(filter(None, [venue.address, venue.room])) if venue else session.place_words
    return [
        Mail(
            kind="register_link",
            to=link.email,
            subject=f"{TODAY if is_today else ''}Please take a register: {group}, {day(session.starts_at)}",
            heading=f"The register of {group}, session {session.number}",
            paragraphs=[
                f"For {link.name}. {asked} asks you to take one register.",
                f"{when(session)}. {where}.",
                "The button opens it on that day alone, without an account. Tap who is here; add who is not on the "
                f"list; press “All is marked” at the end. The {said('work group lead')} signs.",
            ],
            button=("Open the register", register_url(link)),
            after=["The link is yours alone: it says that the marks are yours. Please do not pass it on."],
            secret=True,
            reason=f"{asked} gave your name and address for this register.",
            about=About.of(session),
            # Whoever is to take it knows it, though mail about the group may be paused.
            always=True,
        )
    ]


def register_done(link: RegisterLink, leads: list[User]) -> list[Mail]:
    """To those who lead the group: somebody has marked all, and it is theirs to sign."""
    session, group = link.session, link.session.work_group
    said = f" at {clock(link.done_at)}" if link.done_at else ""
    return [
        Mail(
            kind="register_done",
            to=person.email or "",
            person=person,
            subject=f"{link.name} has taken the register: {group}, session {session.number}",
            heading=f"{link.name} has taken the register for you",
            paragraphs=[
                f"{link.name} said{said} that all is marked for {when(session)}.",
                "Look through it, correct what you know better, and sign it.",
            ],
            button=("Open the register", absolute(reverse("session_register", args=[session.pk]))),
            reason=f"You lead {group}.",
            about=About.of(session),
        )
        for person in leads
        if person.email
    ]
