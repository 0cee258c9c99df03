"""The hub stops mail about a group for a while, and lets it go on."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import WorkGroup
from notifications.hours import let_go_at
from notifications.kinds import CANCELLATIONS, FOUND_ANEW
from notifications.models import Notice, Pause, Priority

State, Stop = Notice.State, Notice.Stop


@transaction.atomic(durable=True)
def pause(*, work_group: WorkGroup, reason: str, by: User) -> Pause:
    """From now on no mail about this group leaves, but cancellations, changes of today's, and what is about log-ins."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    begun = Pause(work_group=work_group, reason=reason.strip(), by=by, at=now)
    begun.full_clean()
    begun.save()
    waiting = Notice.objects.filter(
        work_group=work_group, state__in=[State.QUEUED, State.RETRY], priority__gt=Priority.TODAY, always=False
    )
    waiting.exclude(kind__in=CANCELLATIONS).update(state=State.HELD, stop=Stop.PAUSE)
    history.write("mail_paused", about=[work_group], by=by, at=now, reason=begun.reason, tells=False)
    return begun


@transaction.atomic(durable=True)
def go_on(*, work_group: WorkGroup, by: User) -> int:
    """Let mail about this group leave again. Returns how many mails were let go.

    What can wait leaves when schools are written to, not in the night. What came too late or was overtaken does not
    leave. What is found by what stands (reminders) is dropped with its key, so that it is found anew, in the words of
    the day, where it still helps.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    ended = Pause.objects.open().filter(work_group=work_group).update(ended_at=now, ended_by=by)
    if not ended:
        raise ValidationError("Mail about this group is not paused.")
    held = Notice.objects.filter(work_group=work_group, state=State.HELD, stop=Stop.PAUSE)
    held.filter(kind__in=FOUND_ANEW).update(state=State.DROPPED, dedupe_key=None)
    past = Q(expires_at__lte=now) | Q(session__ends_at__lte=now) & ~Q(kind__in=["what_we_did", "letter"])
    late = list(held.filter(past).values_list("pk", flat=True))
    Notice.objects.filter(pk__in=late).update(state=State.DROPPED)
    newest: dict[tuple[str, str], int] = {}
    told = Notice.objects.filter(work_group=work_group, sequence__isnull=False).exclude(state=State.DROPPED)
    rows = list(held.filter(sequence__isnull=False).values_list("pk", "order_key", "to", "sequence"))
    for key, to, sequence in told.filter(order_key__in={row[1] for row in rows}).values_list(
        "order_key", "to", "sequence"
    ):
        newest[key, to] = max(newest.get((key, to), 0), sequence or 0)
    overtaken = [pk for pk, key, to, sequence in rows if (sequence or 0) < newest[key, to]]
    held.filter(pk__in=overtaken).update(state=State.DROPPED)
    count = 0
    for moment, pks in let_go_at(held, work_group, now).items():
        count += held.filter(pk__in=pks).update(state=State.QUEUED, stop="", next_try_at=moment)
    details = {"count": count}
    history.write("mail_let_go", about=[work_group], by=by, at=now, details=details, tells=False)
    return count
