"""Writing to a group: one letter, a mail of its own to each person."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import WorkGroup
from notifications import written
from notifications.models import Letter, Priority
from notifications.outbox import Envelope, put
from notifications.readers import Copy, Whom, readers_of


@transaction.atomic(durable=True)
def write_letter(*, work_group: WorkGroup, whom: Whom, subject: str, body: str, by: User, key: UUID) -> Letter:
    """Write to people of a group, as its lead or as hub staff. The same key writes once.

    Nobody sees another's address, or to whom else it went: a letter to who did not come says neither why nor that
    others did. Answers reach the writer.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    if not by.is_hub_staff and not work_group.is_led_by(by):
        raise ValidationError("You do not lead this group today. Please ask the hub.")
    if not by.email:
        raise ValidationError("People answer to your own e-mail address, and you have none here yet.")
    letter = Letter(work_group=work_group, audience=whom.audience, session=whom.session, school=whom.school)
    letter.subject, letter.body, letter.by, letter.at, letter.key = subject.strip(), written.tidied(body), by, now, key
    before = Letter.objects.filter(key=key).first()
    if before is not None:
        same = all(getattr(before, name) == getattr(letter, name) for name in _WHAT)
        if not same:
            raise ValidationError("This letter has been sent already. Begin a new one.")
        return before
    readers = readers_of(work_group, whom, timezone.localdate(now))
    if not readers.copies:
        raise ValidationError("Nobody would get this letter: choose to whom it goes.")
    letter.people = readers.people
    letter.full_clean()
    letter.save()
    for copy in readers.copies:
        post_copy(letter, copy)
    details = {"letter": letter.pk, "count": readers.people}
    history.write("wrote_to_group", about=[work_group], by=by, at=now, details=details, tells=False)
    return letter


_WHAT = ("work_group_id", "audience", "session_id", "school_id", "subject", "body", "by_id")


def mail_of(letter: Letter, copy: Copy) -> tuple[str, str, str, str]:
    """(subject, text, HTML, why) of one mail of a letter; the same to everybody but for a name."""
    group, by = letter.work_group.title, letter.by
    for_whom = "" if copy.is_own else f"For {copy.person.name}: "
    match letter.audience:
        case Letter.Audience.LEADS:
            reason = f"You book for a school that takes part in {group}."
        case Letter.Audience.SCHOOL:
            reason = f"Your school takes part in {group}."
        case _:
            reason = f"You take part in {group}."
    if not copy.is_own:
        reason = f"{copy.person.name} takes part in {group}, and has no e-mail address here. Please pass it on."
    text, html = written.mail(
        heading=f"{for_whom}{letter.subject}",
        opening=f"{by.name} writes to you about {group}.",
        body=letter.body,
        reason=reason,
        answer=f"{by.name}, {by.email}",
    )
    return f"{for_whom}{letter.subject}", text, html, reason


def post_copy(letter: Letter, copy: Copy) -> None:
    """Queue one mail of a letter, once."""
    subject, text, html, reason = mail_of(letter, copy)
    envelope = Envelope(
        kind="letter",
        to=copy.to.email or "",
        reason=reason,
        person=copy.to,
        priority=Priority.SERVICE,
        order_key=letter.order_key,
        # Of somebody without an address each of the school's leads gets one.
        dedupe_key=f"letter:{letter.pk}:{copy.person.pk}" + ("" if copy.is_own else f":{copy.to.pk}"),
        reply_to=letter.by.email or "",
    )
    put(envelope, subject=subject, text=text, html=html)
