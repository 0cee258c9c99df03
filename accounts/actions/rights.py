"""What people may ask of the hub about their own data, and what the hub then does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.letters import write
from accounts.models import Complaint, Erasure, Page, Subscription, Suppression, User
from accounts.names import clean_name
from accounts.newsletter import WORDING, confirm_url, known_topics
from accounts.personal import Rule, erase_everywhere, finish_everywhere

BETWEEN_ASKING = timedelta(hours=1)


@transaction.atomic(durable=True)
def edit_me(*, person: User, name: str, job: str) -> User:
    """Correct one's own name and role."""
    now = timezone.now()
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = person.name
    person.name, person.job = clean_name(name), job.strip()[:60]
    if person.name != before:
        person.leave_behind(before)
    person.save(update_fields=["name", "job", "former"])
    schools = [membership.school for membership in person.memberships.current().select_related("school")]
    history.write("name_corrected", about=[person, *schools], by=person, at=now, tells=False)
    return person


@transaction.atomic(durable=True)
def ask_erasure(*, person: User) -> Erasure:
    """Ask to be forgotten; the hub answers within thirty days."""
    now = timezone.now()
    erasure, is_new = Erasure.objects.get_or_create(person=person, defaults={"asked_at": now})
    if not is_new and erasure.refused_at is None:
        raise ValidationError("You have asked already. The hub answers within thirty days.")
    erasure.asked_at, erasure.refused_at, erasure.refusal = now, None, ""
    erasure.save(update_fields=["asked_at", "refused_at", "refusal"])
    history.write("erasure_asked", about=[person], by=person, at=now, tells=False)
    return erasure


@transaction.atomic(durable=True)
def refuse_erasure(*, erasure: Erasure, reason: str, by: User) -> Erasure:
    """Say no, and why: the law lets a hub keep what a claim or the funder still needs."""
    now = timezone.now()
    erasure = Erasure.objects.select_for_update().select_related("person").get(pk=erasure.pk)
    if erasure.done_at or erasure.refused_at:
        raise ValidationError("This has been answered already.")
    if not reason.strip():
        raise ValidationError("Say why: the person has a right to know, and may complain.")
    erasure.refused_at, erasure.refusal = now, reason.strip()[:300]
    erasure.save(update_fields=["refused_at", "refusal"])
    words = {"name": erasure.person.name, "refusal": erasure.refusal}
    write("erasure_refused", erasure.person.email or "", words, reason="You asked the hub to forget you.")
    history.write("erasure_refused", about=[erasure.person], by=by, at=now, tells=False)
    return erasure


@transaction.atomic(durable=True)
def erase(*, person: User, by: User | None) -> Erasure:
    """Forget a person: their record counts on without a name, and coming sessions leave their calendar first."""
    now = timezone.now()
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if by is not None and by.pk == person.pk:
        raise ValidationError("Ask a colleague at the hub to do this: nobody erases themselves by mistake.")
    if person.memberships.requested().exists():
        raise ValidationError("Answer first what this person asked a school for: places may be held for them.")
    if person.is_hub_staff and not User.objects.hub_staff().exclude(pk=person.pk).exists():
        raise ValidationError("Nobody else is hub staff. Give somebody else the part first.")
    erasure, _ = Erasure.objects.get_or_create(person=person, defaults={"asked_at": now})
    if erasure.done_at:
        raise ValidationError("This person has been erased already.")
    schools = [membership.school for membership in person.memberships.current().select_related("school")]
    erase_everywhere(person, at=now)
    erasure.done_at, erasure.done_by, erasure.refused_at, erasure.refusal = now, by, None, ""
    erasure.save()
    history.write("person_erased", about=[person, *schools], by=by, at=now, tells=False)
    return erasure


@transaction.atomic(durable=True)
def finish_erasure(*, erasure: Erasure) -> bool:
    """Forget the old address once the last mail has left it. Returns whether it has."""
    erasure = Erasure.objects.select_for_update().select_related("person").get(pk=erasure.pk)
    if not finish_everywhere(erasure.person):
        return False
    erasure.finished_at = timezone.now()
    erasure.save(update_fields=["finished_at"])
    return True


@transaction.atomic(durable=True)
def note_seen(*, person: User, by: User) -> None:
    """Hub staff looked at everything held about somebody: the history says who and when."""
    history.write("data_seen", about=[person], by=by, at=timezone.now(), tells=False)


@transaction.atomic(durable=True)
def complain(*, name: str, email: str, words: str) -> Complaint:
    """Take a complaint about personal data, and say so at once."""
    now = timezone.now()
    complaint = Complaint.objects.create(name=clean_name(name), email=email.lower(), words=words.strip(), made_at=now)
    reason = "You complained about how the hub handles personal data."
    write("complaint_taken", complaint.email, {"complaint": complaint}, reason=reason)
    history.write("complaint_made", about=[complaint], by=None, at=now, tells=False)
    return complaint


