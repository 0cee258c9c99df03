"""The newsletter: an issue is written, goes at its moment, a few copies at a time, and can be stopped on its way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import history
from accounts.models import Subscription, Suppression, User
from booking.links import absolute
from notifications import news, written
from notifications.models import Issue, IssueCopy, Notice, Priority
from notifications.outbox import Envelope, put

MINUTE = timedelta(minutes=1)
WAITING = [Notice.State.QUEUED, Notice.State.RETRY, Notice.State.HELD]


@transaction.atomic(durable=True)
def save_issue(*, issue: Issue | None, subject: str, body: str, by: User) -> Issue:
    """Write an issue, or write it anew; without one it is a new draft."""
    now = timezone.now()
    is_new = issue is None
    issue = _locked(issue) if issue else Issue(made_by=by, made_at=now)
    if not issue.may_change:
        raise ValidationError("This newsletter is on its way. Stop it to change it for those who have not got it yet.")
    issue.subject, issue.body = " ".join(subject.split()), written.tidied(body)
    news.check_placeholders(issue.body)
    if issue.begun_at:
        before = Issue.objects.published().exclude(pk=issue.pk).order_by("-begun_at").first()
        issue.groups = news.find_groups(issue.body, now, before.begun_at if before else None) | issue.groups
    issue.full_clean()
    issue.save()
    history.write("issue_written" if is_new else "issue_changed", about=[issue], by=by, at=now, tells=False)
    return issue


@transaction.atomic(durable=True)
def send_issue(*, issue: Issue, due_at: datetime | None, by: User) -> Issue:
    """Let it go, at a moment to come or (None) now."""
    now = timezone.now()
    issue = _locked(issue)
    if issue.state not in ("draft", "scheduled"):
        raise ValidationError("This newsletter has gone already, or is on its way.")
    if due_at is not None and due_at <= now:
        raise ValidationError({"due_at": "Choose a moment that is still to come."})
    issue.due_at = due_at or now
    issue.full_clean()
    issue.save(update_fields=["due_at"])
    history.write("issue_scheduled" if due_at else "issue_sent", about=[issue], by=by, at=now, tells=False)
    return issue


@transaction.atomic(durable=True)
def stop_issue(*, issue: Issue, by: User) -> Issue:
    """Stop an issue: what has not left does not leave. One that has not begun is a draft again."""
    now = timezone.now()
    issue = _locked(issue)
    if issue.state == "scheduled":
        issue.due_at = None
    elif issue.state == "going":
        issue.stopped_at = now
        waiting = Notice.objects.filter(
            pk__in=issue.copies.filter(notice__isnull=False).values("notice"), state__in=WAITING
        )
        waiting = waiting.filter(sent_at__isnull=True)
        stopped = list(waiting.select_for_update().values_list("pk", flat=True))
        # Who had a copy waiting is without one again, and gets it if the issue goes on.
        issue.copies.filter(notice__in=stopped).delete()
        Notice.objects.filter(pk__in=stopped).update(state=Notice.State.DROPPED, raw=b"")
    else:
        raise ValidationError("There is nothing to stop.")
    issue.save(update_fields=["due_at", "stopped_at"])
    history.write("issue_stopped", about=[issue], by=by, at=now, tells=False)
    return issue


@transaction.atomic(durable=True)
def go_on(*, issue: Issue, by: User) -> Issue:
    """Let a stopped issue go on, to those who have not got it yet."""
    now = timezone.now()
    issue = _locked(issue)
    if issue.state != "stopped":
        raise ValidationError("This newsletter is not stopped.")
    issue.stopped_at = None
    issue.save(update_fields=["stopped_at"])
    history.write("issue_went_on", about=[issue], by=by, at=now, tells=False)
    return issue


@transaction.atomic(durable=True)
def try_issue(*, issue: Issue, topics: news.Topics, by: User) -> None:
    """Send it to oneself, as who reads about these topics gets it. Goes into nobody's count."""
    if not by.email:
        raise ValidationError("You have no e-mail address here to send it to.")
    body = news.words(issue.body, news.groups_of(issue, timezone.now()), topics)
    reason = "You asked for a test of this newsletter."
    links = [("Each reader has links here to change topics and to stop", absolute(reverse("newsletter")))]
    text, html = written.mail(heading=issue.subject, opening="", body=body, reason=reason, links=links)
    envelope = Envelope(
        kind="newsletter_test",
        to=by.email,
        reason=reason,
        person=by,
        priority=Priority.TODAY,
        sender=settings.HUB_NEWS_EMAIL,
        reply_to=settings.HUB_EMAIL,
    )
    put(envelope, subject=f"Test: {issue.subject}", text=text, html=html)


