"""Calendar links: what each shows, decided anew whenever it is read.

A feed is asked for every few hours by programs, so most answers are "nothing has changed". `state` says so from the
versions of the rows that would be shown, before anything is rendered.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Membership, School
from accounts.schoolyear import day_begins, school_year_begins, school_year_of
from booking import ical
from booking.links import token_digest
from booking.models import Attendance, Booking, CalendarEntry, CalendarFeed, Facilitation, Session, WorkGroup

Kind = CalendarFeed.Kind

# How long a cancelled session stays, so that a calendar which looks once a day has seen that it is.
CANCELLED_STAYS = timedelta(days=30)
# A fetch is noted at most this often, so that a calendar that looks every minute does not write every minute.
NOTED_EVERY = timedelta(hours=1)

# The program's own part in a feed's state: another version of these files may render the same rows differently.
_PROGRAM = hashlib.sha256(
    b"".join(path.read_bytes() for path in (Path(__file__), Path(ical.__file__)))
    + "\0".join((settings.HUB_URL, settings.HUB_NAME, settings.HUB_SHORT_NAME)).encode()
).hexdigest()

# What is read of a link for each answer; most answers are "nothing has changed", and a person has many columns.
_NEEDED = ("kind", "owner", "school", "shows_names", "fetched_at", "fetched_by")

# What programs call themselves when they fetch a calendar, and what people call them.
CLIENTS = [
    (re.compile(r"Google-Calendar|Google\b.*Calendar", re.I), "Google Calendar"),
    (re.compile(r"Thunderbird", re.I), "Thunderbird"),
    (re.compile(r"Outlook|Microsoft|Exchange", re.I), "Outlook"),
    (re.compile(r"CalendarAgent|dataaccessd|remindd|accountsd|iCal/|\b(iOS|macOS)/", re.I), "Apple Calendar"),
    (re.compile(r"Nextcloud", re.I), "Nextcloud"),
    (re.compile(r"ICSx|DAVx", re.I), "an Android calendar"),
    (re.compile(r"Mozilla|Safari|Chrome", re.I), "a web browser"),
]


def read(token: str) -> CalendarFeed | None:
    """The calendar link with this token; None where it is unknown, revoked, or no longer its owner's to read."""
    sql, digest_at = _read_asked()
    given = [token_digest(token) if one is None else one[0] for one in digest_at]
    for feed in CalendarFeed.objects.raw(sql, given):
        if feed.school_id:
            name = feed.school_name  # type: ignore[attr-defined]  # annotated in the question
            feed.school = School.from_db(None, ["id", "name"], [feed.school_id, name])
        return feed
    return None


@lru_cache(maxsize=1)
def _read_asked() -> tuple[str, list[Any]]:
    """The question of `read` in SQL, made once, as `_versions_asked`."""
    leads = Membership.objects.active().leads().filter(person=OuterRef("owner"), school=OuterRef("school"))
    found = CalendarFeed.objects.filter(digest="?", revoked_at__isnull=True, owner__is_active=True)
    found = found.filter(~Q(kind=Kind.SCHOOL) | Exists(leads)).annotate(school_name=F("school__name"))
    sql, constants = found.only(*_NEEDED).order_by().query.sql_with_params()
    return sql, [None if one == "?" else (one,) for one in constants]


def state(feed: CalendarFeed, *, now: datetime) -> str:
    """A digest of everything that `body` would render, removals included; two feeds never share one."""
    shown: list[Any] = [feed.pk, feed.shows_names, feed.school.name if feed.school else ""]
    if feed.kind == Kind.MINE:
        shown += _versions(feed, now)
    else:
        sessions = _sessions(feed, now)
        shown += sessions.values_list("pk", "revision", "status", "changed_at", "work_group__revision")
        if feed.kind == Kind.SCHOOL:
            shown += _colleagues(feed, sessions)
    return _digest(shown)


def kept_body(feed: CalendarFeed, state: str, *, now: datetime) -> bytes:
    """The file that was made for this state, or a new one.

    The link is read before, each time, so what is kept shows nothing to whom it would not be shown.
    """
    kept = caches["pages"]
    found: bytes | None = kept.get(f"feed:{state}")
    if found is None:
        found = body(feed, now=now)
        kept.set(f"feed:{state}", found)
    return found


