"""What comes of a mail that came to the hub: by itself where it is sure what and who, else by hub staff."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import history
from accounts.models import BouncedAddress, HistoryLine, User
from booking import emails
from booking.answering import CANNOT, give_answer
from booking.links import answers_as
from booking.models import Attendance, CalendarEntry, Session
from notifications import bounced
from notifications.inbound.bounces import Bounce
from notifications.inbound.replies import Reply
from notifications.inbound.sort import Sorted
from notifications.models import Inbound, Notice
from notifications.outbox import put_mail
from notifications.words import Words

State = Inbound.State


@transaction.atomic(durable=True)
def receive(*, mail: Sorted) -> Inbound:
    """Note a mail, and act on it; one that was noted before, by this worker or another, does nothing."""
    now = timezone.now()
    waits = mail.kind != Inbound.Kind.MACHINE
    noted = {
        "kind": mail.kind,
        "state": State.WAITING if waits else State.IGNORED,
        "why": mail.why[:300],
        "sender": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "at": now,
        "person": User.objects.filter(email=mail.sender.lower()).first() if mail.sender else None,
    }
    row, is_new = Inbound.objects.get_or_create(digest=mail.digest, defaults=noted)
    if is_new and mail.bounce is not None:
        _come_back(row, mail.bounce, now)
    elif is_new and mail.reply is not None:
        _answer(row, mail, mail.reply, now)
    return row


@transaction.atomic(durable=True)
def take(*, inbound: Inbound, by: User) -> Inbound:
    """Take a reply as it says, because somebody at the hub knows that it is from whom it says."""
    now = timezone.now()
    row = _get_waiting(inbound)
    if not row.can_be_taken or row.entry is None:
        raise ValidationError("This mail does not say who comes, or does not.")
    session = Session.objects.get_locked(row.entry.session_id)
    _take(row, row.entry.person, session, now)
    _close(row, row.state, by, now)
    about, people = [session], [row.entry.person_id]
    history.write("reply_taken", about=about, people=people, by=by, at=now, details={"inbound": row.pk}, tells=False)
    return row


@transaction.atomic(durable=True)
def close(*, inbound: Inbound, by: User, ignore: bool = False) -> Inbound:
    """A mail that waited has been dealt with; or nothing is to be done."""
    row = _get_waiting(inbound)
    _close(row, State.IGNORED if ignore else State.DONE, by, timezone.now())
    return row


@transaction.atomic(durable=True)
def write_again(*, address: BouncedAddress) -> None:
    """An address works again: its person's coming sessions are told anew, and its bounce is forgotten."""
    now = timezone.now()
    cleared = BouncedAddress.objects.select_for_update(no_key=True).filter(pk=address.pk, cleared_at__isnull=False)
    for row in cleared:
        kept_from = CalendarEntry.objects.wanted().filter(
            person__email=row.address, told_address=row.address, session__in=Session.objects.coming(now)
        )
        kept_from.update(sequence=F("sequence") + 1, changed_at=now, tell_after=now)
        row.delete()


def _get_waiting(inbound: Inbound) -> Inbound:
    rows = Inbound.objects.select_for_update(no_key=True, of=("self",)).select_related("entry__person")
    row = rows.get(pk=inbound.pk)
    if row.state != State.WAITING:
        raise ValidationError("Somebody has dealt with this mail already.")
    return row


def _close(row: Inbound, state: str, by: User, now: datetime) -> None:
    row.state, row.done_at, row.done_by = State(state), now, by
    row.save(update_fields=["state", "done_at", "done_by", "why"])


