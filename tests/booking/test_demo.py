"""The demonstration looks like a real hub in the middle of its year, whatever day it is loaded."""

import csv
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import HistoryLine, Membership, School, SchoolURN, User
from accounts.schoolyear import school_year_of
from booking.demo.cast import moment
from booking.demo.load import load
from booking.demo.people import FACILITATOR, LEAD, LOG_INS, OTHER_LEAD, TEACHER
from booking.demo.year import easter, holidays, is_school_day
from booking.integrity import violations
from booking.models import (
    Agreement,
    Answered,
    Attendance,
    Booking,
    CalendarEntry,
    GroupReport,
    Mark,
    Part,
    Project,
    Reflection,
    Remark,
    Round,
    Session,
    Venue,
    WorkGroup,
)
from booking.models.places import Status

# The demo always stands on SQLite.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

EXTRACT = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gias" / "gias_ems_area_open.csv"
# A school day in winter, Christmas Day, the middle of August, the first of September, a Saturday.
DAYS = [date(2027, 1, 20), date(2026, 12, 25), date(2027, 8, 15), date(2026, 9, 1), date(2027, 3, 13)]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_demo_keeps_its_promises_on_any_day(today: date) -> None:
    load(today)

    now = timezone.now().replace(year=today.year, month=today.month, day=today.day, hour=8)
    assert list(violations(now)) == []
    session = Session.objects.get(starts_at__date=today, work_group__title__startswith="Teaching for Mastery in Mixed")
    assert session.work_group.facilitations.filter(person__email=FACILITATOR).exists()
    expected = Attendance.objects.filter(session=session)
    assert expected.filter(person__email=TEACHER).exists()
    assert expected.values("school").distinct().count() == 7
    assert not expected.exclude(standing_mark=None).exists()
    if not is_school_day(today, "855"):
        assert (session.mode, session.notice) == ("online", "Placed today so that you can try the register")
    year = school_year_of(today)
    next_year = WorkGroup.objects.filter(year=year + 1, status="published").exists()
    assert next_year == (today.month in (5, 6, 7, 8))


def test_demo_that_comes_up_while_todays_session_runs_expects_people_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    running = moment(DAYS[0], time(14))
    monkeypatch.setattr(timezone, "now", lambda: running)

    load(DAYS[0])

    session = Session.objects.get(starts_at__lt=running, ends_at__gt=running)
    assert Attendance.objects.filter(session=session).values("school").distinct().count() == 7
    assert list(violations(running)) == []


@pytest.mark.parametrize("today", DAYS[:2], ids=str)
def test_demo_meets_on_school_days(today: date) -> None:
    load(today)

    wrong = [
        session
        for session in Session.objects.planned().dated().select_related("venue", "work_group")
        if timezone.localdate(session.starts_at) != today
        and not is_school_day(timezone.localdate(session.starts_at), session.venue.la_code if session.venue else "855")
    ]

    assert wrong == []


def test_demo_names_are_invented_and_say_so() -> None:
    load(DAYS[0])

    names = [*School.objects.values_list("name", flat=True), *Venue.objects.values_list("name", flat=True)]
    assert [name for name in names if not name.endswith("(demo)")] == []
    assert [urn for urn in SchoolURN.objects.values_list("urn", flat=True) if int(urn) < 900001] == []
    assert Project.objects.exclude(code="").count() == 0
    assert User.objects.exclude(email__endswith=".example").exclude(email=None).count() == 0


def test_demo_bears_no_name_of_an_open_school() -> None:
    if not EXTRACT.exists():
        pytest.skip("needs the extract of the national register, which is not beside this checkout")
    load(DAYS[0])
    with EXTRACT.open(encoding="cp1252", newline="") as file:
        real = {row["EstablishmentName"].lower() for row in csv.DictReader(file)}

    ours = {name.removesuffix(" (demo)").lower() for name in School.objects.values_list("name", flat=True)}

    assert ours & real == set()


