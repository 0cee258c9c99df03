"""Schools that become another: what hangs on them goes on, and what is past stays where it was."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import HistoryLine, Membership, School, User
from booking import feeds as reading
from booking.actions import feeds
from booking.integrity import violations
from booking.links import token_digest
from booking.models import (
    Attendance,
    Booking,
    CalendarEntry,
    CalendarFeed,
    Place,
    Proposal,
    SchoolRule,
    Session,
    WorkGroup,
)
from booking.models.places import Status
from booking.reports.imports import bookings_to_decide
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_lead,
    create_proposal,
    create_school,
    create_teacher,
    create_work_group,
)
from tests.register_files import CLOSED, LINKS, edited, school_of, take_in

pytestmark = pytest.mark.django_db(transaction=True)

# The infant and the junior school before they became the primary school.
BEFORE = {urn: {"EstablishmentStatus (code)": "1", "CloseDate": ""} for urn in ("120003", "120004")}
MEMBERS = ("person__name", "school__name", "role", "state")


@pytest.fixture
def apart(tmp_path: Path) -> tuple[School, School, School]:
    """Fernhill Infant, Fernhill Junior, and Fernhill Primary that is to take both in."""
    take_in(edited(tmp_path / "before.csv", BEFORE))
    return school_of("120003"), school_of("120004"), school_of("143003")


def merge() -> None:
    take_in(links=LINKS)
    assert list(violations()) == []


def elsewhere() -> User:
    """Who books for a school that no register says anything of."""
    return create_lead(school=create_school(on_register=False))


def statuses(work_group: WorkGroup) -> list[tuple[str, str, int]]:
    """(school, status, live places) of each booking."""
    bookings = Booking.objects.filter(work_group=work_group).select_related("school")
    return [(one.school.name, one.status, one.places.live().count()) for one in bookings]


def test_merger_moves_people_who_asked_were_named_or_belong(apart: tuple[School, School, School]) -> None:
    infant, junior, primary = apart
    create_lead(school=infant, name="Ina")
    create_lead(school=junior, name="Jo", state=Membership.State.REQUESTED)
    kim = create_lead(school=infant, name="Kim")
    Membership.objects.create(school=primary, person=kim, state=Membership.State.ACTIVE)

    merge()

    assert list(Membership.objects.order_by("person__name", "pk").values_list(*MEMBERS)) == [
        ("Ina", "Fernhill Infant School", "lead", "ended"),
        ("Ina", "Fernhill Primary School", "lead", "active"),
        ("Jo", "Fernhill Primary School", "lead", "requested"),
        ("Kim", "Fernhill Infant School", "lead", "ended"),
        ("Kim", "Fernhill Primary School", "lead", "active"),
    ]
    line = HistoryLine.objects.about(infant).get(verb="moved_with_merger")
    assert HistoryLine.objects.about(primary).filter(pk=line.pk).exists()


def test_merger_moves_the_question_whether_a_school_carries_on(apart: tuple[School, School, School]) -> None:
    infant, junior, primary = apart
    before, group = create_work_group(), create_work_group(recruitment="invitation", lists_schools=True)
    for school in (infant, junior):
        booking = create_booking(work_group=before, by=create_lead(school=school), people=1)
        create_proposal(before=booking, work_group=group)

    merge()
    merge()

    assert list(Proposal.objects.order_by("pk").values_list("school", flat=True)) == [primary.pk, junior.pk]
    assert list(SchoolRule.objects.values_list("work_group", "school", "kind")) == [(group.pk, primary.pk, "only")]


def test_merger_moves_a_booking_and_leaves_what_is_past(apart: tuple[School, School, School]) -> None:
    infant, _, primary = apart
    group = create_work_group(sessions=2)
    booking = create_booking(work_group=group, by=create_lead(school=infant), people=[None, None])
    kim = create_teacher(school=infant, name="Kim")
    booking = create_booking(
        work_group=(begun := create_work_group(sessions=2)), by=booking.made_by, people=[kim, None]
    )
    past = begun.sessions.get(number=1)
    Session.objects.filter(pk=past.pk).update(
        starts_at=timezone.now() - timedelta(days=7), ends_at=timezone.now() - timedelta(days=7, hours=-2)
    )
    drain()
    told = Notice.objects.count()

    merge()
    drain()

    rows = Attendance.objects.filter(person=kim).order_by("session__number").values_list("session__number", "school")
    assert list(rows) == [(1, infant.pk), (2, primary.pk)]
    for one in (group, begun):
        assert statuses(one) == [
            ("Fernhill Infant School", Status.TRANSFERRED, 0),
            ("Fernhill Primary School", Status.CONFIRMED, 2),
        ]
    assert Booking.objects.get(follows=booking).made_at == booking.made_at
    assert list(CalendarEntry.objects.filter(person=kim).values_list("wanted", "sequence")) == [("REQUEST", 0)] * 2
    assert Notice.objects.count() == told


def test_merger_joins_two_bookings_of_one_group(apart: tuple[School, School, School]) -> None:
    infant, junior, primary = apart
    group = create_work_group(capacity_schools=2, people_to=4)
    create_booking(work_group=group, by=create_lead(school=infant), people=[create_teacher(school=infant), None])
    create_booking(work_group=group, by=create_lead(school=junior), people=[create_teacher(school=junior)])
    waiting = create_booking(work_group=group, by=elsewhere())

    merge()

    assert statuses(group)[:2] == [
        ("Fernhill Infant School", Status.TRANSFERRED, 0),
        ("Fernhill Junior School", Status.TRANSFERRED, 0),
    ]
    assert statuses(group)[3] == ("Fernhill Primary School", Status.CONFIRMED, 3)
    waiting.refresh_from_db()
    assert waiting.status == Status.OFFERED
    assert Attendance.objects.filter(session__work_group=group).values_list("school").distinct().get() == (primary.pk,)


def test_merger_leaves_bookings_that_stand_differently_to_staff(apart: tuple[School, School, School]) -> None:
    infant, junior, _ = apart
    group = create_work_group(capacity=2)
    create_booking(work_group=group, by=create_lead(school=infant), people=2)
    waiting = create_booking(work_group=group, by=create_lead(school=junior), people=2)

    merge()

    assert statuses(group) == [
        ("Fernhill Infant School", Status.TRANSFERRED, 0),
        ("Fernhill Junior School", Status.WAITING, 2),
        ("Fernhill Primary School", Status.CONFIRMED, 2),
    ]
    assert bookings_to_decide() == [waiting]


def test_merger_keeps_a_waiting_school_in_its_place(apart: tuple[School, School, School]) -> None:
    infant, _, primary = apart
    group = create_work_group(capacity=2)
    create_booking(work_group=group, by=elsewhere(), people=2)
    create_booking(work_group=group, by=create_lead(school=infant), people=2)
    last = create_booking(work_group=group, by=elsewhere(), people=2)

    merge()

    assert list(Booking.objects.waiting().values_list("school", flat=True)) == [primary.pk, last.school_id]


def test_merger_moves_a_meeting_of_a_network(apart: tuple[School, School, School]) -> None:
    infant, _, primary = apart
    network = create_work_group(unit=WorkGroup.Unit.SESSION, sessions=1)
    meeting = network.sessions.get()
    create_booking(work_group=network, session=meeting, by=create_lead(school=infant), people=[None])

    merge()

    assert Place.objects.live().values_list("booking__school", "session").get() == (primary.pk, meeting.pk)


def test_merger_takes_calendar_links_along(apart: tuple[School, School, School]) -> None:
    infant, junior, primary = apart
    ina, both = create_lead(school=infant), create_lead(school=infant)
    Membership.objects.create(school=junior, person=both, role="lead", state="active")
    tokens = [
        feeds.make_feed(owner=owner, kind="school", school=school)[1]
        for owner, school in ((ina, infant), (both, infant), (both, junior))
    ]

    merge()

    read = [reading.read(token) for token in tokens]
    assert [feed.school if feed else None for feed in read] == [primary, primary, None]
    assert CalendarFeed.objects.get(digest=token_digest(tokens[2])).revoked_at is not None


def test_merger_moves_nothing_twice(apart: tuple[School, School, School]) -> None:
    infant, _, _ = apart
    create_booking(work_group=create_work_group(), by=create_lead(school=infant), people=[None])
    merge()
    before = HistoryLine.objects.count(), Booking.objects.count(), Membership.objects.count()

    merge()

    after = HistoryLine.objects.count(), Booking.objects.count(), Membership.objects.count()
    assert after == (before[0] + 1, *before[1:])  # the register was taken in once more


def test_closing_without_a_successor_leaves_places_to_staff(tmp_path: Path) -> None:
    take_in()
    booking = create_booking(work_group=create_work_group(), by=create_lead(school=school_of("120034")), people=[None])

    take_in(edited(tmp_path / "closed.csv", {"120034": CLOSED}))

    assert bookings_to_decide() == [booking]
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_conversion_keeps_people_bookings_and_calendar_links(tmp_path: Path) -> None:
    before = {"120001": {"EstablishmentStatus (code)": "1", "CloseDate": ""}}
    take_in(edited(tmp_path / "before.csv", before, without=["144001"]))
    lead = create_lead(school=school_of("120001"))
    booking = create_booking(work_group=create_work_group(), by=lead, people=[None])
    _, token = feeds.make_feed(owner=lead, kind="school", school=school_of("120001"))

    take_in(links=LINKS)

    school = school_of("144001")
    assert [one.urn for one in school.urns.order_by("urn")] == ["120001", "144001"]
    assert (Membership.objects.get().school, Booking.objects.get()) == (school, booking)
    assert reading.read(token).school == school  # type: ignore[union-attr]


def test_conversion_of_real_schools_keeps_what_hangs_on_them(area: Path, tmp_path: Path) -> None:
    """Beauchamp College and Swinford Primary, by the register's own links."""
    rows, links = area / "gias_ems_area_all.csv", area / "links_ems_area.csv"
    lines = rows.read_bytes().splitlines(keepends=True)
    old = tmp_path / "before.csv"
    old.write_bytes(b"".join(line for line in lines if not line.startswith((b"144118,", b"139624,"))))
    take_in(old)
    people: dict[str, User] = {urn: create_lead(school=school_of(urn)) for urn in ("120204", "120265")}
    bookings = [create_booking(work_group=create_work_group(), by=one, people=[None]) for one in people.values()]

    take_in(rows, links=links)

    assert (school_of("120204"), school_of("120265")) == (school_of("144118"), school_of("139624"))
    assert [one.memberships.get().school for one in people.values()] == [school_of("144118"), school_of("139624")]
    assert [Booking.objects.get(pk=one.pk).school_id for one in bookings] == [
        school_of("144118").pk,
        school_of("139624").pk,
    ]
    assert list(violations()) == []


def test_register_of_the_area_breaks_no_rule(area: Path) -> None:
    take_in(area / "gias_ems_area_all.csv", links=area / "links_ems_area.csv")

    assert list(violations()) == []
    assert School.objects.filter(merged_into__isnull=False).count() > 30
