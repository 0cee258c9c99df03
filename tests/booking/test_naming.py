"""Names to follow: the day by which they are due, asked for by itself, and shown to whoever must act."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import places
from booking.models import Booking, SchoolHoliday, Session, WorkGroup
from booking.naming import unnamed
from booking.reports.todo.places import late_names
from booking.schooldays import SchoolCalendar, is_working_day
from notifications.chase import ask_for_names
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


def asked() -> list[tuple[str, str]]:
    return list(Notice.objects.filter(kind="names_due").order_by("pk").values_list("to", "subject"))


def booked(*, naming_days: int = 5) -> Booking:
    """One of two to name, in a group whose first session is in two weeks; booked a month ago."""
    group = create_work_group(naming_days=naming_days, title="Fractions")
    lead = create_lead()
    booking = create_booking(
        work_group=group, by=lead, people=[create_teacher(school=lead.memberships.get().school), None]
    )
    Booking.objects.filter(pk=booking.pk).update(made_at=timezone.now() - timedelta(days=30))
    return booking


def at_work(moment: datetime) -> datetime:
    """Ten in the morning of that day, or of the next on which schools are written to."""
    moment = timezone.localtime(moment).replace(hour=10)
    while not is_working_day(moment.date()):
        moment += timedelta(days=1)
    return moment


def starts(booking: Booking) -> datetime:
    start = booking.work_group.sessions.earliest("number").starts_at
    assert start is not None
    return start


def due_on(booking: Booking, *, days: int) -> date:
    """That many days before it begins, or the last school day before that."""
    return SchoolCalendar.load().last_on_or_before(timezone.localdate(starts(booking)) - timedelta(days=days), "855")


def test_names_are_due_some_days_before_the_next_session() -> None:
    booking = booked(naming_days=5)

    (one,) = unnamed(timezone.now())

    assert (one.booking, one.to_name, one.places) == (booking, 1, 2)
    assert one.by == due_on(booking, days=5)


def test_names_of_a_late_booking_have_three_days_at_least() -> None:
    booked(naming_days=60)
    Booking.objects.update(made_at=timezone.now())

    (one,) = unnamed(timezone.now())

    soonest = timezone.localdate() + timedelta(days=3)
    assert one.by == SchoolCalendar.load().first_on_or_after(soonest, "855")


def test_names_are_asked_for_once_a_week_before_and_once_when_late() -> None:
    booking = booked(naming_days=5)
    to = booking.made_by.email
    day = due_on(booking, days=5)
    due = starts(booking).replace(year=day.year, month=day.month, day=day.day)

    for moment in (due - timedelta(days=7), due - timedelta(days=6), due - timedelta(days=5)):
        ask_for_names(at_work(moment))
    before = asked()
    ask_for_names(at_work(due + timedelta(days=1)))
    ask_for_names(at_work(due + timedelta(days=3)))

    ask_for_names(timezone.localtime(at_work(due)).replace(hour=22))

    assert before == [(to, "To name: Fractions")]
    assert asked() == [(to, "To name: Fractions"), (to, "Still to name: Fractions")]


def test_names_are_not_asked_for_once_they_are_given() -> None:
    booking = booked()
    sam = create_teacher(school=booking.school)
    places.name_place(place=booking.places.get(person=None), person=sam, by=booking.made_by)

    assert ask_for_names(at_work(starts(booking) - timedelta(days=1))) == 0


def test_names_of_a_group_without_a_date_are_not_due() -> None:
    booked()
    Session.objects.update(starts_at=None, ends_at=None, when_words="in spring")

    assert [one.by for one in unnamed(timezone.now())] == [None]
    assert ask_for_names(at_work(timezone.now())) == 0


def test_names_that_are_late_show_to_the_office_and_others_do_not() -> None:
    late, early = booked(naming_days=13), booked(naming_days=1)
    WorkGroup.objects.filter(pk=late.work_group_id).update(naming_days=20)

    assert [one.booking for one in late_names(timezone.now())] == [late]
    assert early.pk in [one.booking.pk for one in unnamed(timezone.now())]


def test_names_still_to_give_stand_on_the_schools_pages(log_in: Callable[[User], Client]) -> None:
    booking = booked()
    client = log_in(booking.made_by)

    pages = [client.get(url).content.decode() for url in ("/bookings/", booking.get_absolute_url())]

    assert ["One of two still to name" in page for page in pages] == [True, True]


def test_office_page_says_whose_names_are_late(log_in: Callable[[User], Client]) -> None:
    booking = booked()
    WorkGroup.objects.update(naming_days=20)

    page = log_in(create_hub_staff()).get("/office/").content.decode()

    assert ("Name to follow" in page, booking.school.name in page) == (True, True)


def test_names_are_due_on_a_school_day_never_on_a_saturday_or_in_the_holidays() -> None:
    booking = booked(naming_days=5)
    thursday = datetime(2027, 1, 21, 13, 15, tzinfo=UTC)
    Session.objects.filter(work_group=booking.work_group, number=1).update(
        starts_at=thursday, ends_at=thursday + timedelta(hours=2)
    )
    Session.objects.exclude(number=1).update(starts_at=None, ends_at=None, when_words="in spring")
    at = thursday - timedelta(days=40)
    Booking.objects.update(made_at=at - timedelta(days=30))

    (saturday,) = unnamed(at)  # five days before is Saturday the 16th
    WorkGroup.objects.update(naming_days=6)
    SchoolHoliday.objects.create(la_code="855", name="Snow", first_on=date(2027, 1, 14), last_on=date(2027, 1, 15))
    (holiday,) = unnamed(at)

    assert (saturday.by, holiday.by) == (date(2027, 1, 15), date(2027, 1, 13))