@transaction.atomic(durable=True)
def note_complaint(*, complaint: Complaint, notes: str, outcome: str, close: bool, by: User) -> Complaint:
    """Keep notes on a complaint; close it with what came of it, which is mailed to who complained."""
    now = timezone.now()
    complaint = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if complaint.closed_at:
        raise ValidationError("This complaint is closed.")
    complaint.notes, complaint.outcome = notes.strip(), outcome.strip()
    if close:
        if not complaint.outcome:
            raise ValidationError({"outcome": "Say what came of it before you close a complaint."})
        complaint.closed_at, complaint.closed_by = now, by
        reason = "You complained about how the hub handles personal data."
        write("complaint_closed", complaint.email, {"complaint": complaint}, reason=reason)
    complaint.save()
    history.write("complaint_closed" if close else "complaint_noted", about=[complaint], by=by, at=now, tells=False)
    return complaint


@transaction.atomic(durable=True)
def change_page(*, slug: str, text: str, by: User) -> Page:
    """Change the words of the privacy notice or the accessibility statement; what stood before is in the history."""
    now = timezone.now()
    before = Page.objects.filter(slug=slug).first()
    page, _ = Page.objects.update_or_create(
        slug=slug, defaults={"text": text.strip(), "changed_at": now, "changed_by": by}
    )
    details = {"slug": slug, "before": before.text if before else ""}
    history.write("page_changed", about=[page], by=by, at=now, details=details, tells=False)
    return page


@transaction.atomic(durable=True)
def subscribe(
    *,
    email: str,
    source: str,
    by: User | None = None,
    phases: Sequence[str] = (),
    authorities: Sequence[str] = (),
) -> Subscription | None:
    """Ask for the newsletter. From an address we do not know to be theirs, a link in a mail confirms it.

    None for an address whose owner asked to be forgotten: it is not written to because somebody typed it. The page says
    the same as for any other, so that a stranger learns nothing; the owner comes back by making an account.
    """
    now, email = timezone.now(), email.strip().lower()
    is_proved = by is not None and by.email == email
    suppressed = Suppression.objects.of_address(email)
    if is_proved:
        suppressed.delete()
    elif suppressed.exists():
        return None
    given: dict[str, Any] = {"wording": WORDING, "source": source, "asked_at": now}
    if phases or authorities:  # who comes back and says nothing reads about what they read about before
        given["phases"], given["authorities"] = known_topics(phases, authorities)
    subscription, is_new = Subscription.objects.get_or_create(email=email, defaults=given)
    if subscription.is_live:
        return subscription
    waits = not is_new and subscription.ended_at is None and now - subscription.asked_at < BETWEEN_ASKING
    if waits and by is None:
        return subscription  # a mail has just asked back; nobody's mailbox is to be filled by pressing again
    for field, value in given.items():
        setattr(subscription, field, value)
    subscription.confirmed_at, subscription.ended_at = now if is_proved else None, None
    subscription.save()
    if not is_proved:
        reason = "Somebody gave this address for the hub's newsletter."
        write("newsletter_confirm", email, {"url": confirm_url(subscription)}, reason=reason)
    return subscription


@transaction.atomic(durable=True)
def choose_topics(*, subscription: Subscription, phases: Sequence[str], authorities: Sequence[str]) -> Subscription:
    """Read about something else from the next newsletter on."""
    subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    subscription.phases, subscription.authorities = known_topics(phases, authorities)
    subscription.save(update_fields=["phases", "authorities"])
    return subscription


@transaction.atomic(durable=True)
def confirm_subscription(*, subscription: Subscription) -> Subscription:
    now = timezone.now()
    subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    if not subscription.is_live:
        subscription.confirmed_at, subscription.ended_at = now, None
        subscription.save(update_fields=["confirmed_at", "ended_at"])
    return subscription


@transaction.atomic(durable=True)
def unsubscribe(*, subscription: Subscription) -> Subscription:
    """End the newsletter at once; that it was once wanted, and to which words, is kept as proof."""
    now = timezone.now()
    subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    if subscription.ended_at is None:
        subscription.ended_at = now
        subscription.save(update_fields=["ended_at"])
    return subscription


@transaction.atomic(durable=True)
def apply_rule(*, rule: Rule, now: datetime, rehearse: bool = False) -> int:
    """Dispose of what a rule of retention no longer keeps. Returns how many rows; a rehearsal only counts."""
    due = rule.due(now)
    return due.count() if rehearse else rule.dispose(due, now)
