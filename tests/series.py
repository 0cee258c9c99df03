"""A series of afternoons, some of them over, and one person who has a place in it."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import School, User
from booking.actions import certificates
from booking.completion import Standing, standings
from booking.models import Attendance, Certificate, Mark, Session, WorkGroup
from tests.factories import create_booking, create_facilitation, create_session, create_user, create_work_group


class Series:
    """A group of afternoons of two and a half hours: so many are over, so many to come, and Ann has a place."""

    def __init__(self, *, past: int = 3, coming: int = 2, **fields: object) -> None:
        fields = {"completion_rule": "sessions", "completion_number": 4} | fields
        self.group = create_work_group(sessions=0, **fields)
        for number in range(1, past + coming + 1):
            create_session(work_group=self.group, number=number, days=7 * number)
        self.booking = create_booking(work_group=self.group, people=1)
        back = timedelta(days=7 * past + 1)
        for session in self.group.sessions.filter(number__lte=past):
            assert session.starts_at
            assert session.ends_at
            Session.objects.filter(pk=session.pk).update(
                starts_at=session.starts_at - back, ends_at=session.ends_at - back
            )
        # Nothing is known of what is over but what a test says.
        Attendance.objects.filter(session__number__lte=past, session__work_group=self.group).delete()
        self.place = self.booking.places.get()
        assert self.place.person
        self.ann: User = self.place.person
        self.school: School = self.booking.school

    def session(self, number: int) -> Session:
        return self.group.sessions.get(number=number)

    def came(self, *whats: str, person: User | None = None, school: School | None = None, minutes: int = 0) -> None:
        """How session one, two and so on went; empty: no row."""
        for number, what in enumerate(whats, start=1):
            if what:
                self.mark(number, what, person=person, school=school, minutes=minutes)

    def mark(
        self, number: int, what: str, *, person: User | None = None, school: School | None = None, minutes: int = 0
    ) -> Attendance:
        of, place = person or self.ann, None if person else self.place
        row, _ = Attendance.objects.get_or_create(
            session=self.session(number), person=of, defaults={"place": place, "school": school or self.school}
        )
        at = min(row.session.ends_at or timezone.now(), timezone.now())
        row.standing_mark = Mark.objects.create(
            attendance=row, what=what, minutes=minutes or None, at=at, received_at=at
        )
        row.save()
        return row

    def sign(self) -> None:
        """Every register of what is over is signed."""
        for session in self.group.sessions.filter(ends_at__lte=timezone.now()):
            Session.objects.filter(pk=session.pk).update(signed_at=session.ends_at)

    def stands(self, person: User | None = None) -> Standing:
        group = WorkGroup.objects.get(pk=self.group.pk)
        return standings([group])[group.pk, (person or self.ann).pk]


class Done(Series):
    """A series that is over: Ann has completed it, Fran led it, and the registers are signed."""

    def __init__(self, *, signed: bool = True, **fields: object) -> None:
        super().__init__(past=5, coming=0, **fields)
        self.fran = create_user(name="Fran Lee")
        create_facilitation(work_group=self.group, person=self.fran)
        self.came("present", "present", "apologies", "present", "present")
        if signed:
            self.sign()

    def issue(self) -> Certificate:
        (made,) = certificates.issue(work_group=self.group, by=self.fran)
        return made
