"""The year report of the demonstration hub, against a sum made by hand from its raw rows."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from math import ceil
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import HistoryLine, School
from accounts.schoolyear import school_year_of
from booking.completed import sessions_of_schools, tally
from booking.completion import schools, standings
from booking.demo.cast import moment
from booking.demo.load import load
from booking.models import Attendance, Booking, Mark, Place, Reflection, ResearchTask, Session, WorkGroup
from booking.reports import year as reports

# The demo always stands on SQLite.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

CAME = {"present", "late", "left_early", "online"}
TOLD = {"apologies", "substitute"}
# In the middle of the year, and when it is over.
DAYS = [date(2027, 1, 20), date(2027, 8, 15)]
Pair = tuple[int, int]


@pytest.fixture(params=DAYS, ids=str)
def now(request: pytest.FixtureRequest) -> datetime:
    """A demonstration loaded as of that day, at eight in the morning."""
    load(request.param)
    return moment(request.param, datetime.min.time().replace(hour=8))


class ByHand:
    """Every figure again, in plain Python over whole tables: no query of the report, no rule of the program."""

    def __init__(self, year: int, now: datetime) -> None:
        self.now = now
        self.groups = {row["id"]: row for row in WorkGroup.objects.values() if self._counts(row, year)}
        self.sessions = {row["id"]: row for row in Session.objects.values() if row["work_group_id"] in self.groups}
        self.planned = {pk: row for pk, row in self.sessions.items() if row["status"] == "planned"}
        marks = {row["id"]: row["what"] for row in Mark.objects.values()}
        self.rows = [
            {**row, "home": row["credited_to_id"] or row["session_id"], "what": marks.get(row["standing_mark_id"])}
            for row in Attendance.objects.values()
        ]
        self.bookings = [row for row in Booking.objects.values() if self._is_asked_for(row)]
        self.before = {
            line.details["booking"]: line.details["status_before"]
            for line in HistoryLine.objects.filter(verb__in=["withdrew", "group_called_off"])
            if "status_before" in line.details
        }
        self.completed, self.came = self._completed(), self._came("school_id")

    @staticmethod
    def _counts(row: dict[str, Any], year: int) -> bool:
        return bool(row["year"] == year and row["status"] != "draft")

    def _is_asked_for(self, row: dict[str, Any]) -> bool:
        group = self.groups.get(row["work_group_id"])
        said_only = (
            group and group["recruitment"] == "interest" and row["status"] not in ("confirmed", "held", "offered")
        )
        return group is not None and not said_only

    def _came(self, who: str) -> dict[Pair, set[int]]:
        """(group, who) -> the planned sessions at which they were, at home or elsewhere in its stead."""
        found: dict[Pair, set[int]] = defaultdict(set)
        for row in self.rows:
            if row["what"] in CAME and row["home"] in self.planned and row[who] is not None:
                found[self.planned[row["home"]]["work_group_id"], row[who]].add(row["home"])
        return found

    def _completed(self) -> set[Pair]:
        """(group, school): three quarters of the planned sessions, which is what every group of the demo asks."""
        found = set()
        for (group, school), sessions in self._came("school_id").items():
            rule = self.groups[group]
            assert (rule["completion_rule"], rule["completion_tasks"]) == ("percent", 0)
            every = sum(row["work_group_id"] == group for row in self.planned.values())
            if len(sessions) >= ceil(rule["completion_number"] * every / 100):
                found.add((group, school))
        return found

    def project(self, group: int) -> int:
        return int(self.groups[group]["project_id"])

    def stood(self, booking: dict[str, Any]) -> bool:
        status, before = booking["status"], self.before.get(booking["id"])
        if status == "withdrawn":
            return before in (None, "confirmed")
        return status in ("confirmed", "transferred") or (status == "cancelled" and before == "confirmed")

    def goes_on(self, group: int) -> bool:
        return any(
            row["work_group_id"] == group and (row["ends_at"] is None or row["ends_at"] > self.now)
            for row in self.planned.values()
        )

    def engagements(self) -> dict[Pair, list[str]]:
        """(project, school) -> where it stands."""
        pairs = {(self.project(row["work_group_id"]), row["school_id"]) for row in self.bookings}
        pairs |= {(self.project(group), school) for group, school in self.came}
        return {pair: list(self._stages(*pair)) for pair in pairs}

    def _stages(self, project: int, school: int) -> Iterator[str]:
        mine = [
            row for row in self.bookings if row["school_id"] == school and self.project(row["work_group_id"]) == project
        ]
        started = any((self.project(group), who) == (project, school) for group, who in self.came)
        completed = any((self.project(group), who) == (project, school) for group, who in self.completed)
        standing = [row for row in mine if row["status"] == "confirmed"]
        gave_up = [row for row in mine if row["status"] == "withdrawn" and self.stood(row)]
        withdrew = bool(gave_up) and not standing and not completed
        active = (
            started and not completed and not withdrew and any(self.goes_on(row["work_group_id"]) for row in standing)
        )
        if mine:
            yield "applied"
        if any(self.stood(row) for row in mine):
            yield "accepted"
        if started:
            yield "started"
        if active:
            yield "active"
        if completed:
            yield "completed"
        if withdrew:
            yield "withdrew"
        if started and not (active or completed or withdrew):
            yield "ended"


def both_years(now: datetime) -> list[int]:
    year = school_year_of(timezone.localdate(now))
    return [year - 1, year]


def test_year_report_of_the_demo_is_the_sum_made_by_hand(now: datetime) -> None:
    for year in both_years(now):
        by_hand = ByHand(year, now)
        stages = by_hand.engagements()
        people: dict[int, set[int]] = defaultdict(set)
        for group, person in by_hand._came("person_id"):
            people[by_hand.project(group)].add(person)

        report = reports.of_year(year, now)

        found = {(project, school): stages for school, _, project, stages, *_ in reports.engagements(report)}
        assert found == stages
        for line in report.projects:
            mine = [each for (project, _), each in stages.items() if project == line.pk]
            assert line.stages == {name: sum(name in each for each in mine) for name in line.stages}
            assert line.groups == sum(row["project_id"] == line.pk for row in by_hand.groups.values())
            assert line.people["started"] == len(people[line.pk or 0])


def test_year_report_of_the_demo_has_the_registers_shares_and_withdrawals_of_a_hand_sum(now: datetime) -> None:
    for year in both_years(now):
        by_hand = ByHand(year, now)
        over = {pk for pk, row in by_hand.planned.items() if row["ends_at"] and row["ends_at"] <= now}
        lines = [row for row in by_hand.rows if row["session_id"] in over]
        started = {school for (_, school), stages in by_hand.engagements().items() if "started" in stages}
        there = [row for row in School.objects.values() if _is_counted(row)]

        report = reports.of_year(year, now)

        marked = report.registers.whole
        assert (marked.came, marked.told, marked.absent, marked.unmarked) == (
            sum(row["what"] in CAME for row in lines),
            sum(row["what"] in TOLD for row in lines),
            sum(row["what"] == "absent" for row in lines),
            sum(row["what"] is None for row in lines),
        )
        assert {share.title: (share.of, share.started) for share in report.coverage.authorities} == {
            name: (
                sum(row["la_name"] == name for row in there),
                sum(row["la_name"] == name and row["id"] in started for row in there),
            )
            for name in {row["la_name"] for row in there}
        }
        given = {row["id"] for row in ResearchTask.objects.values() if _is_given(row, by_hand, over)}
        assert report.reflections.total == sum(row["task_id"] in given for row in Reflection.objects.values())
        assert report.leavings.places + report.leavings.undated == sum(
            _is_given_up(row, by_hand.groups) for row in Place.objects.values("booking__status", *_PLACE)
        )
        assert report.leavings.before + report.leavings.after == sum(
            "withdrew" in stages for stages in by_hand.engagements().values()
        )


_PLACE = ("withdrawn_at", "live", "work_group_id")


def _is_given(row: dict[str, Any], by_hand: ByHand, over: set[int]) -> bool:
    session = row["session_id"]
    return session in over and bool(by_hand.groups[by_hand.sessions[session]["work_group_id"]]["uses_tasks"])


def _is_given_up(row: dict[str, Any], groups: dict[int, Any]) -> bool:
    with_booking = row["booking__status"] == "withdrawn" and not row["live"]
    return row["work_group_id"] in groups and bool(row["withdrawn_at"] or with_booking)


def _is_counted(row: dict[str, Any]) -> bool:
    return bool(row["status"] in ("1", "3") and row["state_funded"] and row["on_register"])


def test_tally_is_what_the_standings_of_the_demo_say(now: datetime) -> None:
    for year in both_years(now):
        groups = WorkGroup.objects.of_year(year)

        found = tally(groups, now=now)

        every = list(groups)
        people, by_school = standings(every, now=now), schools(every, now=now)
        assert found.complete_people == {pair for pair, one in people.items() if one.is_complete}
        assert found.complete_schools == {pair for pair, one in by_school.items() if one.is_complete}
        assert dict(found.people) == {pair: one.attended for pair, one in people.items() if one.attended}
        attended = {pair: one.attended for pair, one in by_school.items() if one.attended}
        assert found.schools == set(attended)
        assert sessions_of_schools(groups, {}) == attended