def body(feed: CalendarFeed, *, now: datetime) -> bytes:
    """The calendar file of this link, as it stands now; the same bytes as long as nothing in it changes."""
    if feed.kind == Kind.MINE:
        entries = list(_entries(feed, now).select_related("session__work_group", "session__venue"))
        known = ical.standings([entry.session for entry in entries])
        events = [ical.own_event(entry, known[entry.session_id]) for entry in entries]
        return ical.calendar_file(events, name=f"{settings.HUB_SHORT_NAME}: my sessions")
    sessions = list(_sessions(feed, now).select_related("work_group", "venue"))
    if feed.school is None:
        name, known = "work groups I lead", ical.standings(sessions)
        words = {session.pk: ical.own_words(session, known[session.pk]) for session in sessions}
    else:
        name = feed.school.name
        expected = defaultdict(list)
        for pk, _, colleague in _colleagues(feed, _sessions(feed, now)):
            expected[pk].append(colleague)
        words = {
            session.pk: ical.school_words(session, feed.school.name, expected[session.pk], names=feed.shows_names)
            for session in sessions
        }
    events = [ical.session_event(session, description=words[session.pk]) for session in sessions]
    return ical.calendar_file(events, name=f"{settings.HUB_SHORT_NAME}: {name}")


def public_state(work_group: WorkGroup, *, now: datetime) -> str:
    """A digest of everything that a group's public file would show."""
    sessions = public_sessions(work_group, now=now)
    return _digest([work_group.pk, work_group.revision, *sessions.values_list("pk", "revision", "status")])


def hub_state(*, now: datetime) -> str:
    """A digest of everything that the hub's public calendar would show."""
    shown = hub_sessions(now=now).values_list("pk", "revision", "status", "work_group__revision")
    return _digest(["hub", *shown])


def hub_body(*, now: datetime) -> bytes:
    """All dates of all published groups, for anybody: no joining links, no notes for people with a place, no names."""
    return ical.public_file(
        hub_sessions(now=now).select_related("work_group", "venue"), name=f"{settings.HUB_NAME}: work groups"
    )


def hub_sessions(*, now: datetime) -> QuerySet[Session]:
    """The dated sessions of published groups from this school year on, and those called off lately, in order."""
    planned = Q(status=Session.Status.PLANNED, starts_at__gte=_year_began(now))
    published = Session.objects.filter(work_group__status=WorkGroup.Status.PUBLISHED)
    return published.dated().filter(planned | _cancelled_lately(now)).order_by("starts_at", "pk")


def public_sessions(work_group: WorkGroup, *, now: datetime) -> QuerySet[Session]:
    """The dated sessions of a group, and those called off lately, in order."""
    planned = Q(status=Session.Status.PLANNED)
    return work_group.sessions.dated().filter(planned | _cancelled_lately(now)).order_by("starts_at", "pk")


@lru_cache(maxsize=20_000)
def first_seen(state: str) -> datetime:
    """When this process first met a state: its Last-Modified (RFC 9110, 8.8.2).

    No row holds this moment, for what a feed shows also changes when a session leaves it. A restart makes states look
    newer than they are, which costs one download and never hides a change.
    """
    return timezone.now()


def is_fetch_due(feed: CalendarFeed, *, now: datetime) -> bool:
    """Whether a fetch is to be noted; asked first, so that most reads of a feed write nothing at all."""
    return feed.fetched_at is None or feed.fetched_at <= now - NOTED_EVERY


def client_name(user_agent: str) -> str:
    """Google Calendar, Outlook, Apple Calendar, ...: what people call the program that fetched a calendar."""
    return next((name for pattern, name in CLIENTS if pattern.search(user_agent)), "another program")


def _entries(feed: CalendarFeed, now: datetime) -> QuerySet[CalendarEntry]:
    return _entries_of(feed.owner_id, _year_began(now), _still_shown(now))


def _versions(feed: CalendarFeed, now: datetime) -> list[Any]:
    """What of a person's entries changes with what they show, as the database writes it."""
    sql, positions = _versions_asked()
    given = [feed.owner_id, *map(connection.ops.adapt_datetimefield_value, (_year_began(now), _still_shown(now)))]
    with connection.cursor() as cursor:
        cursor.execute(sql, [given[one] if isinstance(one, int) else one[0] for one in positions])
        return cursor.fetchall()


