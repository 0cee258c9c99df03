"""Half way to the next session: who has not said how the task went is asked once, where the group wishes it."""

from datetime import date, timedelta

import pytest

from booking.actions import answers, programme, research
from booking.models import Attendance, Booking, CalendarEntry, Session
from notifications.delivery import drain
from notifications.done import tell_what_was_done
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
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Gap:
    """Kim has a place in a group that asks half way; three weeks lie between its two sessions, both on Tuesdays."""

    def __init__(self, weeks: int = 3, days: int = 0, **fields: object) -> None:
        self.first = tuesday()
        self.second = self.first + timedelta(weeks=weeks, days=days)
        self.lead = create_lead()
        self.kim = create_teacher(school=self.lead.memberships.get().school)
        self.group = create_work_group(sessions=0, title="Bar models", **{"nudges_half_way": True} | fields)
        self.sessions = [
            create_session(work_group=self.group, number=number, starts_at=at(day, 13), ends_at=at(day, 15))
            for number, day in enumerate((self.first, self.second), start=1)
        ]
        self.task = create_task(session=self.sessions[0], title="Sort and explain")
        create_booking(work_group=self.group, by=self.lead, people=[self.kim])
        drain()
        Notice.objects.all().delete()

    def walk(self) -> list[tuple[int, str]]:
        """What Kim gets, day by day, as (days after the first session, kind)."""
        found = []
        for day in range(1, (self.second - self.first).days + 1):
            before = set(Notice.objects.values_list("pk", flat=True))
            remind(at(self.first + timedelta(days=day)))
            made = Notice.objects.exclude(pk__in=before).filter(to=self.kim.email)
            found += [(day, kind) for kind in made.values_list("kind", flat=True)]
        return found


def test_half_way_takes_the_turn_of_the_reminder_a_week_before() -> None:
    gap = Gap()

    # Half way is a Friday, ten days after the first session.
    assert gap.walk() == [(10, "half_way"), (20, "reminder")]


def test_half_way_is_off_unless_turned_on() -> None:
    assert Gap(nudges_half_way=False).walk() == [(14, "reminder"), (20, "reminder")]


def test_half_way_asks_nobody_where_the_group_has_no_tasks() -> None:
    assert Gap(uses_tasks=False).walk() == [(14, "reminder"), (20, "reminder")]


def test_half_way_stops_at_a_reflection_and_leaves_both_reminders() -> None:
    gap = Gap()
    research.reflect(task=gap.task, outcome="tried", words="It went well.", shared=True, person=gap.kim)

    assert gap.walk() == [(14, "reminder"), (20, "reminder")]


def test_half_way_asked_and_answered_spares_the_first_reminder_still() -> None:
    gap = Gap()
    remind(at(gap.first + timedelta(days=10)))
    reflection = research.reflect(task=gap.task, outcome="stuck", words="Help.", shared=True, person=gap.kim)
    type(reflection).objects.update(at=at(gap.first + timedelta(days=11)))

    assert gap.walk() == [(20, "reminder")]


def test_half_way_is_asked_late_when_it_still_helps() -> None:
    gap = Gap()

    counts = [remind(at(gap.first + timedelta(days=day))) for day in (13, 14)]

    assert (counts, Notice.objects.get().kind) == ([1, 0], "half_way")


def test_half_way_asks_nobody_in_a_gap_of_days() -> None:
    gap = Gap(weeks=0, days=2)

    assert [kind for _, kind in gap.walk()] == ["reminder"]


def test_half_way_asks_nobody_who_joined_after_it() -> None:
    gap = Gap()
    CalendarEntry.objects.update(changed_at=at(gap.first + timedelta(days=12)))

    assert gap.walk() == [(14, "reminder"), (20, "reminder")]


def test_half_way_asks_nobody_who_has_said_that_they_cannot_come() -> None:
    gap = Gap()
    answers.answer(person=gap.kim, session=gap.sessions[1], answer="cannot", by=gap.kim)

    assert gap.walk() == []