def test_demo_tells_its_stories() -> None:
    load(DAYS[0])

    lead = User.objects.get(email=LEAD)
    oakfield = lead.memberships.get().school
    assert oakfield.bookings.filter(places__person=None, status=Status.CONFIRMED).count() == 1
    assert User.objects.filter(email=None, places__isnull=False).exists()
    assert School.objects.filter(pupils=60, bookings__isnull=False).exists()
    assert School.objects.filter(on_register=False, urns=None, bookings__isnull=False).exists()
    assert School.objects.filter(la_code="941", bookings__isnull=False).exists()
    assert School.objects.filter(urns__closed_on__isnull=False).get().urns.count() == 2
    assert Booking.objects.filter(status=Status.HELD).count() == 2
    assert Booking.objects.get(status=Status.OFFERED).school.memberships.filter(person__email=OTHER_LEAD).exists()
    assert Booking.objects.filter(status=Status.WAITING).count() == 3
    assert Booking.objects.exclude(held_back="").count() == 1
    assert Booking.objects.filter(status=Status.APPLIED).exists()
    assert Booking.objects.get(status=Status.WITHDRAWN).places.get().attendances.count() == 2
    assert Attendance.objects.filter(credited_to__isnull=False).count() == 1
    assert Session.objects.filter(notice="Moved online: snow").count() == 1
    assert Membership.objects.requested().count() == 2
    assert {"absent", "apologies", "late", "present"} <= set(
        Attendance.objects.exclude(standing_mark=None).values_list("standing_mark__what", flat=True)
    )
    assert Reflection.objects.count() > 20
    assert WorkGroup.objects.filter(status="archived").count() == 21


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_demo_has_heard_what_people_say(today: date) -> None:
    load(today)

    rounds = Round.objects.filter(answered__gte=3)
    assert {"evaluation", "pulse"} <= set(rounds.values_list("kind", flat=True))
    assert Remark.objects.filter(held=False).count() > 20
    assert GroupReport.objects.exclude(next="").exclude(quotation="").filter(may_quote=True).exists()
    notes = Mark.objects.exclude(note="")
    assert set(notes.values_list("what", flat=True)) >= {"late", "left_early"}
    now = timezone.now().replace(year=today.year, month=today.month, day=today.day, hour=8)
    for one in Answered.objects.filter(person__email__in=LOG_INS).select_related("round__session"):
        assert one.round.session is None or one.round.session.ends_at < now - timedelta(days=13)


def test_demo_shows_every_way_of_recruiting() -> None:
    load(DAYS[0])

    groups = WorkGroup.objects.published()
    interested = Booking.objects.filter(work_group__recruitment="interest", status=Status.APPLIED)
    assert (interested.count(), interested.filter(places__person__isnull=False).count()) == (6, 0)
    assert set(groups.values_list("recruitment", flat=True)) == {"interest", "open", "application", "invitation"}
    assert groups.filter(recruitment="invitation", school_rules=None).count() == 0
    assert groups.filter(has_rules=True).count() == groups.exclude(eligibility_rules=None).distinct().count() == 4
    assert Part.objects.filter(required=True, places__live=True).exists()
    assert set(Agreement.objects.values_list("answer", flat=True)) == {"", "agrees", "disagrees", "asks"}
    assert set(HistoryLine.objects.untold().values_list("verb", flat=True)) == {"offered", "head_asked"}


def test_demo_leaves_only_those_who_can_log_in_to_be_told() -> None:
    load(timezone.localdate())

    told = set(CalendarEntry.objects.untold().values_list("person__email", flat=True))

    assert told <= set(LOG_INS)
    assert {TEACHER, FACILITATOR} <= told
    assert CalendarEntry.objects.standing_elsewhere(timezone.now()).count() == 0


def test_year_easter_is_on_the_days_in_the_tables() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2027, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
    ]


def test_year_the_county_breaks_up_before_the_north_of_northamptonshire() -> None:
    county, north = dict_of(2026, "855"), dict_of(2026, "940")

    assert (county["Autumn half term"], north["Autumn half term"]) == (date(2026, 10, 19), date(2026, 10, 26))
    assert (county["Summer"], north["Summer"]) == (date(2027, 7, 11), date(2027, 7, 22))


def dict_of(year: int, la_code: str) -> dict[str, date]:
    return {name: first for name, first, _ in holidays(year, la_code)}
