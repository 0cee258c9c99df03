"""An address that takes no mail is marked, and who books for its person hears of it; in the caller's transaction."""

from datetime import datetime

from accounts.bounced import came_back
from accounts.models import User
from booking import emails
from notifications.outbox import put_mail
from notifications.words import Words


def mark(address: str, *, code: str, words: str, key: str, now: datetime) -> None:
    """Nothing more goes there; the hub sees it, and each lead is told once. `key` says what it was found by."""
    bounced = came_back(address, code=code, words=words, at=now)
    for person in User.objects.filter(email=bounced.address) if bounced else []:
        for membership in person.memberships.current().select_related("school").order_by("pk"):
            for lead in emails.leads_of(membership.school):
                if bounced and lead.pk != person.pk:
                    mail = emails.mail_came_back(person, membership, bounced.why, lead)
                    put_mail(Words.load().on(mail), dedupe_key=f"{key}:{person.pk}:{lead.pk}")
