"""The one mail after a session whose register is signed: what was done, what to try, and how to catch up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import User
from booking.emails.letter import About, Mail, when, where
from booking.links import person_dates_url, person_missed_url, person_reflection_url
from booking.models import Attendance, ResearchTask, Session
from booking.models.attendance import CAME, MISSED
from booking.templatetags.words import day, day_short

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Done:
    """What a session leaves: the task that was due at it, the one it sets, and the next session with a date."""

    session: Session
    tried: ResearchTask | None
    task: ResearchTask | None
    next: Session | None


def what_we_did(
    row: Attendance,
    done: Done,
    to: User,
    today: date,
    *,
    materials: Sequence[str] = (),
    pulse: tuple[str, str] | None = None,
) -> Mail:
    """To who came, and to who did not: the same, but for how to catch up. Nothing is said of why anybody did not.

    `materials`: a line each, as they stand beside the session; files lie with one's dates. `pulse`: words and link of
    what who came is asked.
    """
    session, person, group = done.session, row.person, done.session.work_group
    came = row.standing_mark is not None and row.standing_mark.what in CAME
    # Not where somebody else went in their place, nor where they were to go in somebody's.
    has_place = row.place is not None and row.place.person_id == person.pk
    catches_up = has_place and row.standing_mark is not None and row.standing_mark.what in MISSED
    assert session.starts_at is not None
    on = timezone.localdate(session.starts_at)
    called = f"{on:%A}" if today - on < WEEK else day_short(session.starts_at)
    about = f"{group.title}, session {session.number}{': ' + session.title if session.title else ''}"
    paragraphs = [f"{about}, on {day(session.starts_at)}."]
    if done.tried:
        paragraphs.append(f"We talked about what had been tried: {done.tried.title}.")
    paragraphs += materials
    if done.task:
        due = f", by {day(done.next.starts_at)}" if done.next else ""
        paragraphs.append(f"To try in class now{due}: {done.task.title}.")
        if not catches_up and not (pulse and came):
            paragraphs.append("What to do, with its files, is behind the button; say there how it went.")
    if done.next:
        paragraphs.append(f"Next time: {when(done.next)}: {where(done.next)}.")
    if pulse and came:
        paragraphs.append("What do you say? The button asks you, without your name.")
    if catches_up:
        paragraphs.append("You can catch up: the button shows how, and whether a group beside has a chair for you.")
    subject = f"What we did on {called}: {group.title}, session {session.number}"
    button = ("How to catch up", person_missed_url(person, session)) if catches_up else None
    try_it = ("See what to try", person_reflection_url(person, done.task)) if done.task else None
    return Mail(
        kind="what_we_did",
        to=to.email or "",
        person=to,
        subject=subject if to.pk == person.pk else f"For {person.name}: {subject}",
        heading=f"What we did on {called}",
        paragraphs=paragraphs,
        button=button or (pulse if came else None) or try_it or ("See my dates", person_dates_url(person)),
        secret=True,
        reason=f"You have a place on {group.title}.",
        about=About.of(session, row.school_id),
        must_know=to.pk != person.pk,
    )
