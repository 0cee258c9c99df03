"""The weekly mail: on Monday morning, one mail with all that was kept for somebody who asked for it that way."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.links import absolute
from booking.schooldays import FIRST, SchoolCalendar, Whose, whose_days
from notifications import written
from notifications.kinds import choices_link
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put

log = logging.getLogger(__name__)

State, Stop = Notice.State, Notice.Stop
REASON = "You asked for these mails once a week."


def send_weekly(now: datetime) -> int:
    """Bundle what was kept, for everybody whose week begins now. Returns how many mails were made.

    A week begins at 7.30am on its first school day; who was not written to then is written to later in the week.
    """
    kept = Notice.objects.filter(state=State.HELD, stop=Stop.DIGEST)
    people = User.objects.filter(pk__in=kept.values("person"), is_active=True).order_by("pk")
    if not people:
        return 0
    calendar, made, today = SchoolCalendar.load(), 0, timezone.localdate(now)
    whose = whose_days(person.pk for person in people)
    for person in people:
        la_code, school = whose.get(person.pk, Whose(""))
        began = _week_began(today, la_code, calendar, school)
        if began is None or began > now or not calendar.may_write(now, la_code, school) or person.is_away(today):
            continue
        try:
            made += _bundle(person, began, now)
        except Exception:  # whatever is wrong with one, the others still get theirs
            log.exception("weekly mail of person %s could not be made", person.pk)
    return made


def _week_began(today: date, la_code: str, calendar: SchoolCalendar, school: int | None) -> datetime | None:
    monday = today - timedelta(days=today.weekday())
    days = (monday + timedelta(days=number) for number in range(5))
    first = next((one for one in days if calendar.is_school_day(one, la_code, school)), None)
    return datetime.combine(first, FIRST, tzinfo=timezone.get_default_timezone()) if first else None


@transaction.atomic
def _bundle(person: User, began: datetime, now: datetime) -> bool:
    """One mail of what was kept before the week began. Whoever has the rows first makes it; it is made once."""
    kept = Notice.objects.filter(person=person, state=State.HELD, stop=Stop.DIGEST, made_at__lt=began)
    rows = list(kept.order_by("pk").select_for_update())
    past = [one.pk for one in rows if _is_past(one, now)]
    rows = [one for one in rows if one.pk not in past] if person.email else []
    subject = f"Your week: {len(rows)} {'thing' if len(rows) == 1 else 'things'} to know"
    text, html = written.mail(
        heading=subject,
        opening="",
        body=_body(rows),
        reason=REASON,
        links=[("All my mail", absolute(reverse("my_mail"))), choices_link()],
    )
    envelope = Envelope(
        kind="digest",
        to=person.email or "",
        reason=REASON,
        person=person,
        priority=Priority.REMINDER,
        secret=any(one.secret for one in rows),
        dedupe_key=f"digest:{person.pk}:{timezone.localdate(began)}",
    )
    made = put(envelope, subject=subject, text=text, html=html) if rows else None
    gone = Q(pk__in=past) | Q(pk__in=[one.pk for one in rows]) if made else Q(pk__in=past)
    Notice.objects.filter(gone).update(state=State.DROPPED, raw=b"")
    return made is not None


def _is_past(notice: Notice, now: datetime) -> bool:
    return notice.expires_at is not None and notice.expires_at <= now


def _body(rows: Sequence[Notice]) -> str:
    """Each mail under its subject, in Markdown; the foot that all of them share is left out."""
    return "\n\n".join(f"## {written.plain(one.subject)}\n\n{_words(bytes(one.raw))}" for one in rows)


def _words(raw: bytes) -> str:
    part = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    lines = str(part.get_content()).split("\n--\n")[0].splitlines()[1:] if part else []
    found = list[str]()
    for line in lines:
        label, colon, address = line.partition(": ")
        is_link = bool(colon) and address.startswith(settings.HUB_URL)
        found.append(f"[{written.plain(label)}]({address})" if is_link else written.plain(line))
    return "\n".join(found).strip()
