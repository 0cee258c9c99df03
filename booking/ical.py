"""Calendar data (RFC 5545, 5546): the invite of one person to one session, and files that hold many sessions.

A session in a calendar is an `Event` of plain facts, and its text follows from these facts alone. That is why the text
can be kept by them: nobody has to remember what makes a kept text void.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings
from django.urls import reverse

from booking.links import absolute, sender_of
from booking.models import CalendarEntry, Session
from booking.templatetags.words import map_url

Method = Literal["REQUEST", "CANCEL"]

LONDON = ZoneInfo("Europe/London")

# How often a calendar should look again; Google and Outlook take their own time all the same.
REFRESH = timedelta(hours=4)
# A colour's name in CSS (RFC 7986, 5.9).
COLOUR = "darkblue"

# icalendar's own VTIMEZONE lists every change from 1970 to 2038; two yearly rules say the same (RFC 5545, 3.6.5).
TIMEZONE = b"\r\n".join(
    [
        b"BEGIN:VTIMEZONE",
        b"TZID:Europe/London",
        b"BEGIN:STANDARD",
        b"DTSTART:19961027T020000",
        b"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        b"TZNAME:GMT",
        b"TZOFFSETFROM:+0100",
        b"TZOFFSETTO:+0000",
        b"END:STANDARD",
        b"BEGIN:DAYLIGHT",
        b"DTSTART:19960331T010000",
        b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        b"TZNAME:BST",
        b"TZOFFSETFROM:+0000",
        b"TZOFFSETTO:+0100",
        b"END:DAYLIGHT",
        b"END:VTIMEZONE",
        b"",
    ]
)

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Control characters pass through icalendar. Lone surrogates have no UTF-8; marks that turn the direction of writing
# would turn the words around ours too; a mark of byte order alone is no word.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Standing:
    """Where a session stands in its group: the research task that is due when it begins, the lesson that is watched."""

    task: str
    lesson: str = ""


@dataclass(frozen=True)
class Event:
    """What a calendar is told of one session. Times are aware; `stamp` is when this was said (RFC 5545, 3.8.7.2)."""

    uid: str
    sequence: int
    stamp: datetime
    changed_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    summary: str
    location: str
    description: str
    url: str
    cancelled: bool


def invite(entry: CalendarEntry, *, method: Method, now: datetime, address: str) -> bytes:
    """The invitation of one person to one session, or its withdrawal, for a mail to that address (RFC 5546, 3.2).

    A withdrawal names the times that were last told.
    """
    session = entry.session
    event = replace(own_event(entry, standings([session])[session.pk], is_gone=method == "CANCEL"), stamp=now)
    if event.cancelled and entry.told_starts_at:
        event = replace(event, starts_at=entry.told_starts_at, ends_at=entry.told_ends_at)
    component = _component(event)
    organizer = _mailbox(sender_of(entry.person), settings.HUB_NAME)
    attendee = _mailbox(address, entry.person.name)
    attendee.params |= {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }
    component.add("organizer", organizer)
    component.add("attendee", attendee)
    return _file([component.to_ical()], properties={"method": method})


def public_file(sessions: Iterable[Session], *, name: str) -> bytes:
    """Dates for anybody: no joining links, no notes for people with a place, no names."""
    return calendar_file([session_event(one, description=public_words(one)) for one in sessions], name=name)


def own_file(entry: CalendarEntry) -> bytes:
    """One session to put into one's own calendar by hand: the same UID as in one's invite and one's feed."""
    return calendar_file([own_event(entry, standings([entry.session])[entry.session_id])], name=settings.HUB_SHORT_NAME)


def calendar_file(events: Iterable[Event], *, name: str) -> bytes:
    """A file of many sessions, without METHOD: a calendar that is read, not an invitation that is answered."""
    name = line(name)
    texts = [event_text(_marked(event)) for event in events]
    return _file(texts, properties={"name": name, "x-wr-calname": name}, refreshes=True)


@lru_cache(maxsize=4096)
def event_text(event: Event) -> bytes:
    """A VEVENT, kept: rendering costs a hundred times what joining does, and most sessions are in many files."""
    return _component(event).to_ical()


def own_event(entry: CalendarEntry, standing: Standing, *, is_gone: bool | None = None) -> Event:
    """A person's session under their own UID, the same in their mails and in their feed.

    `is_gone`: it leaves a calendar; by default where it is not wanted any more. Whoever has no place reads no link.
    """
    session = entry.session
    gone = entry.wanted == CalendarEntry.Wanted.CANCEL if is_gone is None else is_gone
    changed_at = max(entry.changed_at, session.changed_at)
    return replace(
        session_event(session, description=gone_words(session) if gone else own_words(session, standing)),
        uid=entry.uid,
        sequence=entry.sequence,
        stamp=changed_at,
        changed_at=changed_at,
        cancelled=gone,
    )


def session_event(session: Session, *, description: str) -> Event:
    """A session under the UID that everybody shares, with SEQUENCE = its revision."""
    return Event(
        uid=session.uid,
        sequence=session.revision,
        stamp=session.changed_at,
        changed_at=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        summary=summary(session),
        location=location(session),
        description=description,
        url=absolute(session.get_absolute_url()),
        cancelled=not session.is_planned,
    )