# ── The worker's part, decided by nobody: derived from who has not got it yet ─────────────────────────────────────────


@transaction.atomic(durable=True)
def begin_issue(*, issue: Issue, now: datetime) -> Issue | None:
    """Begin an issue whose moment has come: from now on its groups stand. None where another worker has it."""
    found = _claimed(issue, now)
    if found is not None and found.begun_at is None:
        last = Issue.objects.published().order_by("-begun_at").first()
        found.groups = news.find_groups(found.body, now, last.begun_at if last else None)
        found.begun_at = now
        found.save(update_fields=["groups", "begun_at"])
    return found


@transaction.atomic(durable=True)
def send_copies(*, issue: Issue, copies: Sequence[tuple[Subscription, str, str]], now: datetime) -> int:
    """Queue these copies, (reader, text, HTML) of each, as far as this minute's rate allows. Returns how many.

    The issue's row is locked meanwhile and who has a copy is left out, so that two workers send none twice; the words
    were made before, so that the lock is held for moments.
    """
    found = _claimed(issue, now)
    if found is None:
        return 0
    lately = IssueCopy.objects.filter(made_at__gt=now - MINUTE, notice__isnull=False).count()
    have = set(
        found.copies.filter(subscription__in=[one for one, _, _ in copies]).values_list("subscription", flat=True)
    )
    live = Subscription.objects.live().in_bulk([one.pk for one, _, _ in copies])
    fresh = [one for one in copies if one[0].pk in live and one[0].pk not in have]
    fresh = fresh[: max(0, settings.HUB_NEWS_PER_MINUTE - lately)]
    digests = {one.pk: Suppression.digest_of(one.email) for one, _, _ in fresh}
    unwanted = set(Suppression.objects.filter(digest__in=digests.values()).values_list("digest", flat=True))
    people = {one.email: one for one in User.objects.filter(email__in=[one.email for one, _, _ in fresh])}
    today, made = timezone.localdate(now), []
    for subscription, text, html in fresh:
        notice, person = None, people.get(subscription.email)
        is_away = person is not None and person.is_away(today)  # gets mail about their account only
        if digests[subscription.pk] not in unwanted and not is_away:
            notice = put(news.envelope(subscription, person), subject=found.subject, text=text, html=html)
        made.append(IssueCopy(issue=found, subscription=subscription, notice=notice, made_at=now))
    IssueCopy.objects.bulk_create(made)
    return len(made)


@transaction.atomic(durable=True)
def finish_issue(*, issue: Issue, now: datetime) -> bool:
    """Everybody has their copy, and none is on its way any more. Returns whether that is so."""
    found = _claimed(issue, now)
    on_its_way = [*WAITING, Notice.State.SENDING]
    if found is None or found.copies.filter(notice__state__in=on_its_way).exists():
        return False
    found.done_at, found.readers = now, found.copies.filter(notice__isnull=False).count()
    found.save(update_fields=["done_at", "readers"])
    return True


def _locked(issue: Issue) -> Issue:
    return Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)


def _claimed(issue: Issue, now: datetime) -> Issue | None:
    """The issue for this worker alone, if it is still to be sent and no other worker has it."""
    skips = connection.features.has_select_for_update_skip_locked
    return Issue.objects.to_send(now).select_for_update(no_key=True, skip_locked=skips).filter(pk=issue.pk).first()
