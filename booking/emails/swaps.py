"""Mails about somebody else coming, and about bookings that move. Pure functions, from things to words."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from accounts.colleagues import show_as_typed
from accounts.models import User
from booking.emails.letter import Mail, and_, coming, date_rows, to_booker, to_person, when, where
from booking.expectations import is_near
from booking.links import person_dates_url
from booking.models import Booking, Place, Session
from booking.templatetags.words import day


def place_passed_on(person: User, booking: Booking, first: Session | None = None) -> list[Mail]:
    """To who had a place: a colleague has it now, or from a later session on (`first`)."""
    leave = "The coming sessions leave your calendar. What you attended stays yours."
    if first is not None:
        leave = f"From {day(first.starts_at)} on the sessions leave your calendar; until then you come. " + (
            "What you attended stays yours."
        )
    mail = Mail(
        kind="place_passed_on",
        subject=f"A colleague takes over: {booking.work_group.title}",
        heading=f"A colleague takes over your place on {booking.work_group.title}",
        paragraphs=[leave],
        reason=f"You had a place on {booking.work_group.title}.",
    )
    return to_person(mail, person, booking.school)


def place_given_up(booking: Booking, people: Iterable[User]) -> list[Mail]:
    """One place of a booking has been given up: to who booked, and to who had it."""
    group, people = booking.work_group, list(people)
    show_as_typed(booking.school_id, people)
    whose = f"It was {and_([person.name for person in people])}’s. " if people else ""
    mails = to_booker(
        booking,
        Mail(
            kind="place_given_up",
            subject=f"One place given up: {group.title}",
            heading="One place has been given up",
            paragraphs=[f"{whose}The other places of {booking.school} on {group.title} stay as they are."],
            reason=f"You booked {group.title} for {booking.school}.",
        ),
    )
    told = {mail.person for mail in mails}
    for person in people:
        if person not in told:
            mail = Mail(
                kind="place_withdrawn",
                subject=f"Your place on {group.title} has been given up",
                heading=f"Your place on {group.title} has been given up",
                paragraphs=["The sessions leave your calendar. If you think this is a mistake, ask who books for you."],
                reason=f"You had a place on {group.title}.",
            )
            mails += to_person(mail, person, booking.school)
    return mails


def stand_in_sent(place: Place, stand_in: User, sessions: Sequence[Session], by: User | None) -> list[Mail]:
    """To who comes instead; to who has the place; and to the school where neither of its leads said it."""
    booking, group, before = place.booking, place.work_group, place.person
    if before is None or not sessions:
        return []
    mails = []
    first, days = sessions[0], and_([day(one.starts_at) for one in sessions])
    # They wait for second thoughts as the calendars do; the newest says all that stands.
    held, of = not is_near(first, timezone.now()), f"{place.pk}:{stand_in.pk}"
    if by is None or by.pk != stand_in.pk:
        mail = Mail(
            kind="stand_in_sent",
            subject=f"You go to {group.title} on {day(first.starts_at)}",
            heading=f"You go to {group.title} instead of a colleague",
            paragraphs=[
                f"On {days} you come for {booking.school}. {when(first)}: {where(first)}.",
                *([f"Please bring: {first.bring or group.bring}."] if first.bring or group.bring else []),
            ],
            dates=date_rows(booking, sessions),
            button=("See my dates", person_dates_url(stand_in)),
            after=["Each session comes as a calendar invite of its own."],
            secret=True,
            thread=f"stand_in:{of}",
            held=held,
            reason=f"You were named to come to {group.title} in place of a colleague.",
        )
        mails += to_person(mail, stand_in, booking.school)
    if by is None or by.pk != before.pk:
        mail = Mail(
            kind="stand_in_for",
            subject=f"A colleague goes to {group.title} on {day(first.starts_at)}",
            heading=f"A colleague goes to {group.title} in your place",
            paragraphs=[f"On {days}. These sessions leave your calendar; your place stays yours."],
            thread=f"stand_in_for:{of}",
            held=held,
            reason=f"You have a place on {group.title}.",
        )
        mails += to_person(mail, before, booking.school)
    people = [before, stand_in]
    show_as_typed(booking.school_id, people)
    mail = Mail(
        kind="stand_in_told",
        subject=f"{stand_in.name} comes to {group.title} on {day(first.starts_at)}",
        heading=f"{stand_in.name} comes instead of {before.name}",
        paragraphs=[f"{group.title}, {days}. Register and calendars follow. Open the booking to change it."],
        thread=f"stand_in_told:{of}",
        held=held,
        reason=f"You booked {group.title} for {booking.school}.",
    )
    mails += [one for one in to_booker(booking, mail) if one.person is None or one.person != by]
    return mails


def stand_in_ended(person: User, place: Place, session: Session) -> list[Mail]:
    """To who was to come instead and keeps their own calendar: whoever has the place comes themselves."""
    group = place.work_group
    mail = Mail(
        kind="stand_in_ended",
        subject=f"You need not go to {group.title} on {day(session.starts_at)}",
        heading="Your colleague comes themselves",
        paragraphs=[f"You were to go to {group.title} on {day(session.starts_at)} instead of a colleague. Thank you."],
        reason=f"You were named to come to {group.title} in place of a colleague.",
    )
    return to_person(mail, person, place.booking.school)


def booking_transferred(booking: Booking, people: Iterable[User]) -> list[Mail]:
    """A booking has moved to the group beside: to who booked, and to everybody who comes."""
    group = booking.work_group
    old = booking.follows.work_group.title if booking.follows else ""
    mail = Mail(
        kind="booking_transferred",
        subject=f"Moved to {group.title}",
        heading=f"You are in {group.title} now",
        paragraphs=[f"The coming sessions of {old} leave your calendar; these come in. What was attended stays."],
        dates=date_rows(booking, coming(booking)),
        reason=f"{booking.school} had places on {old}.",
    )
    mails = to_booker(booking, mail)
    told = {one.person for one in mails}
    others = [person for person in people if person not in told]
    return mails + [one for person in others for one in to_person(mail, person, booking.school)]


def group_called_off(booking: Booking, people: Iterable[User], why: str) -> list[Mail]:
    """The hub has called a whole group off: to who booked, and to everybody who had a place."""
    group = booking.work_group
    mail = Mail(
        kind="group_called_off",
        subject=f"Called off: {group.title}",
        heading=f"{group.title} does not go on",
        paragraphs=[
            f"Why: {why}",
            "The coming sessions leave your calendar. What has been attended stays, and counts.",
        ],
        reason=f"{booking.school} asked for places on {group.title}.",
    )
    mails = to_booker(booking, mail)
    told = {one.person for one in mails}
    others = [person for person in people if person not in told]
    return mails + [one for person in others for one in to_person(mail, person, booking.school)]


def told_away(person: User, by: User | None) -> list[Mail]:
    """To somebody whom a colleague has put down as away: on leave too, for it is about their mail from us."""
    if not person.email or person.away_from is None:
        return []
    until = f" to {day(person.away_to)}" if person.away_to else ""
    return [
        Mail(
            kind="told_away",
            to=person.email,
            person=person,
            subject="You are noted as away",
            heading="You are noted as away",
            paragraphs=[
                f"{by.name if by else 'A colleague'} has noted that you are away from {day(person.away_from)}{until}. "
                "Nobody asks why.",
                "Until you are back we write to you about your log-in only. If this is a mistake, change it in "
                "“My account”, or answer this mail.",
            ],
            to_the_away=True,
            reason="Somebody who books for your school said so.",
        )
    ]
