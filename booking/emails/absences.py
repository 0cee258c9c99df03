"""Mails about somebody who does not come to a session. Pure functions, from things to words.

Why somebody does not come stands in none of them: mail is read over shoulders.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from accounts.colleagues import show_as_typed
from accounts.models import School, User
from booking.emails.letter import About, Mail, about_booking, and_, leads_of, to_person, when, where
from booking.links import absolute, person_dates_url, person_missed_url
from booking.models import Attendance, Booking, Session
from booking.templatetags.words import day


def nobody_comes(school: School, apologies: Sequence[tuple[User, list[Session]]], by: User | None) -> list[Mail]:
    """Nobody of a school comes on some days: to each of them once, and to who books where it was said for them."""
    mails, told = [], set[int]()
    sessions = {one.pk: one for _, days in apologies for one in days}
    if by is None or not by.books_for(school):
        mail = Mail(
            kind="nobody_comes_told",
            subject=f"Noted: nobody of {school} comes on {_days(sessions.values())}",
            heading=f"Apologies are noted for everybody of {school}",
            paragraphs=[*_lines(sessions.values()), "Your places stay yours. If this is a mistake, answer this mail."],
            button=("Open our bookings", absolute("/bookings/")),
            reason=f"You book for {school}, and somebody at the hub was told.",
        )
        leads = leads_of(school)
        told = {one.pk for one in leads}
        mails += [replace(mail, to=one.email or "", person=one) for one in leads]
    for person, theirs in apologies:
        if person.pk in told or (by is not None and person.pk == by.pk):
            continue
        mail = Mail(
            kind="nobody_comes",
            subject=f"You are not expected on {_days(theirs)}",
            heading=f"Nobody of {school} comes on {_days(theirs)}",
            paragraphs=[
                "Your school has sent apologies for all of you:",
                *_lines(theirs),
                "Your place stays yours. Can you come after all? Say so on your own page.",
            ],
            button=("See my dates", person_dates_url(person)),
            secret=True,
            reason=f"You have a place by {school}.",
        )
        mails += to_person(mail, person, school)
    return mails


def apologies_said(person: User, booking: Booking, session: Session, by: User | None) -> list[Mail]:
    """Somebody said that a person cannot come: to that person, and to who books where neither of them said it."""
    on = day(session.starts_at)
    mail = Mail(
        kind="apologies_said",
        subject=f"Apologies are noted for you: {session.work_group} on {on}",
        heading=f"You are not expected on {on}",
        paragraphs=[
            f"{by.name if by else 'A colleague'} has said that you cannot come to {session.work_group}, session "
            f"{session.number}. Your place stays yours.",
            "Can you come after all? Say so on your own page.",
        ],
        button=("See my dates", person_dates_url(person)),
        secret=True,
        reason=f"You have a place on {session.work_group}.",
    )
    words = f"cannot come to {session.work_group} on {on}"
    return to_person(mail, person, booking.school) + _to_leads(booking, person, words, by)


def apologies_taken_back(person: User, booking: Booking, session: Session, by: User | None) -> list[Mail]:
    """The person is expected again: the same people hear of it."""
    on = day(session.starts_at)
    mail = Mail(
        kind="apologies_taken_back",
        subject=f"You are expected after all: {session.work_group} on {on}",
        heading=f"You are expected on {on} after all",
        paragraphs=[
            f"{by.name if by else 'A colleague'} has said that you come to {session.work_group}, session "
            f"{session.number}. {when(session)}: {where(session)}.",
        ],
        button=("See my dates", person_dates_url(person)),
        secret=True,
        reason=f"You have a place on {session.work_group}.",
    )
    words = f"comes to {session.work_group} on {on} after all"
    return to_person(mail, person, booking.school) + _to_leads(booking, person, words, by)


def catch_up_arranged(person: User, booking: Booking, home: Session, there: Session, by: User | None) -> list[Mail]:
    """A chair in the group beside was arranged for somebody: to them, and to who books where neither of them did it."""
    mail = Mail(
        kind="catch_up_arranged",
        subject=f"You catch up on {day(there.starts_at)}: {there.work_group}",
        heading=f"You catch up with {there.work_group}",
        paragraphs=[
            f"In place of session {home.number} of {home.work_group} on {day(home.starts_at)}, for which it counts.",
            f"{when(there)}: {where(there)}.",
        ],
        button=("See my dates", person_dates_url(person)),
        after=["It comes as a calendar invite of its own."],
        secret=True,
        reason=f"You have a place on {home.work_group}.",
    )
    words = f"catches up with {there.work_group} on {day(there.starts_at)}"
    return to_person(mail, person, booking.school) + _to_leads(booking, person, words, by)


def declined_by_mail(person: User, session: Session, school: int | None, *, has_place: bool) -> Mail:
    """Somebody has declined an invite in their calendar: what shall be done about it?"""
    ways = "A colleague can go instead, or you catch up with another group where there is one."
    return Mail(
        kind="declined_by_mail",
        to=person.email or "",
        person=person,
        subject=f"You can’t come to session {session.number}: what shall we do?",
        heading=f"You can’t come to session {session.number}: what shall we do?",
        paragraphs=[
            f"Your calendar has told us that you can’t come to {session.work_group}, {when(session)}.",
            "Apologies are on the register, and your place stays yours for the other sessions.",
            *([ways] if has_place else []),
            "Was that a mistake? Say so behind the button.",
        ],
        button=(
            ("Choose what to do", person_missed_url(person, session))
            if has_place
            else ("See my dates", person_dates_url(person))
        ),
        secret=True,
        reason="You declined an invite in your calendar.",
        about=About.of(session, school),
    )


def cannot_come(row: Attendance, guest: Attendance | None, to: User) -> Mail:
    """Somebody has said that they cannot come, and what they chose: to one who books for their school."""
    assert row.place is not None
    booking, session, person = row.place.booking, row.session, row.person
    show_as_typed(booking.school_id, [person])
    chose = "They send apologies, and nobody goes in their place so far."
    if guest is not None:
        chose = f"They catch up with {guest.session.work_group} on {day(guest.session.starts_at)}."
    return Mail(
        kind="cannot_come",
        to=to.email or "",
        person=to,
        subject=f"{person.name} can’t come to {session.work_group} on {day(session.starts_at)}",
        heading=f"{person.name} can’t come to session {session.number}",
        paragraphs=[
            f"{session.work_group}, {when(session)}.",
            f"{chose} The place stays your school’s.",
            *([] if guest else ["You can send somebody else: open the booking, and “Change”."]),
        ],
        button=("Open our booking", absolute(booking.get_absolute_url())),
        reason=f"You book for {booking.school}.",
        about=About.of(session, booking.school_id),
    )


def _to_leads(booking: Booking, person: User, words: str, by: User | None) -> list[Mail]:
    """To who books for the school, where somebody else acted for it."""
    if by is not None and (by.pk == person.pk or by.books_for(booking.school)):
        return []
    show_as_typed(booking.school_id, [person])
    mail = Mail(
        kind="absence_told",
        subject=f"Noted: {person.name} {words}",
        heading=f"{person.name} {words}",
        paragraphs=["This was noted for your school. If it is a mistake, open the booking, and “Change”."],
        button=("Open our booking", absolute(booking.get_absolute_url())),
        reason=f"You book for {booking.school}.",
        about=about_booking(booking),
    )
    others = [one for one in leads_of(booking.school) if one.pk != person.pk]
    return [replace(mail, to=one.email or "", person=one) for one in others]


def _days(sessions: Iterable[Session]) -> str:
    days = {day(one.starts_at): one.starts_at for one in sessions if one.starts_at}
    return and_(sorted(days, key=lambda words: days[words]))


def _lines(sessions: Iterable[Session]) -> list[str]:
    return [f"{one.work_group}: {when(one)}." for one in sorted(sessions, key=lambda one: (one.starts_at or 0, one.pk))]
