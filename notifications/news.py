"""What one issue of the newsletter says to one reader: its words, and the groups that it pulls in by itself."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLink, Subscription, User
from accounts.newsletter import known_topics, topics_url, unsubscribe_url
from booking.links import absolute
from booking.models import Session, WorkGroup
from booking.models.programme import PHASES
from booking.reports.shown import rows_of
from booking.templatetags.words import day
from notifications import written
from notifications.models import Issue, Priority
from notifications.outbox import Envelope, one_line
from notifications.written import plain

# What may stand on a line of its own, and what comes in its place.
PLACEHOLDERS = {"open": "groups that are open for booking", "new": "groups published since the last newsletter"}
# The first newsletter calls new what was published within so many days.
FIRST_LOOKS_BACK = timedelta(days=90)
_LINE = re.compile(r"^[ \t]*\{+([^{}\n]*)\}+[ \t]*$", re.MULTILINE)
_INLINE = re.compile(r"\{+\s*([A-Za-z][A-Za-z _-]{2,})\s*\}+")


@dataclass(frozen=True)
class Topics:
    """What somebody reads about, by codes; none: everything."""

    phases: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()

    @classmethod
    def of(cls, phases: Iterable[str], authorities: Iterable[str]) -> "Topics":
        known = known_topics(phases, authorities)
        return cls(*map(tuple, known))

    def fit(self, group: WorkGroup, sessions: Sequence[Session]) -> bool:
        """Of a phase they read about, held where they read about; online, or with no venue yet, is near."""
        is_for = not self.phases or any(getattr(group, PHASES[one]) for one in self.phases)
        planned = [one for one in sessions if one.is_planned]
        near = (
            not self.authorities
            or not planned
            or any(
                one.mode != Session.Mode.IN_PERSON or one.venue is None or one.venue.la_code in self.authorities
                for one in planned
            )
        )
        return is_for and near


@dataclass(frozen=True)
class Groups:
    """The groups that an issue can pull in, by placeholder, with their sessions and where they are in words."""

    by_name: dict[str, list[WorkGroup]]
    now: datetime

    @classmethod
    def of(cls, ids: dict[str, list[int]]) -> "Groups":
        """Still seen by anyone: a group withdrawn meanwhile is left out."""
        known = WorkGroup.objects.seen_by_anyone().in_bulk([pk for some in ids.values() for pk in some])
        return cls.among(known, ids, timezone.now())

    @classmethod
    def among(cls, known: dict[int, WorkGroup], ids: dict[str, list[int]], now: datetime) -> "Groups":
        return cls({name: [known[pk] for pk in some if pk in known] for name, some in ids.items()}, now)

    def lines(self, name: str, topics: Topics) -> str:
        """The groups of one placeholder that fit these topics, as a list in Markdown."""
        groups = self.by_name.get(name, [])
        rows = rows_of(groups, timezone.localdate(self.now))
        fitting = [group for group in groups if topics.fit(group, rows[group.pk].sessions)]
        if not fitting:
            return "Nothing at the moment" + (" for what you read about." if topics != Topics() else ".")
        return "\n".join(
            f"- **[{plain(group.title)}]({absolute(group.get_absolute_url())})**  \n"
            f"  {plain(group.summary)} {plain(_facts(group, rows[group.pk].when, rows[group.pk].where))}"
            for group in fitting
        )


def check_placeholders(body: str) -> None:
    """Refuse, in words, a placeholder that nobody knows, or one in the middle of a line."""
    known = " and ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for found in _LINE.finditer(body):
        if found[1].strip().lower() not in PLACEHOLDERS:
            raise ValidationError({"body": f"“{found[0].strip()}” is not known here. There are {known}."})
    for found in _INLINE.finditer(_LINE.sub("", body)):
        raise ValidationError({"body": f"“{found[0]}” stands within a line. There are {known}, on lines of their own."})


def pulled_in(body: str) -> set[str]:
    """The names of the placeholders in it."""
    return {found[1].strip().lower() for found in _LINE.finditer(body)} & set(PLACEHOLDERS)


def find_groups(body: str, now: datetime, before: datetime | None) -> dict[str, list[int]]:
    """The groups for each placeholder of an issue by now. `before`: when the last one began.

    A new group that is open stands among the new ones alone, where an issue has both.
    """
    wanted, found = pulled_in(body), dict[str, list[int]]()
    published = WorkGroup.objects.published().exclude(recruitment=WorkGroup.Recruitment.INVITATION)
    if "new" in wanted:
        published_at = HistoryLink.objects.filter(
            content_type=ContentType.objects.get_for_model(WorkGroup),
            object_id=OuterRef("pk"),
            line__verb="work_group_published",
            line__at__gt=before or now - FIRST_LOOKS_BACK,
        )
        found["new"] = _ids(published.filter(Exists(published_at)))
    if "open" in wanted:
        coming = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
        is_open = published.filter(
            Q(opens_at__isnull=True) | Q(opens_at__lte=now),
            Q(closes_at__isnull=True) | Q(closes_at__gt=now),
            Q(unit=WorkGroup.Unit.SESSION) | Q(capacity__isnull=True) | Q(taken__lt=F("capacity")),
            Q(capacity_schools__isnull=True) | Q(taken_schools__lt=F("capacity_schools")),
            Exists(coming.filter(work_group=OuterRef("pk"))),
        )
        found["open"] = [pk for pk in _ids(is_open) if pk not in found.get("new", [])]
    return found


def groups_of(issue: Issue, now: datetime) -> Groups:
    """Those it went with; before it goes, those it would go with now."""
    if issue.begun_at is not None:
        return Groups.of(issue.groups)
    last = Issue.objects.published().exclude(pk=issue.pk).order_by("-begun_at").first()
    return Groups.of(find_groups(issue.body, now, last.begun_at if last else None))


def archived(issues: Sequence[Issue]) -> list[str]:
    """The Markdown of each issue for everybody, with the groups as they are called now. Two queries for all of them."""
    ids = {pk for issue in issues for some in issue.groups.values() for pk in some}
    known = WorkGroup.objects.seen_by_anyone().in_bulk(ids)
    now = timezone.now()
    rows_of(list(known.values()), timezone.localdate(now))  # kept, so that drawing one after the other asks no more
    return [words(issue.body, Groups.among(known, issue.groups, now), Topics()) for issue in issues]


def words(body: str, groups: Groups, topics: Topics) -> str:
    """The Markdown of an issue for who reads about these topics."""

    def lines(found: re.Match[str]) -> str:
        name = found[1].strip().lower()
        return f"\n{groups.lines(name, topics)}\n" if name in PLACEHOLDERS else found[0]

    return _LINE.sub(lines, body)


def mail(issue: Issue, body: str, subscription: Subscription) -> tuple[str, str]:
    """(text, HTML) of one reader's copy, with links that change and end their newsletter and nobody else's."""
    links = [
        ("Read it on our site", absolute(issue.get_absolute_url())),
        ("Change what it is about", topics_url(subscription)),
        ("Stop the newsletter", unsubscribe_url(subscription)),
    ]
    return written.mail(heading=issue.subject, opening="", body=body, reason=reason(subscription), links=links)


def reason(subscription: Subscription) -> str:
    return f"You asked for the hub's newsletter on {day(subscription.confirmed_at)}."


def envelope(subscription: Subscription, person: User | None = None) -> Envelope:
    """One copy: last in the queue, at most once, and with the headers by which a mail program can stop it.

    RFC 8058, 3.1 asks for one HTTPS address in List-Unsubscribe (RFC 2369, 3.2) beside List-Unsubscribe-Post, both to
    be signed by the hub's mail server (DKIM; RFC 8058, 4). List-Id names the list itself (RFC 2919, 3).
    """
    host = settings.HUB_NEWS_EMAIL.rpartition("@")[2] or urlsplit(settings.HUB_URL).hostname or "localhost"
    name = one_line(settings.HUB_NAME).replace("<", "").replace(">", "")
    return Envelope(
        kind="newsletter",
        to=subscription.email,
        reason=reason(subscription),
        person=person,
        priority=Priority.BULK,
        secret=True,
        once=True,
        sender=settings.HUB_NEWS_EMAIL,
        reply_to=settings.HUB_EMAIL,
        headers={
            "List-Id": f"{name if name.isascii() else 'Newsletter'} <newsletter.{host}>",
            "List-Unsubscribe": f"<{unsubscribe_url(subscription)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Archive": f"<{absolute(reverse('newsletter_archive'))}>",
        },
    )


def _ids(groups: Iterable[WorkGroup]) -> list[int]:
    return [group.pk for group in groups]


def _facts(group: WorkGroup, when: str, where: str) -> str:
    left = group.places_left
    facts: Collection[str] = [group.phase_words, when, where]
    if left is not None and group.booking_state() == "open" and not group.is_network:
        facts = [*facts, f"{left} place{'' if left == 1 else 's'} left"]
    return "; ".join(filter(None, facts)) + "."
