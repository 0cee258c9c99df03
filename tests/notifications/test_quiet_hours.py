"""What nobody has just asked for, and can wait, leaves on school days between half past seven and half past five."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import HistoryLine, School
from booking.actions import places, programme, swaps
from booking.changing import SessionPlan
from booking.emails import About, Mail
from booking.expectations import HOLD, tell_after
from booking.models import CalendarEntry, SchoolHoliday, Session
from booking.schooldays import SchoolCalendar
from notifications.actions.pauses import go_on, pause
from notifications.delivery import drain
from notifications.hours import let_go_at, not_before
from notifications.models import Notice
from notifications.outbox import Envelope, put
from tests.factories import create_booking, create_lead, create_teacher, create_user, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = timezone.get_default_timezone()
LA = "855"


@pytest.fixture(autouse=True)
def _quiet(settings: Settings) -> None:
    settings.HUB_QUIET_HOURS = True


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc]  # years to minutes


# A Friday in spring 2027, no bank holiday near.
FRIDAY = (2027, 3, 5)
MONDAY_MORNING = london(2027, 3, 8, 7, 30)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (london(*FRIDAY, 12), london(*FRIDAY, 12)),
        (london(*FRIDAY, 7, 29), london(*FRIDAY, 7, 30)),
        (london(*FRIDAY, 17, 30), london(*FRIDAY, 17, 30)),
        (london(*FRIDAY, 17, 31), MONDAY_MORNING),
        (london(2027, 3, 6, 12), MONDAY_MORNING),
        (london(2027, 3, 7, 23, 59), MONDAY_MORNING),
        # Good Friday to Easter Monday, with the night of 28 March on which the clocks go forward.
        (london(2027, 3, 25, 18), london(2027, 3, 30, 7, 30)),
        # The clocks go back in the night to Sunday 31 October.
        (london(2027, 10, 29, 18), london(2027, 11, 1, 7, 30)),
    ],
)
def test_next_moment_is_a_school_day_between_the_hours(moment: datetime, then: datetime) -> None:
    assert SchoolCalendar.load().next_moment(LA, moment) == then


def test_next_moment_across_both_clock_changes_is_half_past_seven_in_london() -> None:
    spring = SchoolCalendar.load().next_moment(LA, london(2027, 3, 25, 18))
    autumn = SchoolCalendar.load().next_moment(LA, london(2027, 10, 29, 18))

    assert [one.timestamp() for one in (spring, autumn)] == [
        datetime.fromisoformat("2027-03-30T06:30:00+00:00").timestamp(),
        datetime.fromisoformat("2027-11-01T07:30:00+00:00").timestamp(),
    ]


def test_next_moment_after_the_holidays_of_that_authority_alone() -> None:
    SchoolHoliday.objects.create(la_code=LA, name="Half term", first_on="2027-02-15", last_on="2027-02-19")
    calendar, monday = SchoolCalendar.load(), london(2027, 2, 15, 10)

    assert calendar.next_moment(LA, monday) == london(2027, 2, 22, 7, 30)
    assert calendar.next_moment("856", monday) == monday


@pytest.mark.parametrize(
    ("begins", "leaves"),
    [
        (timedelta(hours=20), timedelta()),  # on the day: at once
        (timedelta(days=6), HOLD),  # within the week: after a moment for second thoughts
        (timedelta(days=30), MONDAY_MORNING - london(*FRIDAY, 22)),
        (timedelta(days=8), timedelta(days=1)),  # never later than a week before
    ],
)
def test_tell_after_waits_for_the_morning_unless_it_presses(begins: timedelta, leaves: timedelta) -> None:
    night = london(*FRIDAY, 22)

    assert tell_after([night + begins], night, LA, SchoolCalendar.load()) == night + leaves


def test_tell_after_presses_where_people_know_the_session_as_near() -> None:
    night = london(*FRIDAY, 22)
    moved, known = night + timedelta(days=60), night + timedelta(days=3)

    assert tell_after([moved, known], night, LA, SchoolCalendar.load()) == night + HOLD
    assert tell_after([None, known], night, LA, SchoolCalendar.load()) == night + HOLD


class Known:
    """Kim has a place on a group whose session is in two months, by the booking of Lena; both have been told."""

    def __init__(self) -> None:
        self.lena, self.staff = create_lead(), create_user(hub_role="staff")
        self.school = self.lena.memberships.get().school
        self.kim = create_teacher(school=self.school)
        self.group = create_work_group(sessions=0)
        start = timezone.now() + timedelta(days=60)
        self.session = Session.objects.create(
            work_group=self.group, number=1, starts_at=start, ends_at=start + timedelta(hours=2)
        )
        self.booking = create_booking(work_group=self.group, by=self.lena, people=[self.kim])
        drain()

    def line(self, verb: str = "session_moved", **details: object) -> HistoryLine:
        details = details or {"session": self.session.pk, "changed": ["starts_at"]}
        return HistoryLine.objects.create(verb=verb, by=self.staff, at=timezone.now(), details=details)

    def mail(self, **fields: object) -> Mail:
        given = {"kind": "x", "subject": "x", "heading": "x", "reason": "x", "to": "x@school.example"} | fields
        return Mail(**given)  # type: ignore[arg-type]  # plain fields of a letter


def test_letter_of_an_act_waits_for_the_morning_of_the_readers_school() -> None:
    hub = Known()
    held = hub.mail(person=hub.kim, held=True)

    assert not_before(hub.line(), held, london(*FRIDAY, 22)) == MONDAY_MORNING
    assert not_before(hub.line(), held, london(*FRIDAY, 12)) == london(*FRIDAY, 12, 10)
    SchoolHoliday.objects.create(la_code=LA, name="Off", first_on="2027-03-08", last_on="2027-03-12")
    assert not_before(hub.line(), held, london(*FRIDAY, 22)) == london(2027, 3, 15, 7, 30)


def test_letter_of_cover_waits_by_the_dates_of_the_school_that_booked() -> None:
    hub = Known()
    SchoolHoliday.objects.create(la_code=LA, name="Off", first_on="2027-03-08", last_on="2027-03-12")
    cover = hub.mail(thread=f"cover:{hub.booking.pk}")

    assert not_before(hub.line("booked", booking=hub.booking.pk), cover, london(*FRIDAY, 22)) == london(
        2027, 3, 15, 7, 30
    )


@pytest.mark.parametrize("verb", ["booked", "withdrew", "offer_accepted"])
def test_letter_that_answers_what_a_school_has_just_done_leaves_at_once(verb: str) -> None:
    hub = Known()

    assert not_before(hub.line(verb, booking=hub.booking.pk), hub.mail(person=hub.kim), london(*FRIDAY, 22)) is None


def test_letter_to_who_did_it_themselves_or_about_their_account_leaves_at_once() -> None:
    hub = Known()
    own, account = hub.mail(person=hub.staff), hub.mail(person=hub.kim, to_the_away=True)

    assert [not_before(hub.line(), mail, london(*FRIDAY, 22)) for mail in (own, account)] == [None, None]


def test_letter_about_a_session_within_a_week_leaves_after_the_hold_by_night() -> None:
    hub, night = Known(), london(*FRIDAY, 22)
    Session.objects.filter(pk=hub.session.pk).update(
        starts_at=night + timedelta(days=5), ends_at=night + timedelta(days=6)
    )

    assert not_before(hub.line(), hub.mail(person=hub.kim, held=True), night) == night + HOLD


def test_letter_about_a_session_that_was_to_be_within_a_week_does_not_wait_either() -> None:
    hub, night = Known(), london(*FRIDAY, 22)
    CalendarEntry.objects.update(told_starts_at=night + timedelta(days=2))

    assert not_before(hub.line(), hub.mail(person=hub.kim, held=True), night) == night + HOLD


def held_back(hub: Known, **fields: object) -> Notice:
    about = About(school=hub.school.pk, work_group=hub.group.pk, session=hub.session.pk)
    envelope = Envelope(kind="session_changed", to=hub.kim.email or "", about=about, **fields)  # type: ignore[arg-type]  # by name
    notice = put(envelope, subject="Changed", text="Changed")
    assert notice is not None
    return notice


def test_end_of_a_pause_by_night_lets_go_in_the_morning_of_the_readers_school() -> None:
    hub, night = Known(), london(*FRIDAY, 22)
    pause(work_group=hub.group, reason="The venue is unclear", by=hub.staff)
    held_back(hub, person=hub.kim)
    held_back(hub)
    Notice.objects.filter(state="held").update(next_try_at=london(*FRIDAY, 12))
    SchoolHoliday.objects.create(la_code="856", name="Off", first_on="2027-03-08", last_on="2027-03-08")
    School.objects.filter(pk=hub.school.pk).update(la_code="856")
    held = Notice.objects.filter(state="held")

    moments = let_go_at(held, hub.group, night)

    assert {moment: len(some) for moment, some in moments.items()} == {london(2027, 3, 9, 7, 30): 2}
    by_day = let_go_at(held, hub.group, london(*FRIDAY, 12, 30))
    assert {moment: len(some) for moment, some in by_day.items()} == {london(*FRIDAY, 12, 30): 2}


def test_end_of_a_pause_by_night_lets_go_at_once_what_is_about_a_session_within_a_week() -> None:
    hub, night = Known(), london(*FRIDAY, 22)
    pause(work_group=hub.group, reason="The venue is unclear", by=hub.staff)
    held_back(hub, person=hub.kim)
    held = Notice.objects.filter(state="held")
    held.update(next_try_at=london(*FRIDAY, 12))
    Session.objects.filter(pk=hub.session.pk).update(
        starts_at=night + timedelta(days=5), ends_at=night + timedelta(days=6)
    )

    assert list(let_go_at(held, hub.group, night)) == [night]


def test_end_of_a_pause_while_schools_are_shut_sends_nothing_yet() -> None:
    hub = Known()
    SchoolHoliday.objects.create(la_code=LA, name="Off", first_on=today(-1), last_on=today(3))
    pause(work_group=hub.group, reason="The venue is unclear", by=hub.staff)
    notice = held_back(hub, person=hub.kim)

    count = go_on(work_group=hub.group, by=hub.staff)
    drain()

    notice.refresh_from_db()
    assert (count, notice.state) == (1, "queued")
    assert timezone.localdate(notice.next_try_at) > today(3)


def test_change_of_a_far_session_waits_in_entry_and_letter_alike() -> None:
    hub = Known()
    SchoolHoliday.objects.create(la_code=LA, name="Off", first_on=today(-1), last_on=today(3))  # nobody is there now
    plan = SessionPlan.of(hub.session)
    assert plan.starts_at is not None
    assert plan.ends_at is not None
    later = replace(plan, starts_at=plan.starts_at + timedelta(hours=1), ends_at=plan.ends_at + timedelta(hours=1))

    programme.change_session(session=hub.session, plan=later, by=hub.staff)
    drain()

    due = CalendarEntry.objects.get(person=hub.kim).tell_after
    assert timezone.localdate(due) > today(3)
    assert timezone.localtime(due).time() == time(7, 30)


def test_booking_and_withdrawal_tell_at_once_at_any_hour() -> None:
    hub = Known()
    SchoolHoliday.objects.create(la_code=LA, name="Off", first_on=today(-1), last_on=today(3))
    Notice.objects.all().delete()

    places.withdraw(booking=hub.booking, reason="other", by=hub.lena)
    drain()

    left = Notice.objects.filter(state=Notice.State.SENT).values_list("to", "kind")
    assert (hub.kim.email, "invite_cancelled") in left
    assert (hub.lena.email, "booking_withdrawn") in left


def test_swap_undone_within_the_hold_tells_nobody_anything() -> None:
    hub = Known()
    ann = create_teacher(school=hub.school)
    place = hub.booking.places.get()
    Notice.objects.all().delete()

    swaps.send(place=place, sessions=[hub.session.pk], to=ann.pk, by=hub.lena)
    drain()
    swaps.come_after_all(place=place, session=hub.session, by=hub.lena)
    drain()
    later()

    assert list(Notice.objects.exclude(state=Notice.State.DROPPED).values_list("to", "kind")) == []
    entry = CalendarEntry.objects.get(person=hub.kim)
    assert (entry.wanted, entry.sequence, entry.told_sequence) == ("REQUEST", 2, 2)


def test_swap_undone_while_the_session_moved_is_told_as_moved() -> None:
    hub = Known()
    ann = create_teacher(school=hub.school)
    place = hub.booking.places.get()
    swaps.send(place=place, sessions=[hub.session.pk], to=ann.pk, by=hub.lena)
    programme.change_session(
        session=hub.session, plan=replace(SessionPlan.of(hub.session), bring="Cubes"), by=hub.staff
    )
    swaps.come_after_all(place=place, session=Session.objects.get(), by=hub.lena)
    Notice.objects.all().delete()

    later()

    assert list(Notice.objects.filter(to=hub.kim.email, kind="invite").values_list("sequence", flat=True)) == [2]


def test_place_passed_on_and_back_within_the_hold_tells_nobody_anything() -> None:
    hub = Known()
    ann = create_teacher(school=hub.school)
    Notice.objects.all().delete()

    for person in (ann, hub.kim):
        swaps.take_over(place=hub.booking.places.get(), to=person.pk, by=hub.lena)
        drain()
    later()

    assert list(Notice.objects.exclude(state=Notice.State.DROPPED).values_list("to", "kind")) == []


def test_swaps_in_a_burst_leave_as_one_mail_each() -> None:
    hub = Known()
    first, second = (create_teacher(school=hub.school) for _ in range(2))
    place = hub.booking.places.get()
    Notice.objects.all().delete()

    for person in (first, second, first):
        swaps.send(place=place, sessions=[hub.session.pk], to=person.pk, by=hub.lena)
        drain()
    later()

    sent = Notice.objects.filter(state=Notice.State.SENT, kind__startswith="invite")
    assert sorted(sent.values_list("to", "kind")) == sorted(
        [(hub.kim.email, "invite_cancelled"), (first.email, "invite")]
    )


def test_swap_told_and_taken_back_is_told_to_who_keeps_their_own_calendar() -> None:
    hub = Known()
    ann = create_teacher(school=hub.school, invites="feed")
    place = hub.booking.places.get()
    swaps.send(place=place, sessions=[hub.session.pk], to=ann.pk, by=hub.lena)
    drain()
    later()

    swaps.come_after_all(place=place, session=hub.session, by=hub.lena)
    drain()

    assert list(Notice.objects.filter(to=ann.email).order_by("pk").values_list("kind", flat=True)) == [
        "stand_in_sent",
        "stand_in_ended",
    ]


def today(days: int) -> date:
    """So many days from today."""
    return timezone.localdate() + timedelta(days=days)


def later() -> None:
    """The hold, and the night, are over."""
    now = timezone.now()
    Notice.objects.unsent().update(next_try_at=now)
    CalendarEntry.objects.update(tell_after=now)
    drain()