def test_half_way_dies_with_the_session() -> None:
    gap = Gap()
    programme.cancel_session(session=gap.sessions[1], reason="Snow", by=create_hub_staff())

    assert gap.walk() == []


def test_half_way_says_what_to_try_and_when_we_meet() -> None:
    gap = Gap()

    remind(at(gap.first + timedelta(days=10)))

    text = Notice.objects.get(kind="half_way").text
    words = ("Sort and explain", "1pm to 3pm", f"/my/tasks/{gap.task.pk}/")
    assert [word in text for word in words] == [True] * 3


@pytest.mark.parametrize("day", [date(2027, 3, 29), date(2027, 3, 30), date(2027, 11, 1), date(2027, 11, 2)])
def test_reminders_around_the_clock_changes_come_at_half_past_seven_in_london(day: date) -> None:
    """The clocks go forward on 28 March 2027 (Easter Sunday) and back on 31 October."""
    lead = create_lead()
    kim = create_teacher(school=lead.memberships.get().school)
    group = create_work_group(sessions=0, reminder_days=[7, 1])
    create_session(work_group=group, starts_at=at(day, 13), ends_at=at(day, 15))
    create_booking(work_group=group, by=lead, people=[kim])
    eve = {
        date(2027, 3, 29): date(2027, 3, 25),  # Good Friday and the days of Easter are no school days
        date(2027, 3, 30): date(2027, 3, 25),
        date(2027, 11, 1): date(2027, 10, 29),
        date(2027, 11, 2): date(2027, 11, 1),
    }[day]

    week = day - timedelta(days=7)
    counts = [remind(at(on, 7, minute)) for on in (week, eve) for minute in (29, 30)]

    assert counts == [0, 1, 0, 1]


def test_limits_three_mails_a_session_and_28_for_a_place_of_six() -> None:
    """With everything on that reaches who has a place: invites, reminders, half way, and what we did."""
    kim, lead, fran = create_user(name="Kim"), create_lead(), create_user(name="Fran")
    kim.memberships.create(school=lead.memberships.get().school, state="active")
    group = create_work_group(sessions=0, leads=[fran], nudges_half_way=True, reminder_days=[14, 7, 1])
    days = [tuesday() + timedelta(days=21 * index) for index in range(6)]
    for number, on in enumerate(days, start=1):
        session = create_session(work_group=group, number=number, starts_at=at(on, 13), ends_at=at(on, 15))
        create_task(session=session)
    create_booking(work_group=group, by=lead, people=[kim], cover_email="cover@oakfield.example")
    drain()

    day = days[0] - timedelta(days=30)
    while day < days[-1] + timedelta(days=14):
        for hour in (8, 12, 17):
            remind(at(day, hour))
            tell_what_was_done(at(day, hour))
        for session in Session.objects.filter(starts_at__gte=at(day, 0), starts_at__lt=at(day + timedelta(days=1), 0)):
            row = Attendance.objects.get(session=session, person=kim)
            registers_of_the_day(session, row)
        day += timedelta(days=1)

    mails = Notice.objects.filter(to=kim.email)
    by_kind = {kind: mails.filter(kind=kind).count() for kind in set(mails.values_list("kind", flat=True))}
    assert by_kind == {"place_confirmed": 1, "invite": 6, "half_way": 5, "reminder": 7, "what_we_did": 6}
    # With the summary for who booked and the dates for cover.
    assert Notice.objects.count() == 27 <= 28
    assert Booking.objects.count() == 1


def registers_of_the_day(session: Session, row: Attendance) -> None:
    """As if the clock stood at the end of that day: marked, and signed at five past three."""
    mark = row.marks.create(what="present", at=session.ends_at, received_at=session.ends_at)
    Attendance.objects.filter(pk=row.pk).update(standing_mark=mark)
    assert session.ends_at is not None
    Session.objects.filter(pk=session.pk).update(signed_at=session.ends_at + timedelta(minutes=5))


def test_limits_hold_where_nobody_is_asked_half_way() -> None:
    gap = Gap(nudges_half_way=False, reminder_days=[14, 7, 1])

    assert [kind for _, kind in gap.walk()] == ["reminder", "reminder"]