@lru_cache(maxsize=1)
def _versions_asked() -> tuple[str, list[Any]]:
    """The question of `_versions` in SQL, and what stands where in it: a number for what is given, or a constant.

    Made once: to make it costs twice what it costs to ask, and it is asked for each of a feed's many readings.
    """
    began, shown = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)
    columns = ("pk", "sequence", "wanted", "changed_at", "session__revision", "session__work_group__revision")
    sql, constants = _entries_of(-1, began, shown).values_list(*columns).query.sql_with_params()
    marks = [-1, *map(connection.ops.adapt_datetimefield_value, (began, shown))]
    return sql, [marks.index(one) if one in marks else (one,) for one in constants]


def _entries_of(person: int, year_began: datetime, still_shown: datetime) -> QuerySet[CalendarEntry]:
    standing = Q(wanted=CalendarEntry.Wanted.REQUEST, session__starts_at__gte=year_began)
    taken_out = Q(wanted=CalendarEntry.Wanted.CANCEL, changed_at__gte=still_shown)
    return (
        CalendarEntry.objects.filter(person=person, session__starts_at__isnull=False)
        .filter(standing | taken_out)
        .order_by("session__starts_at", "pk")
    )


def _sessions(feed: CalendarFeed, now: datetime) -> QuerySet[Session]:
    """The sessions of a feed under their shared UIDs: those a school is expected at, or those of the groups I lead."""
    planned = Q(status=Session.Status.PLANNED, starts_at__gte=_year_began(now))
    if feed.kind == Kind.LED:
        parts = Facilitation.objects.filter(
            person=feed.owner_id, work_group=OuterRef("work_group"), since__lte=OuterRef("starts_at__date")
        )
        parts = parts.filter(Q(until__isnull=True) | Q(until__gte=OuterRef("starts_at__date")))
        found = Session.objects.filter(Exists(parts), planned | _cancelled_lately(now))
        found = found.filter(work_group__status=WorkGroup.Status.PUBLISHED)
    else:
        expected = Exists(Attendance.objects.filter(session=OuterRef("pk"), school=feed.school))
        # A session that is called off has nobody expected any more; whoever had booked it is to see that it is.
        bookings = Booking.objects.confirmed().filter(school=feed.school, work_group=OuterRef("work_group"))
        booked = Exists(bookings.filter(Q(session__isnull=True) | Q(session=OuterRef("pk"))))
        found = Session.objects.filter(Q(expected, planned) | Q(booked, _cancelled_lately(now)))
    return found.dated().order_by("starts_at", "pk")


def _colleagues(feed: CalendarFeed, sessions: QuerySet[Session]) -> list[tuple[int, int, str]]:
    """Who of the feed's school is expected: (session, person, name), in the order of sessions and names."""
    rows = Attendance.objects.filter(school=feed.school, session__in=sessions.order_by().values("pk"))
    coming = rows.expected()
    named = coming.order_by("session", "person__name", "pk")
    # Who has not said yes to the school is called what a colleague typed.
    typed = Membership.objects.filter(school=feed.school, person=OuterRef("person")).exclude(typed_name="")
    called = named.annotate(called=Coalesce(Subquery(typed.values("typed_name")[:1]), "person__name"))
    return list(called.values_list("session_id", "person_id", "called"))


def _cancelled_lately(now: datetime) -> Q:
    return Q(status=Session.Status.CANCELLED, changed_at__gte=_still_shown(now))


def _still_shown(now: datetime) -> datetime:
    """From midnight, so that within one day no feed changes by the clock alone."""
    return _midnight(now) - CANCELLED_STAYS


def _year_began(now: datetime) -> datetime:
    return school_year_begins(school_year_of(timezone.localdate(now)))


def _midnight(now: datetime) -> datetime:
    return day_begins(timezone.localdate(now))


def _digest(shown: Sequence[Any]) -> str:
    return hashlib.sha256(repr((_PROGRAM, shown)).encode()).hexdigest()[:32]