def standings(sessions: Iterable[Session]) -> dict[int, Standing]:
    """Where each of these sessions stands in its group, by its key. One query."""
    rows = (
        Session.objects.filter(work_group__in={session.work_group_id for session in sessions})
        .order_by("work_group", "number", "pk")
        .values_list(
            "work_group",
            "pk",
            "status",
            "work_group__uses_tasks",
            "task__title",
            "lesson__year_group",
            "lesson__school__name",
        )
    )
    found = {}
    for _, members in groupby(rows, key=lambda row: row[0]):
        due = ""
        for _, pk, status, uses_tasks, task, *lesson in members:
            planned = status == Session.Status.PLANNED
            found[pk] = Standing(due if planned else "", " at ".join(filter(None, lesson)) if planned else "")
            if planned:
                due = (task or "") if uses_tasks else ""
    return found


def summary(session: Session) -> str:
    """Reasoning in the Primary Classroom: session 3, Bar models.

    Never "of 6": one more session would change what stands in everybody's calendar for the other five.
    """
    work_group, title = session.work_group, session.title
    if work_group.is_network:
        return f"{work_group.title}: {title}" if title else work_group.title
    numbered = f"session {session.number}"
    own_title = f", {title}" if title and title.casefold() != f"session {session.number}" else ""
    return f"{work_group.title}: {numbered}{own_title}"


def location(session: Session) -> str:
    """The address, in words that anybody may read."""
    if session.mode == Session.Mode.ONLINE:
        return "Online"
    where = session.venue.address if session.venue else "Venue to be confirmed"
    return f"{where}, or online" if session.mode == Session.Mode.HYBRID else where


def own_words(session: Session, standing: Standing) -> str:
    """What a person with a place, or who leads the group, wants to know on the day."""
    venue = session.venue if session.mode != Session.Mode.ONLINE else None
    notes = [("", session.notice)]
    if venue:
        notes += [("Room", venue.room), ("When you arrive", venue.arrival)]
        notes += [("Parking", venue.parking), ("Getting in and around", venue.access), ("Map", map_url(venue))]
    if session.mode != Session.Mode.IN_PERSON:
        notes.append(("Join online", session.link))
    notes += [
        ("", session.joining_notes),
        ("Please bring", session.bring or session.work_group.bring),
        ("We watch a lesson", standing.lesson),
        ("To try before this session", standing.task),
        ("Your sessions", absolute(reverse("my_sessions"))),
    ]
    return _words(session, notes)


def gone_words(session: Session) -> str:
    """What stands in a calendar that a session leaves."""
    return _words(session, [("", "You are not expected at this session any more.")])


def school_words(session: Session, school: str, colleagues: Sequence[str], *, names: bool) -> str:
    """What a school's own calendar says: who is expected, by name only if the school chose so; no joining link."""
    count = f"{len(colleagues)} colleague{'' if len(colleagues) == 1 else 's'}"
    who = ", ".join(colleagues) if names and colleagues else count if colleagues else "nobody at present"
    return _words(session, [("", session.notice), (f"Expected from {school}", who)])


def public_words(session: Session) -> str:
    return _words(session, [("", session.notice), ("For", session.work_group.audience)])


def _words(session: Session, notes: Iterable[tuple[str, str]]) -> str:
    if not session.is_planned:
        notes = [("Cancelled", session.status_reason or "this session has been called off")]
    return "\n".join(f"{label}: {note}" if label else note for label, note in notes if note)


def line(text: str) -> str:
    """A text on one line, without characters that nobody can see."""
    return " ".join(_seen(text).split())


def _seen(text: str) -> str:
    return _UNSEEN.sub("", _LINE_BREAKS.sub("\n", text)).replace("\t", " ").strip()


def _marked(event: Event) -> Event:
    """Say in a feed that a session is cancelled: many calendars show STATUS:CANCELLED like any other session."""
    return replace(event, summary=f"Cancelled: {event.summary}") if event.cancelled else event


def _component(event: Event) -> icalendar.Event:
    component = icalendar.Event()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.stamp.astimezone(UTC))
    component.add("last-modified", event.changed_at.astimezone(UTC))
    if event.starts_at and event.ends_at:
        component.add("dtstart", event.starts_at.astimezone(LONDON))
        component.add("dtend", event.ends_at.astimezone(LONDON))
    # Some programs take a property without a value for a fault, so what says nothing is left out.
    component.add("summary", line(event.summary) or "Session")
    for name, words in (("location", line(event.location)), ("description", _seen(event.description))):
        if words:
            component.add(name, words)
    component.add("url", event.url)
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    component.add("transp", "TRANSPARENT" if event.cancelled else "OPAQUE")
    return component


def _mailbox(address: str, name: str) -> icalendar.vCalAddress:
    mailbox = icalendar.vCalAddress(f"mailto:{line(address)}")
    # A quoted parameter cannot hold a quote (RFC 5545, 3.2), and not every calendar knows RFC 6868.
    mailbox.params["CN"] = line(name).replace('"', "'").replace("^", "")
    return mailbox


def _file(events: Iterable[bytes], *, properties: dict[str, str], refreshes: bool = False) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{line(settings.HUB_NAME)}//Work groups//EN")
    calendar.add("version", "2.0")
    for name, value in properties.items():
        if value:
            calendar.add(name, icalendar.vText(value))  # as TEXT, or icalendar writes what it does not know as it is
    if refreshes:
        # icalendar's own property forgets VALUE=DURATION, which RFC 7986, 5.7 asks for.
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
        calendar.add("color", COLOUR)
    end = b"END:VCALENDAR\r\n"
    head = calendar.to_ical().removesuffix(end)
    return b"".join([head, TIMEZONE, *events, end])
