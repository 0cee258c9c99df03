"""What the hub has promised twice: rooms, chairs, and people who lead."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import programme
from booking.changing import SessionPlan
from booking.diary import clashes_ahead, clashes_of
from booking.models import Session, Venue, WorkGroup
from booking.rehearsal import rehearse
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_session,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def on(days: int, hour: int, minute: int = 0) -> datetime:
    day = timezone.localdate() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=timezone.get_default_timezone())


def meet(group: WorkGroup, start: datetime, hours: float = 2, **fields: object) -> Session:
    return create_session(work_group=group, starts_at=start, ends_at=start + timedelta(hours=hours), **fields)


def kinds() -> list[str]:
    found, total = clashes_ahead(timezone.now(), most=20)
    assert total == len(found)
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("begins", "fields", "clash"),
    [
        ((10, 14), {}, ["room"]),
        ((10, 15), {}, []),  # when the other ends
        ((11, 14), {}, []),
        ((10, 14), {"mode": "online"}, []),
        ((10, 14), {"mode": "hybrid"}, ["room"]),
        ((10, 14), {"status": "cancelled"}, []),
        ((10, 14), {"venue": None}, []),
    ],
)
def test_room_is_taken_once_at_a_time(begins: tuple[int, int], fields: dict[str, object], clash: list[str]) -> None:
    hall = create_venue(name="Hall")
    meet(create_work_group(sessions=0), on(10, 13), venue=hall)
    meet(create_work_group(sessions=0), on(*begins), **{"venue": hall} | fields)

    assert kinds() == clash


def test_room_taken_by_three_at_once_is_told_of_each_that_comes_later() -> None:
    hall = create_venue(name="Hall")
    first, *_ = [meet(create_work_group(sessions=0), on(10, 13 + number), 4, venue=hall) for number in range(3)]

    found, total = clashes_ahead(timezone.now(), most=1)

    assert (len(found), total, found[0].other) == (1, 2, first)


def test_groups_called_off_and_past_sessions_clash_with_nothing() -> None:
    hall = create_venue()
    called_off = create_work_group(sessions=0, status=WorkGroup.Status.CANCELLED)
    for group in (called_off, create_work_group(sessions=0)):
        meet(group, on(10, 13), venue=hall)
        meet(group, on(-10, 13), venue=hall)

    assert kinds() == []


@pytest.mark.parametrize(
    ("minutes", "metres", "clash"),
    [
        (-30, 0, ["lead"]),  # the second begins before the first ends
        (0, 0, []),  # in one house
        (5, 2_000, ["lead"]),
        (15, 0, []),
        (30, 20_000, ["lead"]),
        (60, 20_000, []),
    ],
)
def test_lead_of_two_is_where_they_can_be(minutes: int, metres: int, clash: list[str]) -> None:
    lead = create_user(name="Fran Lovell")
    here, there = create_venue(easting=450_000), create_venue(easting=450_000 + metres)
    first, second = create_work_group(sessions=0, leads=[lead]), create_work_group(sessions=0, leads=[lead])
    meet(first, on(10, 13), venue=here)
    meet(second, on(10, 15) + timedelta(minutes=minutes), venue=there)

    assert kinds() == clash


def test_lead_whose_part_has_ended_before_that_day_clashes_with_nothing() -> None:
    lead, today = create_user(), timezone.localdate()
    first, second = create_work_group(sessions=0, leads=[lead]), create_work_group(sessions=0)
    create_facilitation(work_group=second, person=lead, until=today + timedelta(days=5))
    for days in (3, 10):
        for group in (first, second):
            meet(group, on(days, 13), venue=create_venue(easting=None, northing=None))

    found, _ = clashes_ahead(timezone.now(), most=9)

    assert [timezone.localdate(one.session.starts_at) for one in found] == [today + timedelta(days=3)]


def test_more_people_than_chairs_is_a_clash_and_is_said_in_words() -> None:
    hall = create_venue(name="Hall", chairs=2)
    group = create_work_group(title="Bars", sessions=0, people_to=3)
    session = meet(group, on(10, 13), venue=hall)
    create_booking(work_group=group, people=2)
    before = kinds()
    create_booking(work_group=group, people=1)

    (clash,) = clashes_of([session])

    day = timezone.localdate(session.starts_at)
    assert before == []
    assert clash.words == (f"3 people are expected at Bars, session 1 on {day.day} {day:%B}, and Hall has 2 chairs.")


def test_preview_of_a_change_and_the_group_page_warn_and_nothing_is_refused(log_in: Callable[[User], Client]) -> None:
    hall, staff = create_venue(name="Hall"), create_hub_staff()
    meet(create_work_group(title="Bars", sessions=0), on(10, 13), venue=hall)
    group = create_work_group(title="Cubes", sessions=0)
    session = meet(group, on(12, 13), venue=hall)
    plan = SessionPlan(starts_at=on(10, 14), ends_at=on(10, 16), venue=hall)

    before = rehearse(programme.change_session, session=session, plan=plan, by=staff)
    programme.change_session(session=session, plan=plan, by=staff)
    client = log_in(staff)
    urls = (f"/office/work-groups/{group.pk}/", f"/office/sessions/{session.pk}/", f"/office/venues/{hall.pk}/")
    pages = [client.get(url).content.decode() for url in urls]

    (words,) = before.clashes
    assert words.startswith("Hall is taken twice on ")
    assert [words in page for page in pages] == [True, True, True]


def test_venue_page_shows_its_coming_sessions(log_in: Callable[[User], Client]) -> None:
    hall = create_venue(name="Hall")
    meet(create_work_group(title="Bars", sessions=0), on(10, 13), venue=hall)
    meet(create_work_group(title="Long ago", sessions=0), on(-10, 13), venue=hall)

    page = log_in(create_hub_staff()).get(f"/office/venues/{hall.pk}/").content.decode()

    assert ("Bars" in page, "Long ago" in page, Venue.objects.count()) == (True, False, 1)
