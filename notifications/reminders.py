"""Reminders, at most once each: what is due by what stands now, and has not been made yet."""

from datetime import datetime

from django.utils import timezone

from booking import emails, ical, reminders
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put_many
from notifications.owed import order_key
from notifications.words import Words

# So many mails are built and kept at once.
BATCH = 500


def remind(now: datetime) -> int:
    """Queue every reminder that is due and was not made before. Returns how many.

    Two workers at once make none twice: the key of each says the person, the session, its date and how long before.
    """
    due = reminders.due(now)
    if not due:
        return 0
    # Those of sessions still to come; were one overlooked, its key would still refuse a second.
    made = Notice.objects.filter(kind__in=["reminder", "half_way"], expires_at__gt=now)
    keys = set(made.values_list("dedupe_key", flat=True))
    fresh = [one for one in due if one.key not in keys]
    standings = ical.standings({one.session for one in fresh}) if fresh else {}
    today, count, words = timezone.localdate(now), 0, Words.load()
    for start in range(0, len(fresh), BATCH):
        mails = [
            (one, words.on((emails.half_way if one.task else emails.reminder)(one, standings[one.session.pk], today)))
            for one in fresh[start : start + BATCH]
        ]
        count += put_many(
            (
                Envelope.of(
                    mail,
                    priority=Priority.REMINDER,
                    once=True,
                    order_key=order_key(one.entry),
                    expires_at=one.session.starts_at,
                    dedupe_key=one.key,
                ),
                mail.subject,
                mail.text,
                mail.html,
            )
            for one, mail in mails
        )
    return count
