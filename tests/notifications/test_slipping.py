"""Who may not finish: their school and who leads the group are told once a level, and never why."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from booking.models import Attendance, Mark, Session, WorkGroup
from booking.schooldays import SchoolCalendar
from notifications.models import Notice
from notifications.slipping import warn_of_slipping
from tests.factories import create_booking, create_lead, create_teacher, create_user, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


class Series:
    """Five sessions, one a week, of which three must be attended; Kim has a place, and Fran leads."""

    def __init__(self) -> None:
        self.fran, self.lead = create_user(name="Fran"), create_lead()
        rule = {"completion_rule": "sessions", "completion_number": 3}
        self.group: WorkGroup = create_work_group(sessions=5, leads=[self.fran], **rule)
        self.kim: User = create_teacher(school=self.lead.memberships.get().school, name="Kim Patel")
        create_booking(work_group=self.group, by=self.lead, people=[self.kim])

    def went(self, number: int, what: str, *, signed: bool = True) -> None:
        """A session is over, and Kim was marked."""
        now = timezone.now()
        session = self.group.sessions.get(number=number)
        ends = now - timedelta(days=40 - 7 * number) + timedelta(hours=2)
        start = {"starts_at": ends - timedelta(hours=2), "ends_at": ends}
        Session.objects.filter(pk=session.pk).update(**start, signed_at=ends if signed else None)
        row = Attendance.objects.get(session=session, person=self.kim)
        row.standing_mark = Mark.objects.create(attendance=row, what=what, reason="illness", at=now)
        row.save()


def noon() -> datetime:
    """At noon of a day on which schools are written to."""
    calendar, day = SchoolCalendar.load(), timezone.localdate()
    while not calendar.is_school_day(day, "855"):
        day += timedelta(days=1)
    return datetime.combine(day, time(12), tzinfo=timezone.get_default_timezone())


def told() -> list[tuple[str, str]]:
    return sorted(Notice.objects.filter(kind="may_not_finish").values_list("to", "subject"))


def test_slipping_is_told_once_to_the_school_and_to_who_leads() -> None:
    series = Series()
    series.went(1, "absent")
    assert warn_of_slipping(noon()) == 0
    series.went(2, "apologies")

    counts = [warn_of_slipping(noon()), warn_of_slipping(noon())]

    subject = f"Kim Patel may not finish: {series.group.title}"
    assert counts == [2, 0]
    assert told() == sorted([(series.fran.email, subject), (series.lead.email, subject)])
    assert "ill" not in Notice.objects.filter(kind="may_not_finish")[0].text.replace("will", "")


def test_slipping_is_told_once_more_when_it_is_lost() -> None:
    series = Series()
    series.went(1, "absent")
    series.went(2, "absent")
    warn_of_slipping(noon())
    series.went(3, "absent")

    warn_of_slipping(noon())

    assert [subject for to, subject in told() if to == series.fran.email] == [
        f"Kim Patel can no longer finish: {series.group.title}",
        f"Kim Patel may not finish: {series.group.title}",
    ]


def test_slipping_waits_for_a_register_that_is_still_to_sign() -> None:
    series = Series()
    series.went(1, "absent")
    series.went(2, "absent", signed=False)
    Session.objects.filter(work_group=series.group, number=2).update(
        starts_at=noon() - timedelta(days=1, hours=2), ends_at=noon() - timedelta(days=1)
    )

    assert warn_of_slipping(noon()) == 0


def test_slipping_is_not_told_by_night_or_of_oneself() -> None:
    series = Series()
    series.lead.memberships.all().delete()
    series.kim.memberships.update(role="lead")
    series.went(1, "absent")
    series.went(2, "absent")

    assert warn_of_slipping(noon().replace(hour=22)) == 0
    assert warn_of_slipping(noon()) == 1
    assert [to for to, _ in told()] == [series.fran.email]
