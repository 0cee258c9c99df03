"""Asked once more by itself: an offer about to lapse, and a register that nobody has signed."""

from datetime import datetime

import pytest
from django.utils import timezone

from booking.actions import offers, places
from booking.models import Attendance, Booking, SchoolHoliday, Session
from booking.models.places import Status
from notifications.chase import ask_for_registers, remind_of_offers
from notifications.delivery import deliver
from notifications.models import Notice
from tests.days import at
from tests.factories import (
    create_booking,
    create_facilitation,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)
from tests.smtp_sink import SinkServer
from tests.ticks import ten_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def offered(made: datetime, ends: datetime) -> Booking:
    """A booking that waited, and was offered places when others withdrew; the offer runs from `made` to `ends`."""
    work_group = create_work_group(capacity=2, offer_hours=5)
    first, booking = (create_booking(work_group=work_group) for _ in range(2))
    places.withdraw(booking=first, reason="other", by=first.made_by)
    Booking.objects.filter(pk=booking.pk, status=Status.OFFERED).update(offered_at=made, offer_ends_at=ends)
    return booking


def test_offer_about_to_lapse_is_told_once_to_who_was_offered_it() -> None:
    booking = offered(at(-1, 9), at(2, 12))

    counts = [remind_of_offers(at(day, hour)) for day, hour in ((0, 12), (1, 11), (1, 13), (1, 15), (2, 9), (2, 13))]

    assert counts == [0, 0, 1, 0, 0, 0]
    notice = Notice.objects.get(kind="offer_ends_soon")
    assert (notice.to, notice.text, notice.expires_at) == (booking.made_by.email, "", at(2, 12))
    assert b"/offers/" in bytes(notice.raw)


def test_offer_about_to_lapse_is_not_told_once_it_is_answered_or_by_night() -> None:
    booking = offered(at(-1, 9), at(2, 12))

    night = remind_of_offers(at(1, 22))
    offers.decline(booking=booking, by=booking.made_by)

    assert (night, remind_of_offers(at(2, 9))) == (0, 0)


def test_offer_made_anew_is_told_anew_and_a_short_one_not_at_all() -> None:
    booking = offered(at(-1, 9), at(2, 12))
    short = offered(at(1, 9), at(1, 15))

    first = remind_of_offers(at(1, 13))
    Booking.objects.filter(pk=booking.pk).update(offered_at=at(2, 13), offer_ends_at=at(7, 12))
    second = remind_of_offers(at(6, 15))

    assert (first, second) == (1, 1)
    assert not Notice.objects.filter(to=short.made_by.email, kind="offer_ends_soon").exists()


def test_offer_and_register_by_ten_ticks_at_once_are_told_once_and_never_when_in_doubt(smtp: SinkServer) -> None:
    booking, hub = offered(at(-1, 9), at(2, 12)), Held()
    Notice.objects.all().delete()
    smtp.sink.answer = lambda number: "hang up"

    offers_told, registers_told = (
        ten_at_once(lambda: remind_of_offers(at(1, 13))),
        ten_at_once(lambda: ask_for_registers(at(1, 8))),
    )
    deliver()
    Notice.objects.update(next_try_at=timezone.now())
    deliver()

    assert (sum(offers_told), sum(registers_told)) == (1, 1)
    made = Notice.objects.order_by("pk").values_list("kind", "to", "state")
    assert list(made) == [
        ("offer_ends_soon", booking.made_by.email, "unknown"),
        ("register_to_take", hub.fran.email, "unknown"),
    ]
    assert len(smtp.sink.mails) == 2


class Held:
    """A session on that Tuesday afternoon at which one person was expected, led by Fran on that day."""

    def __init__(self) -> None:
        self.fran, self.before = create_user(name="Fran"), create_user(name="Bo")
        self.group = create_work_group(sessions=0, title="Bar models")
        create_facilitation(work_group=self.group, person=self.before, until=timezone.localdate())
        create_facilitation(work_group=self.group, person=self.fran)
        self.session = create_session(work_group=self.group, starts_at=at(0, 13), ends_at=at(0, 15))
        school = create_lead().memberships.get().school
        self.row = Attendance.objects.create(session=self.session, person=create_teacher(school=school), school=school)


def test_register_not_signed_is_asked_for_the_next_morning_once() -> None:
    hub = Held()

    counts = [ask_for_registers(moment) for moment in (at(0, 17), at(1, 7, 29), at(1, 7, 30), at(1, 9), at(2, 9))]

    assert counts == [0, 0, 1, 0, 0]
    notice = Notice.objects.get(kind="register_to_take")
    assert (notice.to, f"/sessions/{hub.session.pk}/register/" in notice.text) == (hub.fran.email, True)


def test_register_of_a_friday_is_asked_for_after_the_weekend_and_the_holidays() -> None:
    hub = Held()
    Session.objects.filter(pk=hub.session.pk).update(starts_at=at(3, 13), ends_at=at(3, 15))
    SchoolHoliday.objects.create(la_code="", name="Off", first_on=at(6, 8).date(), last_on=at(6, 8).date())

    assert [ask_for_registers(at(day, 8)) for day in (4, 5, 6, 7)] == [0, 0, 0, 1]


def test_register_is_not_asked_for_once_it_is_signed_or_where_nobody_was_expected() -> None:
    hub = Held()
    create_session(work_group=hub.group, number=2, starts_at=at(0, 9), ends_at=at(0, 10))
    Session.objects.filter(pk=hub.session.pk).update(signed_at=at(0, 16))

    assert ask_for_registers(at(1, 8)) == 0


def test_register_of_a_cancelled_session_is_not_asked_for() -> None:
    hub = Held()
    Session.objects.filter(pk=hub.session.pk).update(status=Session.Status.CANCELLED)

    assert ask_for_registers(at(1, 8)) == 0