def _answer(row: Inbound, mail: Sorted, reply: Reply, now: datetime) -> None:
    """Take an answer, or say why not. Whoever's invite it was is the only one whom it can speak for."""
    entry = CalendarEntry.objects.select_related("person", "session").filter(uid=reply.uid).first()
    if entry is None:
        _settle(row, State.WAITING, "It answers an invite that is not ours.")
        return
    if reply.attendee not in {entry.told_address.lower(), (entry.person.email or "").lower()} - {""}:
        _settle(row, State.WAITING, "It answers for somebody to whom this invite did not go.")
        return
    session = Session.objects.get_locked(entry.session_id)
    entry.refresh_from_db(fields=["sequence", "answer"])
    row.entry, row.person, row.says = entry, entry.person, Inbound.Says(reply.says)
    # A clock that is wrong must not make an answer the newest for ever.
    row.stamped_at = min(reply.stamp or now, now)
    tokens = {answers_as(address) for address in mail.sent_to}
    if reply.sequence < entry.sequence:
        _settle(row, State.IGNORED, "It answers an older invite; a newer one asks again.")
    elif _has_answered_since(entry, row.stamped_at):
        _settle(row, State.IGNORED, "A later answer stands.")
    elif mail.proved != reply.attendee and entry.person_id not in tokens:
        _settle(row, State.WAITING, f"It says that it is from {entry.person}, and that is not proved.")
    elif row.says == Inbound.Says.PERHAPS:
        _settle(row, State.NOTED, "They may come, and may not.")
    else:
        try:
            _take(row, entry.person, session, now)
        except ValidationError as refusal:
            words = " ".join(refusal.messages)
            _settle(row, State.WAITING if row.says == Inbound.Says.CANNOT else State.IGNORED, words)
        else:
            _settle(row, row.state, "")


def _settle(row: Inbound, state: str, why: str) -> None:
    row.state, row.why = State(state), why[:300]
    row.save()


def _has_answered_since(entry: CalendarEntry, stamp: datetime) -> bool:
    """By a mail that their calendar made later, or on a page after this one was made."""
    taken = Inbound.objects.filter(entry=entry, state__in=[State.TAKEN, State.NOTED], stamped_at__gte=stamp)
    if taken.exists():
        return True
    lines = HistoryLine.objects.about(entry.session).filter(verb="answered", at__gt=stamp)
    return any(entry.person_id in line.details.get("people", []) and not line.details.get("by_mail") for line in lines)


def _take(row: Inbound, person: User, session: Session, now: datetime) -> None:
    """Write the answer down as the person's own. Who cannot come is asked what to do; the place stays theirs."""
    if row.says == Inbound.Says.PERHAPS:
        row.state = State.NOTED
        return
    _, changed = give_answer(session, person, row.says, by=person, now=now, by_mail=True)
    row.state = State.TAKEN
    if changed and row.says == CANNOT and person.email:
        own = Attendance.objects.filter(session=session, person=person, place__isnull=False).first()
        school = own.school_id if own else None
        mail = emails.declined_by_mail(person, session, school, has_place=own is not None)
        put_mail(Words.load().on(mail), dedupe_key=f"declined:{row.pk}")


def _come_back(row: Inbound, bounce: Bounce, now: datetime) -> None:
    """A mail of ours came back: it shows so; where that is because of the address, nothing more goes there."""
    notice = Notice.objects.select_for_update(no_key=True).filter(key=bounce.key).first() if bounce.key else None
    words = f"{bounce.code} {bounce.words}".strip() or "No reason was given."
    if notice is None:
        _settle(row, State.WAITING, f"A mail came back, and it is none of those that are kept here. {words}")
        return
    row.notice, row.person = notice, notice.person
    _settle(row, State.NOTED, words)
    if not bounce.failed:
        return  # it is still being tried, or has arrived after all
    if notice.state in (Notice.State.SENT, Notice.State.UNKNOWN):
        # It stands in no calendar, so the next invite of this session is the first one there.
        notice.state, notice.sent_at, notice.error = Notice.State.FAILED, None, f"It came back: {words}"[:300]
        notice.save(update_fields=["state", "sent_at", "error"])
    if not bounce.is_of_the_address or not notice.to:  # a mail to somebody who is forgotten has no address any more
        return
    bounced.mark(notice.to, code=bounce.code, words=bounce.words, key=f"came-back:{row.pk}", now=now)
