"""What is asked for again by itself: names to follow, before they are due and once they are."""

from datetime import datetime, timedelta

from django.utils import timezone

from booking import emails
from booking.naming import unnamed
from notifications.outbox import Envelope, put

# So long before names are due their school is asked for them.
SOON = timedelta(days=7)


def ask_for_names(now: datetime) -> int:
    """Ask for names that are due within a week, and once more when they are late. Returns how many mails were made.

    The same is never asked twice: each mail bears the day that it is about.
    """
    today, made = timezone.localdate(now), 0
    for one in unnamed(now):
        if one.by is None or one.by - today > SOON:
            continue
        stage = "late" if one.is_late(today) else "soon"
        for mail in emails.names_due(one.booking, one.to_name, one.places, one.by, late=stage == "late"):
            envelope = Envelope(
                kind=mail.kind,
                to=mail.to,
                reason=mail.reason,
                person=mail.person,
                dedupe_key=f"names:{one.booking.pk}:{one.by}:{stage}:{mail.to}"[:120],
            )
            if mail.person is None or not mail.person.is_away(today):
                made += put(envelope, subject=mail.subject, text=mail.text, html=mail.html) is not None
    return made
