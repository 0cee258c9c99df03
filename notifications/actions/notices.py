"""What a person decides about a mail. The rules are those of every action: one transaction, the actor, the history."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from notifications.models import Notice, Pause
from notifications.stopping import is_urgent
from notifications.wake import wake

# A mail in these states is with nobody, and does not move by itself.
SETTLED = [Notice.State.UNKNOWN, Notice.State.FAILED]


@transaction.atomic(durable=True)
def send_again(*, notice: Notice, by: User) -> None:
    """Queue a mail that may not have arrived, or could not be delivered, with the very bytes it had.

    Whoever did get it gets the same Message-ID, which most mail programs show once.
    """
    now = timezone.now()
    row = _lock(notice)
    if why := why_not_again(row):
        raise ValidationError(why)
    row.state, row.next_try_at, row.attempts, row.error, row.done_at = Notice.State.QUEUED, now, 0, "", None
    row.save(update_fields=["state", "next_try_at", "attempts", "error", "done_at"])
    _note("mail_sent_again", row, by)
    transaction.on_commit(wake, robust=True)


@transaction.atomic(durable=True)
def note_arrival(*, notice: Notice, by: User) -> None:
    """Somebody has asked: the mail did arrive. Nothing is sent, and it is on nobody's list any more."""
    row = _lock(notice)
    if row.state != Notice.State.UNKNOWN:
        raise ValidationError("What became of this mail is known already. Look again.")
    row.state, row.sent_at = Notice.State.SENT, row.sent_at or timezone.now()
    if row.secret:
        row.raw = b""
    row.save(update_fields=["state", "sent_at", "raw"])
    _note("mail_arrived", row, by)


@transaction.atomic(durable=True)
def deal_with(*, notice: Notice, by: User) -> None:
    """A mail that could not be delivered is on nobody's list any more: whoever it was for knows, or need not."""
    row = _lock(notice)
    if row.state != Notice.State.FAILED or row.done_at is not None:
        raise ValidationError("There is nothing to do about this mail any more. Look again.")
    row.done_at = timezone.now()
    row.save(update_fields=["done_at"])
    _note("mail_dealt_with", row, by)


def why_not_again(notice: Notice) -> str:
    """Why a mail cannot be sent again, in words for the office; nothing where it can."""
    if notice.state not in SETTLED:
        return "This mail is not one that may have been lost. Look again."
    if not bytes(notice.raw):
        return "Its text has been wiped, or its address is none that mail can be sent to, so there is nothing to send."
    if notice.expires_at is not None and notice.expires_at <= timezone.now():
        return "The session that it is about has begun, so it would help nobody."
    newer = Notice.objects.filter(order_key=notice.order_key, sequence__gt=notice.sequence or 0)
    if notice.sequence is not None and newer.exists():
        return "Something newer about the same session has been sent since; this would put the old back."
    paused = Pause.objects.open().filter(work_group=notice.work_group_id).first() if notice.work_group_id else None
    if paused is not None and not is_urgent(notice):
        return f"Mail about this group is paused (“{paused.reason}”). Send it again once the pause has ended."
    return ""


def _lock(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)


def _note(verb: str, notice: Notice, by: User) -> None:
    people = [notice.person_id] if notice.person_id else []
    history.write(verb, about=[notice], people=people, by=by, at=timezone.now(), tells=False)
