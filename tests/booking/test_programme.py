"""Setting up, publishing, changing a session once."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from booking.actions import programme, series
from booking.changing import SessionPlan
from booking.forms.work_groups import WorkGroupForm
from booking.models import Attendance, CalendarEntry, WorkGroup
from booking.models.programme import state_of_booking
from booking.reports.programme import state_words
from booking.templatetags.words import clock, day, day_short
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_project,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def sequences(work_group: WorkGroup) -> list[tuple[int, str]]:
    entries = CalendarEntry.objects.filter(session__work_group=work_group).order_by("session__starts_at", "pk")
    return [(entry.sequence, entry.wanted) for entry in entries]


def test_bookable_is_what_booking_state_calls_open() -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    times: list[dict[str, Any]] = [
        {},
        {"opens_at": now},
        {"opens_at": now + hour},
        {"closes_at": now},
        {"closes_at": now + hour},
    ]
    room: list[dict[str, Any]] = [
        {},
        {"capacity": None},
        {"capacity": 2, "taken": 2},
        {"capacity_schools": 1, "taken_schools": 1},
    ]
    kinds: list[dict[str, Any]] = [
        {},
        {"unit": "session"},
        *({"recruitment": how} for how in WorkGroup.Recruitment.values),
    ]
    shared: dict[str, Any] = {"project": create_project(), "sessions": 0}
    for status, *fields in product(WorkGroup.Status.values, times, room, kinds):
        create_work_group(status=status, **shared, **{k: v for part in fields for k, v in part.items()})

    groups = WorkGroup.objects.annotate(state=state_of_booking(now))

    states = {group.pk: group.booking_state(now) for group in groups}
    assert {group.pk: group.state for group in groups} == states
    assert set(WorkGroup.objects.bookable(now)) == {group for group in groups if states[group.pk] == "open"}
    assert set(states.values()) == {"open", "not_open", "full", "closed"}


def test_change_session_raises_the_sequence_of_everybody_expected() -> None:
    work_group = create_work_group(sessions=2)
    create_booking(work_group=work_group, people=1)
    first = work_group.sessions.get(number=1)

    programme.change_session(
        session=first, plan=replace(SessionPlan.of(first), venue=create_venue()), by=create_hub_staff()
    )

    assert sequences(work_group) == [(1, "REQUEST"), (0, "REQUEST")]


def test_change_session_to_the_same_plan_tells_nobody() -> None:
    work_group = create_work_group(sessions=1)
    create_booking(work_group=work_group, people=1)
    session = work_group.sessions.get()

    programme.change_session(session=session, plan=SessionPlan.of(session), by=create_hub_staff())

    assert sequences(work_group) == [(0, "REQUEST")]


def test_change_session_past_another_renumbers_both() -> None:
    work_group = create_work_group(sessions=2)
    first, second = work_group.sessions.all()
    assert first.starts_at is not None
    assert second.starts_at is not None
    assert second.ends_at is not None

    later = timedelta(days=60)
    programme.change_session(
        session=first,
        plan=replace(SessionPlan.of(first), starts_at=second.starts_at + later, ends_at=second.ends_at + later),
        by=create_hub_staff(),
    )

    assert list(work_group.sessions.order_by("number")) == [second, first]


def test_cancel_session_leaves_every_calendar_and_empties_the_register() -> None:
    work_group = create_work_group(sessions=1)
    create_booking(work_group=work_group, people=2)

    programme.cancel_session(session=work_group.sessions.get(), reason="Snow", by=create_hub_staff())

    assert sequences(work_group) == [(1, "CANCEL"), (1, "CANCEL")]
    assert Attendance.objects.count() == 0


def test_add_session_expects_everybody_with_a_place() -> None:
    work_group = create_work_group(sessions=1)
    create_booking(work_group=work_group, people=2)
    start = timezone.now() + timedelta(days=100)
    plan = SessionPlan(title="One more", starts_at=start, ends_at=start + timedelta(hours=2), venue=create_venue())

    series.add_sessions(work_group=work_group, plans=[plan], by=create_hub_staff())

    assert Attendance.objects.filter(session__title="One more").count() == 2


def test_session_with_a_date_to_be_confirmed_expects_nobody_until_dated() -> None:
    work_group = create_work_group(sessions=1)
    create_booking(work_group=work_group, people=1)
    staff = create_hub_staff()
    [session] = series.add_sessions(
        work_group=work_group, plans=[SessionPlan(when_words="week of 11 January, an afternoon")], by=staff
    )
    assert not Attendance.objects.filter(session=session).exists()
    start = timezone.now() + timedelta(days=100)

    programme.change_session(
        session=session,
        plan=replace(SessionPlan.of(session), starts_at=start, ends_at=start + timedelta(hours=2)),
        by=staff,
    )

    assert Attendance.objects.filter(session=session).count() == 1


def test_save_work_group_below_what_is_taken_is_refused() -> None:
    work_group = create_work_group(capacity=4)
    create_booking(work_group=work_group, people=2)
    work_group.capacity = 1

    with pytest.raises(ValidationError, match="2 places are taken"):
        programme.save_work_group(work_group=work_group, leads=[], by=create_hub_staff())

    work_group.refresh_from_db()
    assert (work_group.capacity, work_group.taken) == (4, 2)


def test_save_work_group_larger_offers_the_new_places_to_who_waits() -> None:
    work_group = create_work_group(capacity=2)
    create_booking(work_group=work_group)
    waiting = create_booking(work_group=work_group)
    work_group.refresh_from_db()
    work_group.capacity = 4

    programme.save_work_group(work_group=work_group, leads=[], by=create_hub_staff(), reason="A bigger room")

    waiting.refresh_from_db()
    assert waiting.status == "offered"


def test_publish_wants_a_session_and_a_lead() -> None:
    staff = create_hub_staff()
    work_group = create_work_group(sessions=0, status=WorkGroup.Status.DRAFT)

    with pytest.raises(ValidationError, match="at least one session"):
        programme.publish(work_group=work_group, by=staff)


def test_publish_puts_the_sessions_into_the_calendars_of_who_leads() -> None:
    lead, staff = create_user(), create_hub_staff()
    work_group = create_work_group(sessions=2, leads=[lead], status=WorkGroup.Status.DRAFT)

    programme.publish(work_group=work_group, by=staff)

    assert CalendarEntry.objects.filter(person=lead).wanted().count() == 2


def test_save_work_group_with_a_new_lead_hands_the_calendar_over() -> None:
    before, after, staff = create_user(), create_user(), create_hub_staff()
    work_group = create_work_group(sessions=2, leads=[before], status=WorkGroup.Status.DRAFT)
    work_group = programme.publish(work_group=work_group, by=staff)

    programme.save_work_group(work_group=work_group, leads=[after], by=staff)

    assert CalendarEntry.objects.filter(person=after).wanted().count() == 2
    assert CalendarEntry.objects.filter(person=before, wanted="CANCEL").count() == 2


def test_save_work_group_makes_a_draft() -> None:
    work_group = WorkGroup(
        project=create_project(), title="Fluency", slug="fluency", year=2026, summary="Facts.", audience="Year 2"
    )

    saved = programme.save_work_group(work_group=work_group, leads=[create_user()], by=create_hub_staff())

    assert (saved.status, saved.facilitations.count()) == ("draft", 1)


@pytest.mark.parametrize(("typed", "kept"), [("2, 10", [10, 2]), ("", []), ("1,1", [1])])
def test_work_group_form_reads_the_days_of_reminders(typed: str, kept: list[int]) -> None:
    form = WorkGroupForm({"reminder_days": typed})

    form.is_valid()

    assert form.cleaned_data["reminder_days"] == kept


@pytest.mark.parametrize("typed", ["soon", "0", "29", "1, 2, 3, 4", "-1"])
def test_work_group_form_refuses_days_that_are_none(typed: str) -> None:
    form = WorkGroupForm({"reminder_days": typed})

    assert form.errors["reminder_days"] == ["Give up to three numbers of days, each from 1 to 28, such as “7, 1”."]


def test_booking_opens_and_closes_at_a_day_and_a_time(client: Client) -> None:
    opens = timezone.now().replace(hour=9, minute=0, second=0) + timedelta(days=10)
    group = create_work_group(opens_at=opens)
    closing = create_work_group(closes_at=opens)
    applied = create_work_group(closes_at=opens, recruitment=WorkGroup.Recruitment.APPLICATION)

    words = [state_words(one, timezone.now()) for one in (group, applied)]
    page = client.get(closing.get_absolute_url()).content.decode()

    at = f"{day_short(opens)}, {clock(opens)}"
    assert words == [f"Booking opens {at}", f"Apply by {at}"]
    assert f"Booking closes on {day(opens)}, {clock(opens)}." in page
