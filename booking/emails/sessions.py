"""Mails about a session: its invite, and what has changed for who keeps their own calendar."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from django.urls import reverse
from django.utils import timezone

from accounts.models import School, User
from booking.emails.letter import TODAY, About, Mail, to_person, when, where
from booking.expectations import is_near
from booking.ical import Standing, own_words, standings
from booking.links import absolute, person_dates_url, person_reflection_url
from booking.models import Attendance, Session
from booking.reminders import Reminder
from booking.templatetags.words import clock, day, day_short

# Within so many days of a date, old or new, nobody chooses whether to hear that it has changed.
SOON = timedelta(days=7)


def session_changed(
    person: User, school: School | None, session: Session, why: str, *, added: bool, was: datetime | None = None
) -> list[Mail]:
    """To somebody who takes no invites by mail: what has changed, in words. `school`: whose place it is, if any.

    `was`: when it was to be before.
    """
    group, number = session.work_group, session.number
    if not session.is_planned:
        what, sentence = "Cancelled", "It does not take place."
    else:
        what = "Added" if added else "Changed"
        sentence = f"{'It is on' if added else 'It is now on'} {when(session)}: {where(session)}."
        if not session.starts_at:
            sentence = f"{when(session)}. We write again as soon as the date stands."
    happened = {"Cancelled": "is off", "Added": "has been added", "Changed": "has changed"}[what]
    now = timezone.now()
    is_today = is_near(session, now)
    is_soon = session.starts_at is None or min(was or session.starts_at, session.starts_at) <= now + SOON
    mail = Mail(
        kind="session_changed",
        subject=f"{TODAY if is_today else ''}{what}: {group.title}, session {number}",
        heading=f"Session {number} of {group.title} {happened}",
        paragraphs=[text for text in (sentence, f"Why: {why}." if why else "") if text],
        button=("My sessions", absolute(reverse("my_sessions"))),
        reason=f"You take part in {group.title} and have no invites by mail.",
        thread=f"changed:{session.pk}:{person.pk}",
        held=not is_today,
        about=About.of(session),
        always=not session.is_planned,
        must_know=is_soon,
        facts={"what": what, **_facts(session, person)},
    )
    if school:
        return to_person(mail, person, school)
    return [replace(mail, to=person.email, person=person)] if person.email else []


def invite(
    person: User,
    session: Session,
    *,
    method: Literal["REQUEST", "CANCEL"],
    first: bool,
    was: datetime | None = None,
    why: str = "",
) -> Mail:
    """The letter around an invite: what, when and where in UK time for who reads mail and not a calendar.

    `was`: when it was to be by the last invite; `why`: what the hub says of a change.

    Who has a place gets a link on which one tap says "I can't come", so their letter is secret.
    """
    group, number = session.work_group, session.number
    is_off = not session.is_planned or not session.starts_at
    gone = "Cancelled" if is_off else "No longer yours"
    what = gone if method == "CANCEL" else "New" if first else "Changed"
    short = f"{day_short(session.starts_at)}, {clock(session.starts_at)}" if session.starts_at else session.when_words
    place = Attendance.objects.filter(session=session, person=person).first()
    has_place = place is not None
    has_tap = has_place and method == "REQUEST"
    if method == "CANCEL":
        title = f"Session {number} of {group.title} is no longer in your calendar"
        paragraphs = [f"It goes ahead without you: {when(session)}, {where(session)}."]
        if not session.is_planned:
            title = f"Session {number} of {group.title} is off"
            why = f"Why: {session.status_reason}." if session.status_reason else ""
            paragraphs = [f"{when(session)}: this session does not take place, and leaves your calendar.", why]
        elif not session.starts_at:
            paragraphs = [f"{when(session)}. A new invite follows as soon as the date stands."]
        button = None
    else:
        title = f"{group.title}, session {number}{': ' + session.title if session.title else ''}"
        opening = f"{when(session)} (UK time), {where(session)}."
        paragraphs = [opening if first else f"It is now: {opening}"]
        if was is not None and was != session.starts_at and not first:
            paragraphs.append(f"It was to be on {day(was)}, {clock(was)}.")
        if why and not first:
            paragraphs.append(f"Why: {why}.")
        words = own_words(session, standings([session])[session.pk])
        paragraphs += [line for line in words.split("\n") if not line.startswith("Your sessions: ")]
        button = (
            ("See my dates", person_dates_url(person))
            if has_place
            else ("Open the register", absolute(reverse("session_register", args=[session.pk])))
        )
    return Mail(
        kind="invite" if method == "REQUEST" else "invite_cancelled",
        to=person.email or "",
        person=person,
        subject=f"{what}: {group.title}, session {number}, {short}",
        heading=title,
        paragraphs=[text for text in paragraphs if text],
        button=button,
        after=["You can't come? Say so behind the button: one tap, and your place stays yours."] if has_tap else [],
        secret=has_tap,
        reason="This session stood in your calendar."
        if method == "CANCEL"
        else f"You {'have a place on' if has_place else 'lead'} {group.title}.",
        about=About.of(session, place.school_id if place else None),
        facts={"what": what, "date": short, **_facts(session, person)},
    )


def reminder(reminder: Reminder, standing: Standing, today: date) -> Mail:
    """Before a session: when and where, how to get in, what to bring, and what was to be tried."""
    session, person, to = reminder.session, reminder.person, reminder.to
    group, on = session.work_group, timezone.localdate(session.starts_at)
    match (on - today).days:
        case 0:
            opening = "Today"
        case 1:
            opening = "Tomorrow"
        case days if days < 7:
            opening = f"On {on:%A}"
        case _:
            opening = day_short(session.starts_at)
    paragraphs = [f"{when(session)}: {where(session)}."]
    words = own_words(session, standing)
    paragraphs += [line for line in words.split("\n") if line and not line.startswith("Your sessions: ")]
    subject = f"{opening}: {group.title}, session {session.number}, {clock(session.starts_at)}"
    return Mail(
        kind="reminder",
        to=to.email or "",
        person=to,
        subject=subject if to.pk == person.pk else f"For {person.name}: {subject}",
        heading=f"{opening}: {group.title}, session {session.number}{': ' + session.title if session.title else ''}",
        paragraphs=paragraphs,
        button=("See my dates", person_dates_url(person)),
        after=["You can't come? Say so behind the button: one tap, and your place stays yours."],
        secret=True,
        reason=f"You have a place on {group.title}.",
        about=About.of(session, reminder.school),
        must_know=to.pk != person.pk,
        facts={"day": opening, "time": clock(session.starts_at), **_facts(session, person)},
    )


def half_way(reminder: Reminder, standing: Standing, today: date) -> Mail:
    """Half way to a session, to who has not said yet how the task went: what it was, and what is to come."""
    session, person, to, task = reminder.session, reminder.person, reminder.to, reminder.task
    assert task is not None
    group = session.work_group
    subject = f"How does it go? {task.title}, for {group.title}"
    paragraphs = [
        f"You are half way between two sessions of {group.title}. What you wanted to try: {task.title}.",
        "Not tried it yet? There is time. Tried it, or stuck? A sentence is enough, and helps the whole group.",
        f"Next time: {when(session)}: {where(session)}.",
    ]
    paragraphs += [
        line
        for line in own_words(session, standing).split("\n")
        if line and not line.startswith(("Your sessions: ", "To try before this session"))
    ]
    return Mail(
        kind="half_way",
        to=to.email or "",
        person=to,
        subject=subject if to.pk == person.pk else f"For {person.name}: {subject}",
        heading=f"How does it go? {task.title}",
        paragraphs=paragraphs,
        button=("Say how it went", person_reflection_url(person, task)),
        after=["Once you have said how it went, we do not ask again."],
        secret=True,
        reason=f"You have a place on {group.title}, whose leads ask half way.",
        about=About.of(session, reminder.school),
        must_know=to.pk != person.pk,
    )


def register_to_take(session: Session, to: User) -> Mail:
    """The morning after, to who leads the group: the register has not been signed."""
    group = session.work_group
    return Mail(
        kind="register_to_take",
        to=to.email or "",
        person=to,
        subject=f"The register of {day_short(session.starts_at)} is still to sign: {group.title}",
        heading=f"The register of {group.title}, session {session.number}",
        paragraphs=[
            f"The session on {day(session.starts_at)} has no signed register yet. Two minutes will do: mark who came, "
            "and sign.",
            "Hours and certificates are counted from it, and who came gets what there is to try next.",
        ],
        button=("Open the register", absolute(reverse("session_register", args=[session.pk]))),
        reason=f"You lead {group.title}.",
        about=About.of(session),
    )


def _facts(session: Session, person: User) -> dict[str, str]:
    titled = {"group": session.work_group.title, "number": str(session.number), "title": session.title}
    return {**titled, "person": person.name}
