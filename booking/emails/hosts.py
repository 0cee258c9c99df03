"""Mails to whoever opens the door at a venue, who has no account: who comes, and what has changed. Pure functions."""

from django.conf import settings
from django.utils import timezone

from booking.emails.letter import TODAY, About, Mail, when
from booking.expectations import is_near
from booking.links import host_url
from booking.models import Session, Venue
from booking.templatetags.words import clock, day, day_short

NAMED = "You are named as the person who is there for us at this venue."


def host_of_tomorrow(session: Session, expected: int) -> list[Mail]:
    """The school day before: when, which room, how many; names for the signing-in desk behind the button."""
    return _mail(
        session,
        kind="host_list",
        subject=f"With you on {day(session.starts_at)}: {session.work_group.title}, from {clock(session.starts_at)}",
        heading=f"{session.work_group.title} meets with you on {day(session.starts_at)}",
        paragraphs=[
            f"{when(session)}{_room(session)}.",
            f"We expect {expected} people, who leads included: so many for lunch or coffee, if you offer it."
            if expected
            else "",
            "Names for the signing-in desk, school by school, stand behind the button. It shows them as they are when "
            "you open it.",
        ],
    )


def host_changed(session: Session, why: str, *, added: bool) -> list[Mail]:
    """Another day, other hours, or not at all: as soon as it is decided."""
    what, sentence = "Changed", f"It is now on {when(session)}{_room(session)}."
    if not session.is_planned:
        what, sentence = "Cancelled", f"{when(session)}: it does not take place."
    elif not session.starts_at:
        sentence = f"{when(session)}. We write again as soon as the date stands."
    elif added:
        what, sentence = "Added", f"It is on {when(session)}{_room(session)}."
    return _mail(
        session,
        kind="host_changed",
        subject=f"{what}: {session.work_group.title} at {session.venue}, {_short(session)}",
        heading=f"{what}: session {session.number} of {session.work_group.title}",
        paragraphs=[sentence, f"Why: {why}." if why else ""],
    )


def host_left(session: Session, venue: Venue, why: str) -> list[Mail]:
    """The session goes to another place: nobody comes here."""
    return _mail(
        session,
        kind="host_changed",
        subject=f"Not at {venue}: {session.work_group.title}, {_short(session)}",
        heading=f"Session {session.number} of {session.work_group.title} meets elsewhere",
        paragraphs=[f"It was to be at {venue}. Nobody comes to you for it any more.", f"Why: {why}." if why else ""],
        at=venue,
    )


def _mail(
    session: Session, *, kind: str, subject: str, heading: str, paragraphs: list[str], at: Venue | None = None
) -> list[Mail]:
    venue = at or session.host_venue
    if venue is None or not venue.host_email:
        return []
    is_today = kind != "host_list" and is_near(session, timezone.now())
    opens = at is None and session.is_planned and session.starts_at
    rings = f" or ring {settings.HUB_TELEPHONE}" if settings.HUB_TELEPHONE else ""
    greeting = f"For {venue.host_name}." if venue.host_name else ""
    return [
        Mail(
            kind=kind,
            to=venue.host_email,
            subject=f"{TODAY if is_today else ''}{subject}",
            heading=heading,
            paragraphs=[text for text in (greeting, *paragraphs) if text],
            button=("Who comes", host_url(session, venue)) if opens else None,
            after=[f"Is something wrong, or does it not suit? Answer this mail{rings}."],
            secret=bool(opens),
            reason=NAMED,
            thread="" if kind == "host_list" else f"host:{session.pk}",
            held=kind != "host_list" and not is_today,
            about=About.of(session),
            # They need not open the door: no pause keeps that from them.
            always=at is not None or not session.is_planned,
        )
    ]


def _room(session: Session) -> str:
    return f", {session.venue.room}" if session.venue and session.venue.room else ""


def _short(session: Session) -> str:
    return day_short(session.starts_at) if session.starts_at else session.when_words
