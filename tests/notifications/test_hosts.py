"""Whoever opens the door at a venue, without an account: who comes, the school day before and at changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import rights
from booking.actions import answers, needs, programme
from booking.changing import SessionPlan
from booking.links import host_url
from booking.models import Session, Venue
from notifications.delivery import drain
from notifications.hosts import tell_hosts
from notifications.models import Notice
from tests.days import at
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

HAL = "hal@hall.example"


class Hall:
    """A session on that Tuesday in a hall, where Hal opens the door; Kim and Lou come, Fran leads."""

    def __init__(self, **fields: object) -> None:
        self.staff, self.lead, self.fran = create_hub_staff(), create_lead(), create_user(name="Fran Moss")
        school = self.lead.memberships.get().school
        self.kim, self.lou = (
            create_teacher(school=school, name=name, email=f"{name[:3].lower()}@oak.example")
            for name in ("Kim Patel", "Lou Lee")
        )
        self.venue = create_venue(name="Hall", room="Upstairs", host_name="Hal Ash", host_email=HAL)
        self.group = create_work_group(sessions=0, title="Bar models", leads=[self.fran])
        given = {"venue": self.venue, "starts_at": at(0, 13), "ends_at": at(0, 15)} | fields
        self.session = create_session(work_group=self.group, **given)
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim, self.lou])
        drain()

    def change(self, **fields: object) -> None:
        session = Session.objects.get(pk=self.session.pk)
        programme.change_session(session=session, plan=replace(SessionPlan.of(session), **fields), by=self.staff)  # type: ignore[arg-type]  # fields of a plan
        drain()

    def page(self) -> str:
        session = Session.objects.get(pk=self.session.pk)
        path = host_url(session, Venue.objects.get(pk=self.venue.pk)).partition(":8000")[2]
        response = Client().get(path)
        return response.content.decode() if response.status_code == 200 else str(response.status_code)


def subjects() -> list[str]:
    kept = Notice.objects.filter(to=HAL).exclude(state=Notice.State.DROPPED)
    return list(kept.order_by("pk").values_list("subject", flat=True))


def test_host_is_told_the_school_day_before_once() -> None:
    hall = Hall()

    counts = [tell_hosts(moment) for moment in (at(-2, 9), at(-1, 7), at(-1, 7, 30), at(-1, 12), at(0, 8))]

    assert counts == [0, 0, 1, 0, 0]
    notice = Notice.objects.get(to=HAL)
    assert (notice.secret, notice.expires_at) == (True, hall.session.starts_at)
    assert b"We expect 3 people" in bytes(notice.raw)


def test_host_of_a_monday_is_told_on_the_friday() -> None:
    Hall(starts_at=at(6, 13), ends_at=at(6, 15))

    assert [tell_hosts(at(day, 8)) for day in (2, 3, 4, 5)] == [0, 1, 0, 0]


def test_host_is_not_told_of_what_meets_online_or_was_cancelled() -> None:
    hall = Hall()
    hall.change(mode="online", link="https://meet.hub.example/x")
    online = tell_hosts(at(-1, 8))
    hall.change(mode="in_person")
    programme.cancel_session(session=Session.objects.get(), reason="Snow", by=hall.staff)

    assert (online, tell_hosts(at(-1, 8))) == (0, 0)


def test_host_hears_of_a_change_of_day_but_not_of_what_to_bring() -> None:
    hall = Hall()

    hall.change(bring="Cubes")
    assert subjects() == []
    hall.change(starts_at=at(7, 13), ends_at=at(7, 15))

    assert [one.partition(":")[0] for one in subjects()] == ["Changed"]


def test_host_hears_once_of_changes_within_the_hold_and_of_the_end() -> None:
    hall = Hall()

    hall.change(starts_at=at(7, 13), ends_at=at(7, 15))
    hall.change(starts_at=at(8, 13), ends_at=at(8, 15))
    programme.cancel_session(session=Session.objects.get(), reason="Snow", by=hall.staff)
    drain()

    assert [one.partition(":")[0] for one in subjects()] == ["Cancelled"]


def test_host_hears_that_the_session_goes_elsewhere_and_the_other_that_it_comes() -> None:
    hall = Hall()
    other = create_venue(name="Barn", host_name="Bo", host_email="bo@barn.example")

    hall.change(venue=other)

    assert [one.partition(":")[0] for one in subjects()] == ["Not at Hall"]
    assert Notice.objects.get(to="bo@barn.example").subject.startswith("Changed: Bar models at Barn")
    assert hall.page() == "404"


def test_host_hears_that_the_group_is_called_off() -> None:
    hall = Hall()

    programme.call_group_off(work_group=hall.group, reason="Too few schools", by=hall.staff)
    drain()

    assert [one.partition(":")[0] for one in subjects()] == ["Cancelled"]


def test_host_sees_names_by_school_and_counts_but_no_needs_and_no_addresses() -> None:
    hall = Hall()
    needs.say(
        place=hall.booking.places.get(person=hall.kim),
        access="A step-free way in",
        food="No nuts",
        contact_me=False,
        agreed=True,
        by=hall.kim,
    )

    page = hall.page()

    school = str(hall.booking.school)
    shown = (school, "Kim Patel", "Lou Lee", "Fran Moss", "Upstairs", "1pm to 3pm", "3, who leads included")
    hidden = ("No nuts", "step-free", "@oak.example", str(hall.fran.email), HAL)
    assert ([one in page for one in shown], [one in page for one in hidden]) == ([True] * 7, [False] * 5)


def test_host_sees_the_list_as_it_stands_now() -> None:
    hall = Hall()
    answers.answer(person=hall.kim, session=hall.session, answer="cannot", by=hall.kim)

    page = hall.page()

    assert ("Kim Patel" in page, "2, who leads included" in page) == (False, True)


def test_host_link_ends_with_the_address_and_two_days_after() -> None:
    hall = Hall()
    path = host_url(hall.session, hall.venue).partition(":8000")[2]
    ago = timezone.now() - timedelta(days=3)

    Venue.objects.filter(pk=hall.venue.pk).update(host_email="new@hall.example")
    elsewhere = Client().get(path).status_code
    Venue.objects.filter(pk=hall.venue.pk).update(host_email=HAL)
    before = Client().get(path).status_code
    Session.objects.update(starts_at=ago - timedelta(hours=2), ends_at=ago)

    assert (elsewhere, before, Client().get(path).status_code) == (404, 200, 404)
    assert Client().get(path[:-3] + "xx/").status_code == 404


def test_host_page_says_that_it_is_off() -> None:
    hall = Hall()
    programme.cancel_session(session=hall.session, reason="Snow", by=hall.staff)

    assert ("does not take place" in hall.page(), "Kim Patel" in hall.page()) == (True, False)


def test_host_link_changes_nothing_when_opened() -> None:
    hall = Hall()
    before = list(Session.objects.values())

    hall.page()

    assert (list(Session.objects.values()), Notice.objects.filter(to=HAL).count()) == (before, 0)


def test_host_who_asks_to_be_forgotten_stands_at_no_venue() -> None:
    hall = Hall()
    hal = create_user(name="Hal Ash", email=HAL)

    rights.erase(person=hal, by=hall.staff)

    assert list(Venue.objects.filter(pk=hall.venue.pk).values_list("host_name", "host_email")) == [("", "")]
