"""When what an act tells may leave: at once where somebody waits for it, else in hours in which schools read mail."""

from datetime import datetime

from django.conf import settings

from accounts.models import HistoryLine, School
from booking.emails import TODAY, Mail
from booking.expectations import HOLD, PRESSING
from booking.models import Booking, CalendarEntry, Session
from booking.schooldays import SchoolCalendar, la_codes_of

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
    quiet_until = SchoolCalendar.load().next_moment(_la_code(line, mail), moment)
    return soon if quiet_until == moment or _presses(line, now) else quiet_until


def _la_code(line: HistoryLine, mail: Mail) -> str:
    """By whose dates whoever reads it teaches: their own school's, else those of the school it is about."""
    if mail.person is not None and (known := la_codes_of([mail.person.pk]).get(mail.person.pk)):
        return known
    schools = School.objects.filter(bookings=line.details.get("booking", 0)) | School.objects.filter(
        pk=line.details.get("school", 0)
    )
    return schools.values_list("la_code", flat=True).first() or ""


def _presses(line: HistoryLine, now: datetime) -> bool:
    """Is it about a session that begins, or was to begin as people know it, within a week?"""
    named = [line.details.get("session"), line.details.get("home"), *line.details.get("sessions", [])]
    sessions = Session.objects.filter(pk__in=[pk for pk in named if pk])
    if not any(named):
        of = Booking.objects.filter(pk=line.details.get("booking", 0))
        sessions = Session.objects.planned().filter(work_group__bookings__in=of)
    week = (now, now + PRESSING)
    told = CalendarEntry.objects.filter(session__in=sessions.values("pk"), told_starts_at__range=week)
    return sessions.filter(starts_at__range=week).exists() or told.exists()
