"""What is asked for again by itself: names to follow and heads' answers, before they are due and once they are."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from booking import emails
from booking.emails import Mail
from booking.models import Agreement
from booking.naming import unnamed
from booking.schooldays import SchoolCalendar
from notifications.outbox import Envelope, put
from notifications.words import Words

# So long before names are due their school is asked for them.
SOON = timedelta(days=7)
# A head is reminded once, so long before the answer is due, and never sooner than so long after the first mail.
REMIND = timedelta(days=3)


def ask_for_names(now: datetime) -> int:
    """Ask for names that are due within a week, and once more when they are late. Returns how many mails were made.

    The same is never asked twice: each mail bears the day that it is about.
    """
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    for one in unnamed(now):
        if one.by is None or one.by - today > SOON or not calendar.may_write(now, one.booking.school.la_code):
            continue
        stage = "late" if one.is_late(today) else "soon"
        mails = emails.names_due(one.booking, one.to_name, one.places, one.by, late=stage == "late")
        made += _put(mails, f"names:{one.booking.pk}:{one.by}:{stage}", today)
    return made


def ask_heads(now: datetime) -> int:
    """Remind each head once, days before the answer is due; tell who booked once it is late. Returns how many mails."""
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    asked = Agreement.objects.open().filter(answer="")
    for one in asked.select_related("booking__work_group", "booking__school", "booking__made_by"):
        if one.due is None or one.asked_at is None or not calendar.may_write(now, one.booking.school.la_code):
            continue
        if one.is_late(today):
            stage, mails = "late", emails.head_silent(one)
        elif one.due - today <= REMIND and today - timezone.localdate(one.asked_at) >= REMIND:
            stage, mails = "soon", emails.head_asked(one, again=True)
        else:
            continue
        made += _put(mails, f"head:{one.pk}:{one.asked_at:%Y%m%d}:{stage}", today)
    return made


def _put(mails: Iterable[Mail], key: str, today: date) -> int:
    """Queue these mails, each once under this key. Who is on leave is not asked. Returns how many were made."""
    made, words = 0, Words.load()
    for mail in map(words.on, mails):
        if mail.person is not None and mail.person.is_away(today):
            continue
        envelope = Envelope(
            kind=mail.kind,
            to=mail.to,
            reason=mail.reason,
            person=mail.person,
            secret=mail.secret,
            dedupe_key=f"{key}:{mail.to}"[:120],
            about=mail.about,
        )
        made += put(envelope, subject=mail.subject, text=mail.text, html=mail.html) is not None
    return made
