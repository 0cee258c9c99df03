"""Calendar data: each rule of RFC 5545 and 5546 that real calendars stumble over, read back by two other parsers."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from booking import ical
from booking.actions import places, programme
from booking.changing import SessionPlan
from booking.models import Booking, CalendarEntry, Session, WorkGroup
from booking.models.places import Reason
from tests.calendars import events_of, library
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_task,
    create_teacher,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
ADDRESS = "kim@oakfield.example"
LONDON = timezone.get_default_timezone()
# Everything a session says in a file; a text that leaked out of its property would add another name.
PROPERTIES = {
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "LAST-MODIFIED",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "LOCATION",
    "DESCRIPTION",
    "URL",
    "STATUS",
    "TRANSP",
}


def lines_of(data: bytes) -> list[str]:
    """The unfolded lines of a file, read by the letter of RFC 5545, 3.1."""
    assert data.endswith(b"\r\n")
    return data.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def values(data: bytes, name: str) -> list[str]:
    """The whole lines of this property in the sessions of a file."""
    inside = data.decode().replace("\r\n ", "").partition("BEGIN:VEVENT")[2]
    return [line for line in inside.split("\r\n") if re.match(rf"{name}[;:]", line)]


def read(data: bytes) -> list[Any]:
    """The sessions in a file as vobject reads them, after every reader has found the same in it."""
    events_of(data)
    return list(getattr(vobject.readOne(data.decode()), "vevent_list", []))


def test_readers_are_all_here() -> None:
    if library() is None:
        pytest.skip("libical is not installed: calendar files are read by icalendar and vobject alone")

    assert events_of(ical.calendar_file([], name="Empty")) == []


def entry_of(booking: Booking, number: int = 1) -> CalendarEntry:
    [entry] = CalendarEntry.objects.filter(
        session__work_group=booking.work_group, session__number=number, person__places__booking=booking
    )
    return entry


def event(**facts: Any) -> ical.Event:
    facts = {
        "uid": "a@work-groups",
        "sequence": 0,
        "stamp": NOW,
        "changed_at": NOW,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=2),
        "summary": "Number facts: session 1",
        "location": "Online",
        "description": "",
        "url": "http://hub.example/",
        "cancelled": False,
    } | facts
    return ical.Event(**facts)


def invite(entry: CalendarEntry, method: ical.Method = "REQUEST") -> bytes:
    return ical.invite(entry, method=method, now=NOW, address=ADDRESS)


def test_file_has_short_crlf_lines_and_no_control_characters() -> None:
    text = "Größe \u200d🧮 " * 40 + "\x00\x07\x1b\x7f\x9f\tend"

    data = ical.calendar_file([event(summary=text, description=text)], name=text)

    lines = data.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert re.findall(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", data) == []
    assert data.count(b"\n") == data.count(b"\r") == len(lines) - 1


def test_text_is_escaped_once() -> None:
    data = ical.calendar_file([event(description="Bars, cubes; and C:\\maths\r\nthen lunch")], name="Bars, and cubes")

    assert values(data, "DESCRIPTION") == [r"DESCRIPTION:Bars\, cubes\; and C:\\maths\nthen lunch"]
    assert [line for line in lines_of(data) if "NAME" in line and "TZ" not in line] == [
        r"NAME:Bars\, and cubes",
        r"X-WR-CALNAME:Bars\, and cubes",
    ]


texts = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Zs", "Lo", "So"]), max_size=200),
    st.text(alphabet='\r\n:;,"\\^ ABEGIND', max_size=200),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, texts)
@example("Bars\r\nATTENDEE:mailto:stranger@elsewhere.example", "x\r\nEND:VEVENT\r\nBEGIN:VEVENT")
@example(
    "\u05d7\u05e9\u05d1\u05d5\u05df \u202e\u2066 \u0631\u064a\u0627\u0636\u064a\u0627\u062a", "👩🏽‍🏫 \u2028\u2029\x85"
)
@example("\ufeff", "\ufeff")
@example("Ten thousand " * 800, "\N{COMBINING ACUTE ACCENT}" * 300)
def test_any_text_leaves_one_session_with_its_own_properties(title: str, words: str) -> None:
    data = ical.calendar_file([event(summary=title, location=words, description=words)], name=title)

    [seen] = read(data)
    text = ical.event_text(event(summary=title, location=words, description=words))
    names = [re.split("[;:]", line)[0] for line in lines_of(text)]
    # What says nothing is left out, and nothing else is added.
    silent = [name for name in ("LOCATION", "DESCRIPTION") if name not in names]
    assert set(seen.contents) == {name.lower() for name in PROPERTIES} - {name.lower() for name in silent}
    assert sorted(names) == sorted(PROPERTIES - set(silent) | {"BEGIN", "END"})
    if "\\N" not in title and ical.line(title):  # the library reads this as a line break; harmless in a title
        assert icalendar.Calendar.from_ical(data).walk("VEVENT")[0]["SUMMARY"] == ical.line(title)


def test_any_name_leaves_one_attendee() -> None:
    entry = entry_of(create_booking(work_group=create_work_group(sessions=1), people=1))

    @settings(max_examples=40, deadline=None)
    @given(texts)
    @example('Kim "the cube" O\'Neil, HLTA; "')
    @example('"\r\nATTENDEE:mailto:stranger@elsewhere.example')
    def holds(name: str) -> None:
        entry.person.name = name
        data = invite(entry)

        [seen] = read(data)
        assert [attendee.value for attendee in seen.attendee_list] == [f"mailto:{ADDRESS}"]
        assert values(data, "ATTENDEE")[0].count('"') in (0, 2)

    holds()


def test_invite_asks_one_person_on_behalf_of_the_hub() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    entry = entry_of(booking)
    User.objects.filter(pk=entry.person_id).update(name="Kim Brown")

    data = invite(CalendarEntry.objects.get(pk=entry.pk))

    lines = lines_of(data)
    assert [line for line in lines if line.startswith("METHOD")] == ["METHOD:REQUEST"]
    assert lines.index("METHOD:REQUEST") < lines.index("BEGIN:VTIMEZONE")
    assert values(data, "ORGANIZER") == ['ORGANIZER;CN="Maths Hub":mailto:hub@hub.example']
    assert values(data, "ATTENDEE") == [
        'ATTENDEE;CN="Kim Brown";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE'
        f":mailto:{ADDRESS}"
    ]


def test_invite_says_each_moment_once_in_utc_or_london_time() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    entry = entry_of(booking)
    day = timezone.localtime(entry.session.starts_at).strftime("%Y%m%d")

    data = invite(entry)

    assert values(data, "UID") == [f"UID:{entry.uid}"]
    assert values(data, "DTSTAMP") == ["DTSTAMP:20261103T083000Z"]
    assert values(data, "DTSTART") == [f"DTSTART;TZID=Europe/London:{day}T131500"]
    assert values(data, "DTEND") == [f"DTEND;TZID=Europe/London:{day}T154500"]
    assert re.fullmatch(r"LAST-MODIFIED:\d{8}T\d{6}Z", values(data, "LAST-MODIFIED")[0])


def test_calendar_itself_has_no_uid() -> None:
    assert [line for line in lines_of(ical.calendar_file([], name="Nothing yet")) if line.startswith("UID")] == []


def test_timezone_is_two_yearly_rules() -> None:
    lines = lines_of(ical.TIMEZONE)

    assert [line for line in lines if line.startswith(("RRULE", "DTSTART", "RDATE", "COMMENT"))] == [
        "DTSTART:19961027T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "DTSTART:19960331T010000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    ]
    assert lines_of(ical.calendar_file([event()], name="x")).count("BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize(
    "day",
    [
        date(2027, 3, 27),
        date(2027, 3, 28),
        date(2027, 3, 29),
        date(2027, 10, 30),
        date(2027, 10, 31),
        date(2027, 11, 1),
    ],
)
def test_quarter_past_nine_stays_quarter_past_nine_across_the_clock_changes(day: date) -> None:
    starts_at = datetime.combine(day, time(9, 15), tzinfo=LONDON)

    data = ical.calendar_file(
        [event(starts_at=starts_at.astimezone(UTC), ends_at=starts_at + timedelta(hours=2))], name="x"
    )

    [seen] = read(data)
    assert values(data, "DTSTART") == [f"DTSTART;TZID=Europe/London:{day:%Y%m%d}T091500"]
    # vobject knows the zone from our VTIMEZONE alone; the system's zone file says the same.
    assert seen.dtstart.value.astimezone(UTC) == starts_at.astimezone(UTC)
    assert seen.dtstart.value.time() == time(9, 15)


def test_cancellation_repeats_the_invite_with_a_greater_sequence() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    before = invite(entry_of(booking))

    programme.cancel_session(session=booking.work_group.sessions.get(), reason="Snow", by=create_hub_staff())
    after = invite(entry_of(booking), "CANCEL")

    assert [line for line in lines_of(after) if line.startswith("METHOD")] == ["METHOD:CANCEL"]
    for same in ("UID", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE"):
        assert values(after, same) == values(before, same)
    assert values(before, "SEQUENCE") + values(after, "SEQUENCE") == ["SEQUENCE:0", "SEQUENCE:1"]
    assert values(before, "STATUS") + values(after, "STATUS") == ["STATUS:CONFIRMED", "STATUS:CANCELLED"]


def test_cancellation_of_a_session_without_a_date_says_none() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    entry = entry_of(booking)
    Session.objects.filter(pk=entry.session_id).update(starts_at=None, ends_at=None, when_words="Some time in May")

    data = invite(entry_of(booking), "CANCEL")

    assert values(data, "DTSTART") + values(data, "DTEND") == []
    assert len(read(data)) == 1


def test_uid_is_for_life_and_sequence_goes_on_after_booking_again() -> None:
    work_group = create_work_group(sessions=1)
    lead = create_lead()
    school = lead.memberships.get().school
    kim = create_teacher(school=school)

    booking = create_booking(work_group=work_group, people=[kim], by=lead)
    first = invite(entry_of(booking))
    places.withdraw(booking=booking, reason=Reason.OTHER, by=lead)
    again = invite(entry_of(create_booking(work_group=work_group, people=[kim], by=lead)))

    assert values(first, "UID") == values(again, "UID")
    assert values(first, "SEQUENCE") + values(again, "SEQUENCE") == ["SEQUENCE:0", "SEQUENCE:2"]


def test_update_carries_a_greater_sequence_and_a_later_stamp() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    session = booking.work_group.sessions.get()
    first = invite(entry_of(booking))

    programme.change_session(
        session=session, plan=SessionPlan(**{**vars(SessionPlan.of(session)), "bring": "Cubes"}), by=create_hub_staff()
    )
    second = ical.invite(entry_of(booking), method="REQUEST", now=NOW + timedelta(minutes=10), address=ADDRESS)

    assert values(first, "SEQUENCE") + values(second, "SEQUENCE") == ["SEQUENCE:0", "SEQUENCE:1"]
    assert values(first, "DTSTAMP") < values(second, "DTSTAMP")


def test_same_invite_made_twice_is_the_same_bytes() -> None:
    entry = entry_of(create_booking(work_group=create_work_group(sessions=1), people=1))

    assert invite(entry) == invite(entry)


def test_no_file_rings_an_alarm() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1), people=1)
    files = [invite(entry_of(booking)), ical.public_file(booking.work_group.sessions.all(), name="x")]

    assert [b"VALARM" in data for data in files] == [False, False]


def descriptions(data: bytes) -> list[str]:
    return [str(one["DESCRIPTION"]) for one in icalendar.Calendar.from_ical(data).walk("VEVENT")]


def full_session() -> Booking:
    """A hybrid second session in which everything is said, with a task set at the first."""
    venue = create_venue(
        name="Beech School",
        room="Hall",
        arrival="Side door, code 2718",
        parking="On the street",
        access="Step-free",
    )
    work_group = create_work_group(sessions=0, title="Number facts", audience="Year 2 teachers")
    first = create_session(work_group=work_group, number=1, days=14, venue=venue)
    create_session(
        work_group=work_group,
        number=2,
        days=35,
        title="Bar models",
        venue=venue,
        mode=Session.Mode.HYBRID,
        link="https://meet.example/secret",
        joining_notes="Passcode 3141",
        bring="Cubes",
        notice="New room",
    )
    create_task(session=first, title="Sort and explain")
    return create_booking(work_group=work_group, people=1)


def test_invite_says_all_that_is_wanted_on_the_day() -> None:
    booking = full_session()

    data = invite(entry_of(booking, 2))

    assert values(data, "SUMMARY") == [r"SUMMARY:Number facts: session 2\, Bar models"]
    assert values(data, "LOCATION") == [r"LOCATION:Beech School\, Oadby\, LE2 5TP\, or online"]
    assert descriptions(data) == [
        "New room\n"
        "Room: Hall\n"
        "When you arrive: Side door, code 2718\n"
        "Parking: On the street\n"
        "Getting in and around: Step-free\n"
        "Map: https://www.google.com/maps/search/?api=1&query=Beech%20School%20LE2%205TP\n"
        "Join online: https://meet.example/secret\n"
        "Passcode 3141\n"
        "Please bring: Cubes\n"
        "To try before this session: Sort and explain\n"
        "Your sessions: http://127.0.0.1:8000/my/"
    ]


def test_public_file_holds_no_link_no_notes_and_no_names() -> None:
    booking = full_session()
    sessions: Sequence[Session] = list(booking.work_group.sessions.all())

    data = ical.public_file(sessions, name="x")

    assert descriptions(data) == ["For: Year 2 teachers", "New room\nFor: Year 2 teachers"]
    assert values(data, "UID") == [f"UID:{session.uid}" for session in sessions]
    assert values(data, "ORGANIZER") + values(data, "ATTENDEE") == []
    assert [line for line in lines_of(data) if line.startswith("METHOD")] == []


def test_public_file_carries_the_revision_of_each_session() -> None:
    work_group = create_work_group(sessions=2)
    Session.objects.filter(work_group=work_group, number=2).update(revision=4)

    data = ical.public_file(work_group.sessions.all(), name="x")

    assert values(data, "SEQUENCE") == ["SEQUENCE:0", "SEQUENCE:4"]


def test_summary_leaves_out_a_title_that_only_counts() -> None:
    work_group = create_work_group(sessions=1, title="Number facts")

    data = ical.public_file(work_group.sessions.all(), name="x")

    assert values(data, "SUMMARY") == ["SUMMARY:Number facts: session 1"]


def test_summary_of_a_network_meeting_is_not_counted() -> None:
    work_group = create_work_group(sessions=0, title="Core Maths network", unit=WorkGroup.Unit.SESSION)
    create_session(work_group=work_group, title="Spring meeting")

    data = ical.public_file(work_group.sessions.all(), name="x")

    assert values(data, "SUMMARY") == ["SUMMARY:Core Maths network: Spring meeting"]


def test_task_is_due_at_the_next_planned_session() -> None:
    work_group = create_work_group(sessions=3)
    first, second, third = work_group.sessions.all()
    create_task(session=first, title="Sort and explain")
    programme.cancel_session(session=second, reason="Snow", by=create_hub_staff())

    due = ical.standings(work_group.sessions.all())

    assert [due[session.pk].task for session in (first, second, third)] == ["", "", "Sort and explain"]


def test_standings_of_many_groups_cost_one_query(django_assert_num_queries: Any) -> None:
    groups = [create_work_group(sessions=2) for _ in range(3)]
    sessions = list(Session.objects.filter(work_group__in=groups))

    with django_assert_num_queries(1):
        found = ical.standings(sessions)

    assert sorted(found) == sorted(session.pk for session in sessions)


def test_school_words_name_nobody_unless_the_school_says_so() -> None:
    session = create_work_group(sessions=1).sessions.get()
    school = create_school(name="Oakfield Primary")

    without = ical.school_words(session, school.name, ["Kim Brown", "Sam Lee"], names=False)
    named = ical.school_words(session, school.name, ["Kim Brown", "Sam Lee"], names=True)

    assert without == "Expected from Oakfield Primary: 2 colleagues"
    assert named == "Expected from Oakfield Primary: Kim Brown, Sam Lee"
