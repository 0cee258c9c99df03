"""Hub staff say a kind of mail in words of their own, go back to earlier ones, and try how a mail looks."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from notifications.examples import example
from notifications.kinds import WORDED
from notifications.models import Notice, Priority, Wording
from notifications.outbox import Envelope, put
from notifications.words import Words, check

SAMPLE = "Sample: "


@transaction.atomic(durable=True)
def reword(*, kind: str, subject: str, paragraph: str, by: User) -> Wording:
    """Say a kind of mail in these words from now on; empty: in ours. Every version is kept.

    Raises ValidationError, by field, for a name that this kind does not know.
    """
    wrong: dict[str, ValidationError] = {}
    for field, words in (("subject", subject), ("paragraph", paragraph)):
        try:
            check(kind, words)
        except ValidationError as refusal:
            wrong[field] = refusal
    if wrong:
        raise ValidationError(wrong)
    subject, paragraph = " ".join(check(kind, subject).split()), check(kind, paragraph).strip()
    ours = WORDED[kind]
    made = Wording(
        kind=kind,
        subject="" if subject == ours.subject else subject,
        paragraph="" if paragraph == ours.paragraph else paragraph,
        by=by,
        at=timezone.now(),
    )
    made.full_clean()
    made.save()
    _note("mail_reworded", made)
    return made


@transaction.atomic(durable=True)
def restore(*, kind: str, version: int | None, by: User) -> Wording:
    """Take up an earlier version again, as a new one; none: our own words."""
    before = Wording.objects.filter(kind=kind, pk=version).first() if version else None
    if version and before is None:
        raise ValidationError("That version is not there.")
    made = Wording.objects.create(
        kind=kind,
        subject=before.subject if before else "",
        paragraph=before.paragraph if before else "",
        by=by,
        at=timezone.now(),
    )
    _note("mail_words_restored", made)
    return made


def _note(verb: str, made: Wording) -> None:
    """The words themselves are kept by version, and may name somebody: the line says which."""
    details = {"kind": made.kind, "version": made.pk}
    history.write(verb, about=[made], by=made.by, at=made.at, details=details, tells=False)


@transaction.atomic(durable=True)
def send_sample(*, notice: Notice, by: User) -> Notice | None:
    """The same mail to who asks for it, marked as a sample.

    Of a mail with a code or a personal link they get an invented one: nobody sees another's link.
    """
    if not by.email:
        raise ValidationError("A sample goes to your own e-mail address, and you have none here yet.")
    if not notice.secret and notice.raw:
        subject, text, html = _said(bytes(notice.raw))
    elif notice.kind in WORDED:
        mail = Words.load().on(example(notice.kind))
        subject, text, html = mail.subject, mail.text, mail.html
    else:
        raise ValidationError("This mail holds something personal, so there is no sample of it.")
    envelope = Envelope(
        kind="sample", to=by.email, reason="You asked for a sample of a mail.", person=by, priority=Priority.SERVICE
    )
    return put(envelope, subject=f"{SAMPLE}{subject}", text=text, html=html)


def _said(raw: bytes) -> tuple[str, str, str]:
    """(subject, text, HTML) of a mail as it left, without its calendar part: a sample puts nothing into a calendar."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    return str(message["Subject"]), plain.get_content() if plain else "", rich.get_content() if rich else ""
