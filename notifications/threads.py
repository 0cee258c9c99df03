"""Mails that replace each other while they have not left, and whether what was said before has arrived."""

from accounts.models import HistoryLine, User
from booking import emails
from booking.emails import Mail
from booking.models import Booking, Session
from booking.models.places import Status
from notifications.models import Notice, NoticeQuerySet


def of_thread(mail: Mail) -> NoticeQuerySet:
    return Notice.objects.filter(order_key=mail.thread)


def is_unheard(mail: Mail) -> bool:
    """Was something made of this thread before, of which nothing can have arrived?"""
    made = of_thread(mail)
    return made.exists() and not made.may_have_arrived().exists()


def without_undone(mails: list[Mail]) -> list[Mail]:
    """Of the mails of a thread those that do not just take back what has not left: then neither leaves."""
    left = []
    for mail in mails:
        waiting = of_thread(mail).filter(to=mail.to).unsent()
        if waiting.exclude(kind=mail.kind).exists():
            waiting.update(state=Notice.State.DROPPED)
        else:
            left.append(mail)
    return left


def cover(booking: Booking, *, changed: bool = False, session: Session | None = None) -> list[Mail]:
    """The dates for whoever arranges cover. Who has not had the first of them hears of nothing that has changed."""
    mails = emails.cover_dates(booking, changed=changed, session=session)
    if not changed or not any(is_unheard(mail) for mail in mails):
        return mails
    if booking.status == Status.CONFIRMED:
        return emails.cover_dates(booking)
    for mail in mails:
        of_thread(mail).unsent().update(state=Notice.State.DROPPED)
    return []


def booking_of(line: HistoryLine) -> Booking:
    return Booking.objects.select_related("work_group", "school", "session__venue", "made_by").get(
        pk=line.details["booking"]
    )


def people_of(line: HistoryLine) -> list[User]:
    return list(User.objects.filter(pk__in=line.details.get("people", []), is_active=True).order_by("pk"))
