"""What is asked for again by itself: names, heads' answers, offers about to lapse, registers, who carries on."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from booking import emails
from booking.carrying import unanswered
from booking.emails import Mail
from booking.models import Agreement, Booking, Facilitation, Session, WorkGroup
from booking.models.places import Status
from booking.naming import unnamed
from booking.schooldays import SchoolCalendar, Whose, after_working_hours, at_first, school_days_after
from notifications.outbox import put_mail
from notifications.words import Words

# So long before names are due their school is asked for them.
SOON = timedelta(days=7)
# A head is reminded once, so long before the answer is due, and never sooner than so long after the first mail.
REMIND = timedelta(days=3)
# Working hours before an offer lapses at which its school is reminded: a day of an office.
LAST_HOURS = 10
# A register that is older is seen in the office's list, and asked for by people.
LATEST = timedelta(days=14)


def ask_for_names(now: datetime) -> int:
    """Ask for names that are due within a week, and once more when they are late. Returns how many mails were made.

    The same is never asked twice: each mail bears the day that it is about.
    """
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    for one in unnamed(now):
        if (
            one.by is None
            or one.by - today > SOON
            or not calendar.may_write(now, one.booking.school.la_code, one.booking.school_id)
        ):
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
        if (
            one.due is None
            or one.asked_at is None
            or not calendar.may_write(now, one.booking.school.la_code, one.booking.school_id)
        ):
            continue
        if one.is_late(today):
            stage, mails = "late", emails.head_silent(one)
        elif one.due - today <= REMIND and today - timezone.localdate(one.asked_at) >= REMIND:
            stage, mails = "soon", emails.head_asked(one, again=True)
        else:
            continue
        made += _put(mails, f"head:{one.pk}:{one.asked_at:%Y%m%d}:{stage}", today)
    return made


def remind_of_offers(now: datetime) -> int:
    """Remind once of each offer that lapses within a working day; shorter ones say so themselves. Returns how many."""
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    offered = Booking.objects.filter(status=Status.OFFERED, offer_ends_at__gt=now)
    for one in offered.select_related("work_group", "school", "session", "made_by").order_by("pk"):
        whose, ends = Whose(one.school.la_code, one.school_id), one.offer_ends_at
        assert ends is not None  # the constraint of an offer says so
        assert one.offered_at is not None
        if not calendar.may_write(now, *whose) or after_working_hours(now, LAST_HOURS, **whose._asdict()) < ends:
            continue
        if after_working_hours(one.offered_at, LAST_HOURS, **whose._asdict()) >= ends:
            continue
        key = f"offer:{one.pk}:{int(one.offered_at.timestamp())}:soon"
        made += _put(emails.offer_ends_soon(one), key, today)
    return made


def ask_to_carry_on(now: datetime) -> int:
    """Ask once more, days before the answer is due, who has not said whether it carries on. Returns how many mails."""
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    for one in unanswered(now):
        asked = today - timezone.localdate(one.made_at)
        if not today <= one.due_on <= today + SOON or asked < REMIND:
            continue
        if calendar.may_write(now, one.school.la_code, one.school_id):
            made += _put(emails.carry_on(one, again=True), f"carry_on:{one.pk}:soon", today)
    return made


def ask_for_registers(now: datetime) -> int:
    """Ask who led a session, on the morning of the next school day, for a register not signed. Returns how many."""
    today, calendar, made = timezone.localdate(now), SchoolCalendar.load(), 0
    past = Session.objects.unsigned().filter(
        ends_at__lte=now, starts_at__gt=now - LATEST, work_group__status=WorkGroup.Status.PUBLISHED
    )
    for session in past.select_related("work_group", "venue").order_by("pk"):
        la_code, on = session.venue.la_code if session.venue else "", timezone.localdate(session.starts_at)
        due = at_first(next(school_days_after(on, la_code=la_code)))
        if due > now or not calendar.may_write(now, la_code):
            continue
        led = Facilitation.objects.filter(work_group=session.work_group_id).on(on).select_related("person")
        people = {part.person_id: part.person for part in led.order_by("pk")}.values()
        mails = [emails.register_to_take(session, one) for one in people if one.email and one.is_active]
        made += _put(mails, f"register:{session.pk}:{on}", today)
    return made


def _put(mails: Iterable[Mail], key: str, today: date) -> int:
    """Queue these mails, each once under this key. Who is on leave is not asked. Returns how many were made."""
    made, words = 0, Words.load()
    for mail in map(words.on, mails):
        if mail.person is not None and mail.person.is_away(today):
            continue
        made += put_mail(mail, once=True, dedupe_key=f"{key}:{mail.to}"[:120]) is not None
    return made
