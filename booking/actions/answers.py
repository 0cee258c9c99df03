"""A person answers for themselves: I am coming, or I can't come."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from booking.answering import CANNOT, COMING, give_answer
from booking.models import CalendarEntry, Session

__all__ = ["CANNOT", "COMING", "answer"]


@transaction.atomic(durable=True)
def answer(*, person: User, session: Session, answer: str, by: User) -> CalendarEntry:
    """Answer an invitation. "Can't come" is written on the register as apologies; the place stays theirs."""
    now = timezone.now()
    entry, _ = give_answer(Session.objects.get_locked(session.pk), person, answer, by=by, now=now)
    return entry
