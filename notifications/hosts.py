"""Whoever opens the door at a venue hears the school day before who comes: once for each session, day and address."""

from datetime import datetime, timedelta

from django.utils import timezone

from booking import emails
from booking.models import Session, WorkGroup
from booking.reminders import AHEAD
from booking.reports.hosts import expected_at
from booking.schooldays import SchoolCalendar, at_first
from notifications.outbox import put_mail
from notifications.words import Words


def tell_hosts(now: datetime) -> int:
    """Tell every host whose session is on the next school day of theirs. Returns how many mails were made."""
    calendar, words, made = SchoolCalendar.load(), Words.load(), 0
    coming = Session.objects.coming(now).filter(
        starts_at__lt=now + AHEAD, work_group__status=WorkGroup.Status.PUBLISHED, venue__isnull=False
    )
    coming = coming.exclude(venue__host_email="").exclude(mode=Session.Mode.ONLINE)
    for session in coming.select_related("work_group", "venue").order_by("starts_at", "pk"):
        assert session.venue is not None
        on, la_code = timezone.localdate(session.starts_at), session.venue.la_code
        due = at_first(calendar.last_on_or_before(on - timedelta(days=1), la_code))
        if due > now or not calendar.may_write(now, la_code):
            continue
        for mail in map(words.on, emails.host_of_tomorrow(session, expected_at(session).headcount)):
            notice = put_mail(
                mail,
                once=True,
                order_key=f"host:{session.pk}",
                expires_at=session.starts_at,
                dedupe_key=f"host:{session.pk}:{session.venue.pk}:{on}:{mail.to}"[:120],
            )
            made += notice is not None
    return made
