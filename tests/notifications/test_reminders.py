"""Reminders: derived from what stands, once each, on school days between half past seven and half past five."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from booking.actions import answers, places, programme, swaps
from booking.changing import SessionPlan
from booking.models import Booking, CalendarEntry, SchoolHoliday, Session, WorkGroup
from booking.models.places import Reason
from notifications.delivery import claim, drain
from notifications.models import Notice
from notifications.reminders import remind
from tests.days import at, tuesday
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)
from tests.ticks import ten_at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Coming:
    """Kim comes to one session on a Tuesday afternoon in March, with two sessions before and after."""

    def __init__(self, **fields: object) -> None:
        self.day = tuesday()
        self.lead = create_lead()
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, name="Kim")
        self.group = create_work_group(sessions=0, title="Bar models", bring="Squared paper", **fields)
        self.before = self.session(-21, 1)
        self.coming = self.session(0, 2)
        create_task(session=self.before, title="Sort and explain")
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim])
        drain()
        Notice.objects.all().delete()

    def session(self, days: int, number: int) -> Session:
        start = at(self.day + timedelta(days=days), 13, 15)
        venue = create_venue(name="Kestrel Hill", parking="Behind the hall")
        return create_session(
            work_group=self.group, number=number, venue=venue, starts_at=start, ends_at=start + timedelta(hours=2)
        )

    def back(self, days: int, hour: int = 8, minute: int = 0) -> datetime:
        """So many days before the session, at that time."""
        return at(self.day - timedelta(days=days), hour, minute)


def sent() -> list[tuple[str, str]]:
    return list(Notice.objects.filter(kind="reminder").order_by("pk").values_list("to", "subject"))


def test_remind_a_week_and_a_day_before_and_once_each() -> None:
    hub = Coming()

    counts = [remind(hub.back(days, hour)) for days, hour in ((8, 8), (7, 8), (7, 9), (3, 8), (1, 8), (1, 17), (0, 8))]

    assert counts == [0, 1, 0, 0, 1, 0, 0]
    assert [subject.partition(":")[0] for _, subject in sent()] == [f"Tue {hub.day.day} Mar", "Tomorrow"]


def test_remind_says_where_what_to_bring_and_what_to_try() -> None:
    hub = Coming()

    remind(hub.back(1))

    text = bytes(Notice.objects.get(kind="reminder").raw).decode()
    words = ("Kestrel Hill", "Behind the hall", "Squared paper", "Sort and explain", "1.15pm")
    assert [word in text for word in words] == [True] * 5


def test_remind_never_outside_school_hours() -> None:
    hub = Coming()

    counts = [remind(hub.back(7, hour, minute)) for hour, minute in ((7, 29), (17, 31), (7, 30))]

    assert counts == [0, 0, 1]


def test_remind_of_a_monday_on_the_friday_before() -> None:
    hub = Coming()
    monday = hub.day + timedelta(days=6)
    start = at(monday, 13, 15)
    Session.objects.filter(pk=hub.coming.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    WorkGroup.objects.update(reminder_days=[1])

    counts = [remind(at(monday - timedelta(days=days))) for days in (4, 3, 2, 1)]

    assert counts == [0, 1, 0, 0]


def test_remind_before_the_holidays_of_ones_own_school() -> None:
    hub = Coming()
    SchoolHoliday.objects.create(
        la_code="855", name="Half term", first_on=hub.day - timedelta(days=8), last_on=hub.day - timedelta(days=1)
    )
    elsewhere = create_booking(work_group=hub.group)
    type(elsewhere.school).objects.filter(pk=elsewhere.school_id).update(la_code="856")
    Notice.objects.all().delete()

    friday = remind(hub.back(11))  # the last school day before the week begins in which nobody is there
    monday = remind(hub.back(7))
    eve = remind(hub.back(1))

    assert (friday, monday, eve) == (1, 2, 2)


def test_remind_late_when_it_still_helps_and_only_of_the_nearest() -> None:
    hub = Coming()

    late = remind(hub.back(0, 8))
    after = remind(hub.back(0, 13, 30))

    assert (late, after) == (1, 0)
    assert sent()[0][1].startswith("Today: Bar models, session 2, 1.15pm")


def test_remind_nobody_who_was_told_after_it_was_due() -> None:
    hub = Coming()
    CalendarEntry.objects.filter(session=hub.coming).update(changed_at=hub.back(5))

    assert [remind(hub.back(days)) for days in (4, 1)] == [0, 1]


def test_remind_nobody_who_sends_apologies_or_somebody_else() -> None:
    hub = Coming()
    second = create_booking(work_group=hub.group, people=1)
    stand_in = create_teacher(school=second.school)
    answers.answer(person=hub.kim, session=hub.coming, answer="cannot", by=hub.kim)
    swaps.send(place=second.places.get(), sessions=[hub.coming.pk], to=stand_in.pk, by=second.made_by)

    remind(hub.back(7))

    assert [to for to, _ in sent()] == [stand_in.email]


def test_remind_of_a_moved_session_anew_and_of_a_cancelled_one_not_at_all() -> None:
    hub = Coming()
    remind(hub.back(7))
    plan = SessionPlan.of(hub.coming)
    later = SessionPlan(
        **{field: getattr(plan, field) for field in plan.__dataclass_fields__}
        | {"starts_at": at(hub.day + timedelta(days=14), 13), "ends_at": at(hub.day + timedelta(days=14), 15)}
    )

    programme.change_session(session=hub.coming, plan=later, by=create_hub_staff())
    moved = remind(at(hub.day + timedelta(days=7)))
    programme.cancel_session(session=hub.coming, reason="Snow", by=create_hub_staff())
    cancelled = remind(at(hub.day + timedelta(days=13)))

    assert (moved, cancelled) == (1, 0)


def test_remind_waiting_in_the_queue_is_void_once_the_session_changes() -> None:
    hub = Coming()
    remind(hub.back(1))
    places.withdraw(booking=hub.booking, reason=Reason.OTHER, by=hub.lead)
    drain()

    assert Notice.objects.get(kind="reminder").state == Notice.State.DROPPED


def test_remind_that_waits_for_a_server_does_not_leave_after_the_start() -> None:
    hub = Coming()
    remind(hub.back(1))
    Notice.objects.update(next_try_at=timezone.now())

    found = claim(hub.back(0, 13, 16))

    assert (found, Notice.objects.get(kind="reminder").state) == (None, Notice.State.DROPPED)


def test_remind_who_books_for_somebody_without_an_address() -> None:
    hub = Coming()
    User.objects.filter(pk=hub.kim.pk).update(email=None)

    remind(hub.back(1))

    assert sent() == [(hub.lead.email, "For Kim: Tomorrow: Bar models, session 2, 1.15pm")]


def test_remind_nobody_on_leave() -> None:
    hub = Coming()
    User.objects.filter(pk=hub.kim.pk).update(away_from=hub.day - timedelta(days=30), away_to=None)

    assert remind(hub.back(1)) == 0


def test_remind_by_the_groups_own_days_or_not_at_all() -> None:
    hub = Coming(reminder_days=[3])
    none = Coming(reminder_days=[])
    assert none.booking.pk

    assert [remind(hub.back(days)) for days in (7, 4, 3, 1)] == [0, 1, 0, 0]  # three days before is a Saturday


def test_remind_with_a_number_of_queries_that_does_not_grow() -> None:
    hub = Coming()
    counts = []
    for more in (0, 6):
        for _ in range(more):
            create_booking(work_group=hub.group)
        Notice.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            remind(hub.back(7))
        counts.append(len([query for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]))

    assert counts[0] == counts[1]


def test_remind_leaves_everything_at_most_28_mails_for_a_place_of_six_sessions() -> None:
    day = tuesday()
    kim = create_user(name="Kim")
    lead = create_lead()
    kim.memberships.create(school=lead.memberships.get().school, state="active")
    group = create_work_group(sessions=0, title="Bar models")
    days = [day + timedelta(days=14 * index) for index in range(6)]
    for number, on in enumerate(days, start=1):
        start = at(on, 13, 15)
        create_session(work_group=group, number=number, starts_at=start, ends_at=start + timedelta(hours=2))
    create_booking(work_group=group, by=lead, people=[kim])
    drain()

    for on in days:
        for before in range(20, -1, -1):
            remind(at(on - timedelta(days=before)))

    mails = Notice.objects.filter(to=kim.email).values_list("kind", flat=True)
    assert (sorted(set(mails)), len(mails) <= 28) == (["invite", "place_confirmed", "reminder"], True)
    assert len([kind for kind in mails if kind == "reminder"]) == 12
    assert Booking.objects.count() == 1


def test_remind_by_ten_ticks_at_once_and_again_later_makes_each_once() -> None:
    hub = Coming()
    for _ in range(3):
        create_booking(work_group=hub.group)
    CalendarEntry.objects.update(changed_at=hub.back(30))
    Notice.objects.all().delete()

    ten_at_once(lambda: remind(hub.back(7)))

    people = list(Notice.objects.filter(kind="reminder").values_list("to", flat=True))
    assert (len(people), len(set(people))) == (7, 7)
    assert remind(hub.back(7, 9)) == 0
