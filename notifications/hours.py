"""When what an act tells may leave: at once where somebody waits for it, else in hours in which schools read mail."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import HistoryLine, School
from booking.emails import TODAY, Mail
from booking.expectations import HOLD, PRESSING
from booking.models import Booking, CalendarEntry, Session, WorkGroup
from booking.schooldays import SchoolCalendar, Whose, whose_days
from notifications.models import NoticeQuerySet

# Answers to what a school has just done; the sessions come into (or leave) calendars at once by the same act.
ANSWERS = {"booked", "place_named", "place_given_up", "withdrew", "offer_accepted"}


def not_before(line: HistoryLine, mail: Mail, now: datetime) -> datetime | None:
    """When this mail of an act may leave; None: at once.

    Whoever did it is answered at once; so is everybody where it is about a session within a week, or their own
    account. Anybody else is written to between 7.30am and 5.30pm on a school day of theirs.
    """
    soon = now + HOLD if mail.held else None
    answers = line.verb in ANSWERS and not mail.held and not mail.thread.startswith("cover:")
    own = mail.person is not None and mail.person.pk == line.by_id
    if not settings.HUB_QUIET_HOURS or own or answers or mail.to_the_away or mail.subject.startswith(TODAY):
        return soon
    moment = soon or now
    la_code, school = _whose(line, mail)
    quiet_until = SchoolCalendar.of(la_code, school).next_moment(la_code, moment, school)
    return soon if quiet_until == moment or _presses(line, now) else quiet_until


def let_go_at(held: NoticeQuerySet, work_group: WorkGroup, now: datetime) -> Mapping[datetime, list[int]]:
    """When each of these mails about a group may leave after a pause: ids by moment. Nobody waits for an answer now.

    What is about a session within a week leaves at once; the rest when its reader's school is written to.
    """
    near = _within_a_week(Session.objects.filter(work_group=work_group), now)
    rows = list(held.values_list("pk", "person", "school__la_code", "school", "session", "next_try_at"))
    whose, calendar = whose_days([person for _, person, *_ in rows if person]), SchoolCalendar.load()
    found = defaultdict[datetime, list[int]](list)
    for pk, person, la_code, school, session, due in rows:
        moment = max(due, now)
        if not (session in near if session else near):
            code, own = whose.get(person) or Whose(la_code or "", school)
            moment = calendar.next_moment(code, moment, own)
        found[moment].append(pk)
    return found


def _whose(line: HistoryLine, mail: Mail) -> Whose:
    """By whose dates whoever reads it teaches: their own school's, else those of the school it is about."""
    if mail.person is not None and (known := whose_days([mail.person.pk]).get(mail.person.pk)):
        return known
    schools = School.objects.filter(bookings=line.details.get("booking", 0)) | School.objects.filter(
        pk=line.details.get("school", 0)
    )
    found = schools.values_list("la_code", "pk").first()
    return Whose(*found) if found else Whose("")


def _presses(line: HistoryLine, now: datetime) -> bool:
    """Is it about a session that begins, or was to begin as people know it, within a week?"""
    named = [line.details.get("session"), line.details.get("home"), *line.details.get("sessions", [])]
    sessions = Session.objects.filter(pk__in=[pk for pk in named if pk])
    if not any(named):
        of = Booking.objects.filter(pk=line.details.get("booking", 0))
        sessions = Session.objects.planned().filter(work_group__bookings__in=of)
    return bool(_within_a_week(sessions, now))


def _within_a_week(sessions: QuerySet[Session], now: datetime) -> set[int]:
    """Those of these sessions that begin, or were to begin as people know them, within a week."""
    week = (now, now + PRESSING)
    told = CalendarEntry.objects.filter(session__in=sessions.values("pk"), told_starts_at__range=week)
    begin = sessions.filter(starts_at__range=week)
    return {*begin.values_list("pk", flat=True), *told.values_list("session", flat=True)}
