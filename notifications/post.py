"""Sending newsletters that are due, a few copies at a time: who has none yet is found by query, each time."""

import logging
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Subscription
from notifications import news
from notifications.actions.issues import begin_issue, finish_issue, send_copies
from notifications.models import Issue, IssueCopy

log = logging.getLogger(__name__)

# So many at once: on SQLite a booking waits while these are written.
BATCH = 25


def post(now: datetime) -> int:
    """Queue what is due of every issue, at the hub's rate. Returns how many copies were made."""
    made = 0
    for issue in Issue.objects.to_send(now):
        try:
            made += _post(issue, now)
        except Exception:  # whatever is wrong with one issue, the others still go
            log.exception("issue %s could not be sent on", issue.pk)
    return made


def without_copy(issue: Issue) -> QuerySet[Subscription]:
    """Readers who have not got this issue, in the order they asked for the newsletter."""
    copies = IssueCopy.objects.filter(issue=issue, subscription=OuterRef("pk"))
    return Subscription.objects.live().filter(~Exists(copies)).order_by("pk")


def _post(issue: Issue, now: datetime) -> int:
    begun = begin_issue(issue=issue, now=now)
    if begun is None:
        return 0  # another worker has it
    groups, bodies, made = news.groups_of(begun, now), dict[news.Topics, str](), 0
    while readers := without_copy(begun)[:BATCH]:
        copies = []
        for reader in readers:
            topics = news.Topics.of(reader.phases, reader.authorities)
            if topics not in bodies:
                bodies[topics] = news.words(begun.body, groups, topics)
            copies.append((reader, *news.mail(begun, bodies[topics], reader)))
        sent = send_copies(issue=begun, copies=copies, now=now)
        made += sent
        if not sent:
            return made  # this minute's are made, another worker has it, or it was stopped
    finish_issue(issue=begun, now=now)
    return made
